// What all figures share: controls, axes, and numbers as text. How it looks is in base.css.

export const BLUE = "#0072B2";
export const VERMILION = "#D55E00";
export const GREEN = "#009E73";
/** Where a figure says what has come out, also to a screen reader. */
export const RESULT = `<p class="result" data-part="result" aria-live="polite"></p>`;

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
    if (input.type === "radio") return el.querySelector(`[name="${input.name}"]:checked`).value;
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
  const heard = (event) => {
    if (pressed && !event.buttons) return;
    const place = new DOMPoint(event.clientX, event.clientY);
    const { x, y } = place.matrixTransform(svg.getScreenCTM().inverse());
    listener(x, y);
  };
  svg.addEventListener("pointerdown", heard);
  svg.addEventListener("pointermove", heard);
}

function ticks([low, high]) {
  const power = 10 ** Math.floor(Math.log10((high - low) / 5));
  const step = [1, 2, 5, 10].map((n) => n * power).find((size) => size >= (high - low) / 5);
  const first = Math.ceil(low / step);
  return Array.from(
    { length: Math.floor(high / step + 1e-9) - first + 1 },
    (_, i) => (first + i) * step,
  );
}

/** Return axes: their SVG, with a part "layer" to draw on, the scales, and their inverses. */
export function axes([left, right], [low, high], texts) {
  const x = (value) => 60 + (290 * (value - left)) / (right - left);
  const y = (value) => 240 - (230 * (value - low)) / (high - low);
  const line = (x1, y1, x2, y2, opacity) =>
    `<path d="M${x1} ${y1}L${x2} ${y2}" stroke="currentColor" stroke-opacity="${opacity}"/>`;
  const frame = [
    ...ticks([left, right]).map(
      (at) => `${line(x(at), 10, x(at), 240, 0.15)}
        <text x="${x(at)}" y="256" text-anchor="middle">${short(at, 3)}</text>`,
    ),
    ...ticks([low, high]).map(
      (at) => `${line(60, y(at), 350, y(at), 0.15)}
        <text x="54" y="${y(at) + 4}" text-anchor="end">${short(at, 3)}</text>`,
    ),
    line(60, 240, 350, 240, 0.8) + line(60, 10, 60, 240, 0.8),
    `<text x="205" y="275" text-anchor="middle">${say(texts.x)}</text>`,
    `<text x="12" y="125" text-anchor="middle" transform="rotate(-90 12 125)">${say(texts.y)}</text>`,
    `<svg data-part="layer" x="60" y="10" width="290" height="230" viewBox="60 10 290 230"></svg>`,
  ];
  const svg = `<svg viewBox="0 0 360 280" role="img" aria-label="${say(texts.chart)}" data-part="axes">
    ${frame.join("")}</svg>`;
  const xAt = (place) => left + ((place - 60) / 290) * (right - left);
  const yAt = (place) => low + ((240 - place) / 230) * (high - low);
  return { svg, x, y, xAt, yAt };
}

/** Return a path through points of the axes. */
export function path({ x, y }, points, attributes) {
  const places = points.map(([a, b]) => `${x(a)} ${y(b)}`).join("L");
  return `<path d="M${places}" fill="none" stroke-width="2.5" ${attributes}/>`;
}

/** Return the probabilities of scores; a score of -Infinity has none. */
export function softmax(scores) {
  const powers = scores.map((score) => Math.exp(score - Math.max(...scores)));
  const total = powers.reduce((sum, power) => sum + power, 0);
  return powers.map((power) => power / total);
}

/** Put a figure's controls in the place of its picture; if that fails, the picture stays. */
export function start(id, render, data, texts) {
  // The same figure may be shown twice: the element before the script comes first.
  const el = document.currentScript?.previousElementSibling ?? document.getElementById(id);
  const live = document.createElement("form"); // radio buttons of one form belong together
  live.className = "interactive-live";
  live.ariaLabel = texts.name;
  live.addEventListener("submit", (event) => event.preventDefault());
  render({ el: live, data, texts });
  for (const one of live.querySelectorAll("input, [tabindex]"))
    one.dataset.lmSuppressShortcuts = true; // JupyterLab's keys, such as x for "cut this cell"
  el.append(live);
  el.classList.add("interactive-on");
}
