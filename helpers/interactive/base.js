// What all figures share: controls, axes, and numbers as text. How it looks is in base.css.

export const [BLUE, VERMILION, GREEN] = ["#0072B2", "#D55E00", "#009E73"];
/** Where a figure says what has come out, also to a screen reader. */
export const RESULT = `<p class="result" data-part="result" aria-live="polite"></p>`;

export const sum = (values) => values.reduce((total, value) => total + value, 0);

export const times = (length, make) => Array.from({ length }, (_, place) => make(place));

/** Return a text, its {names} replaced by values, as HTML. */
export function say(text, values = {}) {
  const filled = text.replace(/\{(\w+)\}/g, (_, name) => values[name]);
  return filled.replace(/[&<>"]/g, (sign) => `&#${sign.charCodeAt()};`);
}

/** Return a number with so many decimals; a very large one in powers of ten. */
export function number(value, digits = 4) {
  if (!Number.isFinite(value)) return "–";
  const text = Math.abs(value) < 1e5 ? value.toFixed(digits) : value.toExponential(1);
  return text.replace(/^-(?=[0.]*$)/, "").replace("-", "−");
}

/** Return a number without needless zeros. */
export function short(value, digits = 2) {
  return number(value, digits).replace(/\.0+$|(\.\d*?)0+$/, "$1");
}

export function slider(name, label, [min, max, step, value]) {
  const range = `min="${min}" max="${max}" step="${step}" value="${value}"`;
  return `<div class="row"><span>${say(label)}</span><span></span>
    <input type="range" name="${name}" aria-label="${say(label)}" ${range}></div>`;
}

/** Return radio buttons; the first is chosen. */
export function choice(name, label, options) {
  const radios = options.map((option, i) => {
    const value = `name="${name}" value="${say(option)}"`;
    return `<label><input type="radio" ${value} ${i ? "" : "checked"}> ${say(option)}</label>`;
  });
  return `<fieldset><legend>${say(label)}</legend>${radios.join("")}</fieldset>`;
}

/** Return a bar for a number from 0 to 1. */
export function meter(name, label, colour = BLUE) {
  return `<div class="row"><span>${say(label)}</span><span data-part="${name}"></span>
    <div class="track"><div style="background: ${colour}"></div></div></div>`;
}

/** Show a number on a bar. */
export function measure(el, name, value) {
  const shown = part(el, name);
  shown.textContent = number(value);
  shown.nextElementSibling.firstElementChild.style.width = `${100 * (value || 0)}%`;
}

/** Return what a mark means; it is an empty box, and its border is what one sees. */
export function key(border, words) {
  return `<span class="key"><i style="border: ${border}"></i>${say(words)}</span> `;
}

/** Return the element of this name in a figure. */
export function part(el, name) {
  return el.querySelector(`[data-part="${name}"]`);
}

/** Fill a figure, and call `update` at once and after each input with the values by their names. */
export function control(el, html, update) {
  el.innerHTML = html;
  const read = (input) => {
    if (input.type === "checkbox") return input.checked;
    if (input.type === "radio") return el.elements[input.name].value; // of the chosen one
    const digits = input.step.split(".")[1]?.length ?? 0;
    if (input.type === "range")
      input.previousElementSibling.textContent = number(input.valueAsNumber, digits);
    return input.valueAsNumber || 0;
  };
  const inputs = [...el.querySelectorAll("input")];
  const heard = (event) =>
    update(Object.fromEntries(inputs.map((one) => [one.name, read(one)])), event?.target);
  el.addEventListener("input", heard);
  heard();
}

/** Move a slider of a figure as its reader would. */
export function move(el, name, value) {
  const input = el.elements[name];
  input.value = value;
  input.dispatchEvent(new Event("input", { bubbles: true }));
}

/** Tell a listener where in an SVG the pointer is: always, or only while it is pressed. */
export function follow(svg, pressed, listener) {
  svg.onpointerdown = svg.onpointermove = (event) => {
    if (pressed && !event.buttons) return;
    const place = new DOMPoint(event.clientX, event.clientY);
    const { x, y } = place.matrixTransform(svg.getScreenCTM().inverse());
    listener(x, y);
  };
}

function ticks([low, high]) {
  const power = 10 ** Math.floor(Math.log10((high - low) / 5));
  const step = [1, 2, 5, 10].map((n) => n * power).find((size) => size >= (high - low) / 5);
  const first = Math.ceil(low / step);
  return times(Math.floor(high / step + 1e-9) - first + 1, (i) => (first + i) * step);
}

/** Return axes: their SVG, with a part "layer" to draw on, the scales, and their inverses. */
export function axes(across, up, texts) {
  const moved = (value, [a, b], [c, d]) => c + ((value - a) / (b - a)) * (d - c);
  const x = (value) => moved(value, across, [60, 350]);
  const y = (value) => moved(value, up, [240, 10]);
  const line = (places, opacity) =>
    `<path d="M${places}" fill="none" stroke="currentColor" stroke-opacity="${opacity}"/>`;
  const text = (place, anchor, words) => `<text ${place} text-anchor="${anchor}">${words}</text>`;
  const frame = [
    ...ticks(across).map((at) => line(`${x(at)} 10V240`, 0.15)),
    ...ticks(across).map((at) => text(`x="${x(at)}" y="256"`, "middle", short(at, 3))),
    ...ticks(up).map((at) => line(`60 ${y(at)}H350`, 0.15)),
    ...ticks(up).map((at) => text(`x="54" y="${y(at) + 4}"`, "end", short(at, 3))),
    line("60 10V240H350", 0.8),
    text(`x="205" y="275"`, "middle", say(texts.x)),
    text(`transform="translate(12 125) rotate(-90)"`, "middle", say(texts.y)),
  ];
  const svg = `<svg viewBox="0 0 360 280" role="img" aria-label="${say(texts.chart)}" data-part="axes">
    ${frame.join("")}
    <svg data-part="layer" x="60" y="10" width="290" height="230" viewBox="60 10 290 230"></svg></svg>`;
  const xAt = (place) => moved(place, [60, 350], across);
  const yAt = (place) => moved(place, [240, 10], up);
  return { svg, x, y, xAt, yAt };
}

/** Return a dot at a point of the axes. */
export function dot({ x, y }, [a, b], radius, look) {
  return `<circle cx="${x(a)}" cy="${y(b)}" r="${radius}" ${look}/>`;
}

/** Return a path through points of the axes. */
export function path({ x, y }, points, attributes) {
  const places = points.map(([a, b]) => `${x(a)} ${y(b)}`).join("L");
  return `<path d="M${places}" fill="none" stroke-width="2.5" ${attributes}/>`;
}

/** Return the probabilities of scores; a score of -Infinity has none. */
export function softmax(scores) {
  const powers = scores.map((score) => Math.exp(score - Math.max(...scores)));
  return powers.map((power) => power / sum(powers));
}

/** Put a figure's controls in the place of its picture; if that fails, the picture stays. */
export function start(id, render, data, texts) {
  // The same figure may be shown twice: the element before the script comes first.
  const el = document.currentScript?.previousElementSibling ?? document.getElementById(id);
  const live = document.createElement("form"); // radio buttons of one form belong together
  Object.assign(live, { className: "interactive-live", ariaLabel: texts.name });
  live.onsubmit = (event) => event.preventDefault();
  render({ el: live, data, texts });
  for (const one of live.querySelectorAll("input, [tabindex]"))
    one.dataset.lmSuppressShortcuts = true; // JupyterLab's keys, such as x for "cut this cell"
  el.append(live);
  el.classList.add("interactive-on");
}
