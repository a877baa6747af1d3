import { BLUE, VERMILION, number, times } from "./base.js";

/** Return the weights on the way: a step is momentum times the last one, minus rate times slope. */
export function roll({ x, y, start }, rate, momentum, steps) {
  const weights = [start];
  for (let i = 0, step = 0; i < steps; i += 1) {
    step = momentum * step - rate * x * 2 * (weights[i] * x - y);
    weights.push(weights[i] + step);
  }
  return weights;
}

export function render(figure, data) {
  const bottom = data.y / data.x;
  const from = Math.abs(data.start - bottom);
  const point = (weight) => [weight, (weight * data.x - data.y) ** 2];
  const slope = times(101, (i) => bottom + 1.6 * from * (i / 50 - 1));
  const plane = figure.axes([slope[0], slope[100]], [0, point(slope[0])[1]]);
  const valley = plane.path(slope.map(point), `stroke="currentColor" stroke-opacity="0.5"`);

  figure.control(({ rate, momentum, steps }) => {
    const way = roll(data, rate, momentum, steps).map(point);
    const [weight, loss] = way.at(-1);
    const distance = Math.abs(weight - bottom);
    const verdict = distance > from ? "away" : distance < 0.01 * from ? "there" : "near";
    const values = { steps, weight: number(weight), loss: number(loss) };
    const layer = [
      valley + plane.path(way, `stroke="${VERMILION}" style="stroke-width: 1"`),
      ...way.map((place, i) => plane.dot(place, i < steps ? 3.5 : 7, `fill="${VERMILION}"`)),
      plane.dot(way[0], 6, `fill="${BLUE}"`),
    ].join("");
    return { layer, result: `${figure.say("result", values)} ${figure.say(verdict)}` };
  });
}
