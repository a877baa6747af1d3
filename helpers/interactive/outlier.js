import { BLUE, GREEN, RESULT, VERMILION } from "./base.js";
import { axes, control, dot, follow, key, move, number, part, path, slider, sum } from "./base.js";

const LINES = [
  ["squared", VERMILION, "solid", ""],
  ["absolute", BLUE, "dashed", "8 4"],
  ["huber", GREEN, "dotted", "2 3"],
];
const errors = ([intercept, slope], x, y) =>
  x.map((at, i) => Math.abs(y[i] - intercept - slope * at));

/** Return [intercept, slope] of the line with the least squared error, each point with a weight. */
export function squared(x, y, weights = x.map(() => 1)) {
  const mean = (values) => sum(values.map((value, i) => value * weights[i])) / sum(weights);
  const [xMean, yMean] = [mean(x), mean(y)];
  const spread = mean(x.map((at) => (at - xMean) ** 2));
  const slope = mean(x.map((at, i) => (at - xMean) * (y[i] - yMean))) / spread;
  return [yMean - slope * xMean, slope];
}

/** Return a line with the least absolute error: there is always one through two of the points. */
export function absolute(x, y) {
  const lines = x.flatMap((at, i) =>
    x.slice(0, i).map((other, j) => {
      const slope = (y[i] - y[j]) / (at - other);
      return [y[i] - slope * at, slope];
    }),
  );
  const totals = lines.map((line) => sum(errors(line, x, y)));
  return lines[totals.indexOf(Math.min(...totals))];
}

/** Return the line with the least Huber loss: again and again, far points get less weight. */
export function huber(x, y, delta) {
  let line = squared(x, y);
  for (let i = 0; i < 500; i += 1) {
    const weights = errors(line, x, y).map((error) => Math.min(1, delta / error));
    line = squared(x, y, weights);
  }
  return line;
}

export function render({ el, data: { x, y, marked, highest }, texts }) {
  const ends = [Math.min(...x) - 1, Math.max(...x) + 1];
  const plane = axes(ends, [0, 1.05 * highest], texts);
  const html = `<div>${plane.svg}</div><div class="controls">
    ${slider("price", texts.price, [0, highest, 0.1, y[marked]])}
    ${slider("delta", texts.delta, [0.1, 5, 0.1, 1])}${RESULT}</div>`;

  control(el, html, ({ price, delta }) => {
    const prices = y.with(marked, price);
    const fits = [squared(x, prices), absolute(x, prices), huber(x, prices, delta)];
    const words = LINES.map(([name, colour, style], i) => {
      const others = errors(fits[i], x, prices).filter((_, home) => home !== marked);
      const mean = `${texts[name]}: ${number(sum(others) / others.length)}`;
      return `<br>${key(`0; width: 24px; border-top: 3px ${style} ${colour}`, mean)}`;
    });
    part(el, "result").innerHTML = texts.result + words.join("");
    const lines = LINES.map(([, colour, , dashes], i) => {
      const points = ends.map((at) => [at, fits[i][0] + fits[i][1] * at]);
      return path(plane, points, `stroke="${colour}" stroke-dasharray="${dashes}"`);
    });
    const dots = x.map((at, i) => {
      const [radius, fill] = i === marked ? [8, VERMILION] : [4.5, "currentColor"];
      return dot(plane, [at, prices[i]], radius, `fill="${fill}"`);
    });
    part(el, "layer").innerHTML = [...lines, ...dots].join("");
  });

  follow(part(el, "axes"), true, (_, place) => move(el, "price", plane.yAt(place)));
}
