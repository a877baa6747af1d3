import { BLUE, VERMILION, short, sum, times } from "./base.js";

const CELL = 26; // the side of a cell
const ARROWS = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] };
const WEIGHTS = times(3, (r) => times(3, (c) => `w${3 * r + c}`));
const table = (height, width, value) => times(height, (r) => times(width, (c) => value(r, c)));

/** Return the output, the picture in its frame of zeros, and how many zeros are above and left. */
export function convolve(picture, kernel, stride, padding) {
  const k = kernel.length;
  const side = (n) => Math.ceil((padding === "same" ? n : n - k + 1) / stride);
  const zeros = (n) => (padding === "same" ? Math.max((side(n) - 1) * stride + k - n, 0) : 0);
  const [rows, columns] = [picture.length, picture[0].length];
  const [top, left] = [rows, columns].map((n) => Math.floor(zeros(n) / 2)); // as Keras does
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
  const cell = (value, r, c) => {
    const colour = `fill="${value < 0 ? VERMILION : BLUE}"`;
    const strength = `fill-opacity="${(0.65 * Math.abs(value)) / largest}"`;
    return `<g transform="translate(${c * CELL} ${r * CELL})" opacity="${real(r, c) ? 1 : 0.6}">
      <rect width="${CELL}" height="${CELL}" ${colour} ${strength} stroke="currentColor"
        stroke-opacity="0.4"/><text x="13" y="17" text-anchor="middle">${short(value)}</text></g>`;
  };
  const cells = values.flatMap((line, r) => line.map((value, c) => cell(value, r, c)));
  const [width, height] = [values[0].length * CELL + 4, values.length * CELL + 4];
  const box = `x="${column * CELL}" y="${row * CELL}" width="${side * CELL}" height="${side * CELL}"`;
  svg.setAttribute("viewBox", `-2 -2 ${width} ${height}`);
  svg.style.maxWidth = `${1.2 * width}px`;
  svg.innerHTML = `${cells.join("")}<rect ${box} fill="none" stroke="currentColor" stroke-width="3"/>`;
}

export function render(figure, { picture, kernels }) {
  let chosen;
  let place = [0, 0];

  figure.control((values) => {
    if (chosen !== values.kernel) {
      chosen = values.kernel;
      kernels[chosen].flat().forEach((weight, i) => (values[`w${i}`] = weight));
      for (const name of WEIGHTS.flat())
        figure.form.elements[name].value = Number(values[name].toPrecision(4));
    }
    const kernel = WEIGHTS.map((row) => row.map((name) => values[name]));
    const stride = Number(values.stride);
    const { output, framed, top, left } = convolve(picture, kernel, stride, values.padding);
    const [rows, columns] = [output.length, output[0].length];
    const within = (length, axis) => Math.max(0, Math.min(place[axis], length - 1));
    place = [rows, columns].map(within);
    const [row, column] = place;
    const [r, c] = place.map((value) => value * stride);
    const real = (i, j) => picture[i - top]?.[j - left] !== undefined;
    draw(figure.part("picture"), framed, [r, c, 3], real);
    draw(figure.part("output"), output, [row, column, 1]);
    const signed = (value) => (value < 0 ? `(${short(value)})` : short(value));
    const term = (i, j) => `${signed(framed[r + i][c + j])}·${signed(kernel[i][j])}`;
    const terms = table(3, 3, term).flat().join(" + ");
    const value = short(output[row][column], 4);
    const result = figure.say("result", { row, column, terms, value });
    return { result, size: figure.say("size", { rows, columns }) };
  });

  const go = (...wanted) => {
    place = wanted;
    figure.form.oninput();
  };
  figure.part("output").onkeydown = (event) => {
    if (!ARROWS[event.key]) return;
    event.preventDefault();
    go(...place.map((value, axis) => value + ARROWS[event.key][axis]));
  };
  figure.follow("output", false, (x, y) => go(Math.floor(y / CELL), Math.floor(x / CELL)));
}
