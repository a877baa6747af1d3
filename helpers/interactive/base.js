// What all figures share: controls, axes, and numbers as text. How it looks is in base.css.

export const [BLUE, VERMILION, GREEN] = ["var(--blue)", "var(--vermilion)", "var(--green)"];

export const sum = (values) => values.reduce((total, value) => total + value, 0);
export const times = (length, make) => Array.from({ length }, (_, place) => make(place));

/** Return a number with so many decimals; a very large one in powers of ten. */
export function number(value, digits = 4) {
  if (!Number.isFinite(value)) return "–";
  const text = Math.abs(value) < 1e5 ? value.toFixed(digits) : value.toExponential(1);
  return text.replace(/^-(?=[0.]*$)/, "").replace("-", "−");
}

/** Return a number without needless zeros. */
export const short = (value, digits = 2) =>
  number(value, digits).replace(/\.0+$|(\.\d*?)0+$/, "$1");

/** Return the probabilities of scores; a score of -Infinity has none. */
export function softmax(scores) {
  const powers = scores.map((score) => Math.exp(score - Math.max(...scores)));
  return powers.map((power) => power / sum(powers));
}

function ticks([low, high]) {
  const power = 10 ** Math.floor(Math.log10((high - low) / 5));
  const step = [1, 2, 5, 10].map((n) => n * power).find((size) => size >= (high - low) / 5);
  const first = Math.ceil(low / step);
  return times(Math.floor(high / step + 1e-9) - first + 1, (i) => (first + i) * step);
}

/** What a figure's script works with: a form, its parts by their names, and texts to fill in. */
class Figure {
  constructor(form, texts) {
    Object.assign(this, { form, texts });
  }

  /** Return the text of this name, its {names} replaced by values, as HTML. */
  say(name, values = {}) {
    const filled = this.texts[name].replace(/\{(\w+)\}/g, (_, each) => values[each]);
    return filled.replace(/[&<>"]/g, (sign) => `&#${sign.charCodeAt()};`);
  }

  part(name) {
    return this.form.querySelector(`[data-part="${name}"]`);
  }

  /** Now and after each input, let `update` make of all values what parts show: HTML, or numbers. */
  control(update) {
    const read = (input) => {
      if (input.type === "checkbox") return input.checked;
      if (input.type === "radio") return this.form.elements[input.name].value; // the chosen one's
      const digits = input.step.split(".")[1]?.length ?? 0;
      if (input.type === "range")
        input.previousElementSibling.textContent = number(input.valueAsNumber, digits);
      return input.valueAsNumber || 0;
    };
    this.form.oninput = (event) => {
      const values = [...this.form.querySelectorAll("input")].map((one) => [one.name, read(one)]);
      const shown = update(Object.fromEntries(values), event?.target);
      for (const [name, value] of Object.entries(shown)) {
        const [part, bar] = [this.part(name), typeof value === "number"];
        part.innerHTML = bar ? number(value) : value;
        if (bar) part.nextElementSibling.firstElementChild.style.width = `${100 * (value || 0)}%`;
      }
    };
    this.form.oninput();
  }

  /** Move a slider as a reader would. */
  move(name, value) {
    this.form.elements[name].value = value;
    this.form.oninput();
  }

  /** Tell a listener where in an SVG the pointer is: always, or only while it is pressed. */
  follow(name, pressed, listener) {
    const svg = this.part(name);
    svg.onpointerdown = svg.onpointermove = (event) => {
      if (pressed && !event.buttons) return;
      const place = new DOMPoint(event.clientX, event.clientY);
      const { x, y } = place.matrixTransform(svg.getScreenCTM().inverse());
      listener(x, y);
    };
  }

  /** Draw the ticks of a chart; return what draws in its layer, and the scales back to values. */
  axes(across, up) {
    const moved = (value, [a, b], [c, d]) => c + ((value - a) / (b - a)) * (d - c);
    const x = (value) => moved(value, across, [60, 350]);
    const y = (value) => moved(value, up, [240, 10]);
    const xAt = (place) => moved(place, [60, 350], across);
    const yAt = (place) => moved(place, [240, 10], up);
    const dot = ([a, b], size, look) => `<circle cx="${x(a)}" cy="${y(b)}" r="${size}" ${look}/>`;
    const path = (points, look) => {
      const places = points.map(([a, b]) => `${x(a)} ${y(b)}`).join("L");
      return `<path d="M${places}" fill="none" stroke-width="2.5" ${look}/>`;
    };
    const tick = (at, line, place) =>
      `<path d="M${line}" stroke="currentColor" stroke-opacity="0.15"/>
      <text ${place}>${short(at, 3)}</text>`;
    const below = ticks(across).map((at) => tick(at, `${x(at)} 10V240`, `x="${x(at)}" y="256"`));
    const beside = ticks(up).map((at) => tick(at, `60 ${y(at)}H350`, `x="54" y="${y(at) + 4}"`));
    this.part("below").innerHTML = below.join("");
    this.part("beside").innerHTML = beside.join("");
    return { dot, path, xAt, yAt };
  }
}

/** Put a figure's form in the place of its picture; if that fails, the picture stays. */
export function start(id, render, html, data, texts) {
  // The same figure may be shown twice: the element before the script comes first.
  const el = document.currentScript?.previousElementSibling ?? document.getElementById(id);
  const form = document.createElement("form"); // radio buttons of one form belong together
  Object.assign(form, { className: "interactive-live", ariaLabel: texts.name, innerHTML: html });
  form.onsubmit = (event) => event.preventDefault();
  render(new Figure(form, texts), data);
  for (const one of form.querySelectorAll("input, [tabindex]"))
    one.dataset.lmSuppressShortcuts = true; // JupyterLab's keys, such as x for "cut this cell"
  el.append(form);
  el.classList.add("interactive-on");
}
