import { BLUE, RESULT, VERMILION } from "./base.js";
import { choice, control, follow, part, say, short, sum, times } from "./base.js";

const CELL = 26; // the side of a cell
const ARROWS = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] };

/** Return the output, the picture in its frame of zeros, and how many zeros are above and left. */
export function convolve(picture, kernel, stride, padding) {
  const k = kernel.length;
  const side = (n) => Math.ceil((padding === "same" ? n : n - k + 1) / stride);
  const zeros = (n) => (padding === "same" ? Math.max((side(n) - 1) * stride + k - n, 0) : 0);
  const [rows, columns] = [picture.length, picture[0].length];
  const [top, left] = [rows, columns].map((n) => Math.floor(zeros(n) / 2)); // as Keras does
  const table = (height, width, value) => times(height, (r) => times(width, (c) => value(r, c)));
  const pixel = (r, c) => picture[r - top]?.[c - left] ?? 0;
  const framed = table(rows + zeros(rows), columns + zeros(columns), pixel);
  const output = table(side(rows), side(columns), (r, c) => {
    const product = (i, j) => kernel[i][j] * framed[r * stride + i][c * stride + j];
    return sum(table(k, k, product).flat());
  });
  return { output, framed, top, left };
}

/** Draw numbers as cells; a thick line around the box, cells that are not `real` pale. */
function draw(svg, values, [row, column, side], real = () => true) {
  const largest = Math.max(1, ...values.flat().map(Math.abs));
  const cells = values.flatMap((line, r) =>
    line.map((value, c) => {
      const colour = `fill="${value < 0 ? VERMILION : BLUE}"`;
      const strength = `fill-opacity="${(0.65 * Math.abs(value)) / largest}"`;
      return `<g transform="translate(${c * CELL} ${r * CELL})" opacity="${real(r, c) ? 1 : 0.6}">
        <rect width="${CELL}" height="${CELL}" ${colour} ${strength} stroke="currentColor"
          stroke-opacity="0.4"/><text x="13" y="17" text-anchor="middle">${short(value)}</text></g>`;
    }),
  );
  const [width, height] = [values[0].length * CELL + 4, values.length * CELL + 4];
  const box = `x="${column * CELL}" y="${row * CELL}" width="${side * CELL}" height="${side * CELL}"`;
  svg.setAttribute("viewBox", `-2 -2 ${width} ${height}`);
  svg.style.maxWidth = `${1.2 * width}px`;
  svg.innerHTML = `${cells.join("")}<rect ${box} fill="none" stroke="currentColor" stroke-width="3"/>`;
}

export function render({ el, data: { picture, kernels }, texts }) {
  let values, found, chosen;
  let place = [0, 0];
  const weights = times(9, (i) => `w${i}`);
  const inputs = weights.map((name, i) => {
    const label = say(texts.kernel_label, { row: Math.floor(i / 3) + 1, column: (i % 3) + 1 });
    return `<input type="number" step="any" name="${name}" aria-label="${label}">`;
  });
  const html = `<div class="wide controls">${choice("kernel", texts.kernels, Object.keys(kernels))}
    ${choice("padding", texts.padding, ["valid", "same"])}
    ${choice("stride", texts.stride, ["1", "2", "3"])}</div>
    <div><p>${say(texts.picture_title)}</p>
    <svg data-part="picture" role="img" aria-label="${say(texts.picture_label)}"></svg></div>
    <div class="narrow"><p>${say(texts.kernel_title)}</p><div class="kernel">${inputs.join("")}</div></div>
    <div><p>${say(texts.output_title)}</p>
    <svg data-part="output" role="application" tabindex="0" aria-label="${say(texts.output_label)}"></svg>
    <p data-part="size"></p></div><div class="wide">${RESULT}</div>`;

  function go(row, column) {
    const { output, framed, top, left } = found;
    const within = (value, length) => Math.max(0, Math.min(value, length - 1));
    place = [within(row, output.length), within(column, output[0].length)];
    const [r, c] = place.map((value) => value * values.stride);
    const real = (i, j) => picture[i - top]?.[j - left] !== undefined;
    draw(part(el, "picture"), framed, [r, c, 3], real);
    draw(part(el, "output"), output, [...place, 1]);
    const signed = (value) => (value < 0 ? `(${short(value)})` : short(value));
    const terms = weights.map((name, i) => {
      const pixel = framed[r + Math.floor(i / 3)][c + (i % 3)];
      return `${signed(pixel)}·${signed(values[name])}`;
    });
    const value = short(output[place[0]][place[1]], 4);
    const shown = { row: place[0], column: place[1], terms: terms.join(" + "), value };
    part(el, "result").innerHTML = say(texts.result, shown);
  }

  control(el, html, (given) => {
    values = given;
    if (chosen !== values.kernel) {
      chosen = values.kernel;
      kernels[chosen].flat().forEach((weight, i) => (values[weights[i]] = weight));
      for (const name of weights) el.elements[name].value = Number(values[name].toPrecision(4));
    }
    const rows = [0, 3, 6].map((from) => weights.slice(from, from + 3).map((name) => values[name]));
    found = convolve(picture, rows, Number(values.stride), values.padding);
    const size = { rows: found.output.length, columns: found.output[0].length };
    part(el, "size").innerHTML = say(texts.size, size);
    go(...place);
  });

  const output = part(el, "output");
  output.addEventListener("keydown", (event) => {
    if (!ARROWS[event.key]) return;
    event.preventDefault();
    go(...place.map((value, axis) => value + ARROWS[event.key][axis]));
  });
  follow(output, false, (x, y) => go(Math.floor(y / CELL), Math.floor(x / CELL)));
}
