import { BLUE, GREEN, VERMILION, number, sum } from "./base.js";

const LINES = [
  ["squared", VERMILION, ""],
  ["absolute", BLUE, "8 4"],
  ["huber", GREEN, "2 3"],
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

export function render(figure, { x, y, marked, highest }) {
  const ends = [Math.min(...x) - 1, Math.max(...x) + 1];
  const plane = figure.axes(ends, [0, 1.05 * highest]);

  figure.control(({ price, delta }) => {
    const prices = y.with(marked, price);
    const fits = [squared(x, prices), absolute(x, prices), huber(x, prices, delta)];
    const shown = { layer: "" };
    LINES.forEach(([name, colour, dashes], i) => {
      const points = ends.map((at) => [at, fits[i][0] + fits[i][1] * at]);
      const others = errors(fits[i], x, prices).filter((_, home) => home !== marked);
      shown.layer += plane.path(points, `stroke="${colour}" stroke-dasharray="${dashes}"`);
      shown[name] = number(sum(others) / others.length);
    });
    const dots = x.map((at, i) => {
      const [radius, fill] = i === marked ? [8, VERMILION] : [4.5, "currentColor"];
      return plane.dot([at, prices[i]], radius, `fill="${fill}"`);
    });
    return { ...shown, layer: shown.layer + dots.join("") };
  });

  figure.follow("axes", true, (_, place) => figure.move("price", plane.yAt(place)));
}
