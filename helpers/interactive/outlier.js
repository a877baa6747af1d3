import { BLUE, GREEN, RESULT, VERMILION } from "./base.js";
import { axes, control, follow, key, move, number, part, path, slider } from "./base.js";

const sum = (values) => values.reduce((total, value) => total + value, 0);
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
  for (let i = 0; i < 500; i += 1)
    line = squared(
      x,
      y,
      errors(line, x, y).map((error) => Math.min(1, delta / error)),
    );
  return line;
}

export function render({ el, data: { x, y, marked, highest }, texts }) {
  const ends = [Math.min(...x) - 1, Math.max(...x) + 1];
  const plane = axes(ends, [0, 1.05 * highest], texts);
  const names = ["squared", "absolute", "huber"];
  const [colours, dashes] = [
    [VERMILION, BLUE, GREEN],
    ["", "8 4", "2 3"],
  ];
  const html = `<div>${plane.svg}</div><div class="controls">
    ${slider("price", texts.price, [0, highest, 0.1, y[marked]])}
    ${slider("delta", texts.delta, [0.1, 5, 0.1, 1])}${RESULT}</div>`;

  control(el, html, ({ price, delta }) => {
    const prices = y.with(marked, price);
    const fits = [squared(x, prices), absolute(x, prices), huber(x, prices, delta)];
    const shown = fits.map((fit, i) => {
      const others = errors(fit, x, prices).filter((_, home) => home !== marked);
      const words = `${texts[names[i]]}: ${number(sum(others) / others.length)}`;
      const line = `${["solid", "dashed", "dotted"][i]} ${colours[i]}`;
      return `<br>${key(`0; width: 24px; border-top: 3px ${line}`, words)}`;
    });
    part(el, "result").innerHTML = texts.result + shown.join("");
    const lines = fits.map(([intercept, slope], i) => {
      const points = ends.map((at) => [at, intercept + slope * at]);
      return path(plane, points, `stroke="${colours[i]}" stroke-dasharray="${dashes[i]}"`);
    });
    const dots = x.map((at, i) => {
      const look = i === marked ? `r="8" fill="${VERMILION}"` : `r="4.5" fill="currentColor"`;
      return `<circle cx="${plane.x(at)}" cy="${plane.y(prices[i])}" ${look}/>`;
    });
    part(el, "layer").innerHTML = [...lines, ...dots].join("");
  });

  follow(part(el, "axes"), true, (_, place) => move(el, "price", plane.yAt(place)));
}
