import { BLUE, RESULT, VERMILION } from "./base.js";
import { axes, control, dot, number, part, path, say, slider, times } from "./base.js";

/** Return the weights on the way: a step is momentum times the last one, minus rate times slope. */
export function roll({ x, y, start }, rate, momentum, steps) {
  const weights = [start];
  for (let i = 0, step = 0; i < steps; i += 1) {
    step = momentum * step - rate * x * 2 * (weights[i] * x - y);
    weights.push(weights[i] + step);
  }
  return weights;
}

export function render({ el, data, texts }) {
  const bottom = data.y / data.x;
  const from = Math.abs(data.start - bottom);
  const point = (weight) => [weight, (weight * data.x - data.y) ** 2];
  const slope = times(101, (i) => bottom + 1.6 * from * (i / 50 - 1));
  const plane = axes([slope[0], slope[100]], [0, point(slope[0])[1]], texts);
  const valley = path(plane, slope.map(point), `stroke="currentColor" stroke-opacity="0.5"`);
  const html = `<div>${plane.svg}</div><div class="controls">
    ${slider("rate", texts.rate, [0.01, 0.3, 0.01, 0.01])}
    ${slider("momentum", texts.momentum, [0, 0.95, 0.05, 0])}
    ${slider("steps", texts.steps, [0, 40, 1, 10])}${RESULT}</div>`;

  control(el, html, ({ rate, momentum, steps }) => {
    const way = roll(data, rate, momentum, steps).map(point);
    const [weight, loss] = way.at(-1);
    const distance = Math.abs(weight - bottom);
    const verdict = distance > from ? "away" : distance < 0.01 * from ? "there" : "near";
    const values = { steps, weight: number(weight), loss: number(loss) };
    part(el, "result").innerHTML = `${say(texts.result, values)} ${say(texts[verdict])}`;
    part(el, "layer").innerHTML = [
      valley + path(plane, way, `stroke="${VERMILION}" style="stroke-width: 1"`),
      ...way.map((place, i) => dot(plane, place, i < steps ? 3.5 : 7, `fill="${VERMILION}"`)),
      dot(plane, way[0], 6, `fill="${BLUE}"`),
    ].join("");
  });
}
