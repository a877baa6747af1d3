import { BLUE, VERMILION } from "./base.js";

/** Return what the unit says of each point: 1 where w·x + b is not below 0. */
export function says([w1, w2, b], points) {
  return points.map(([x1, x2]) => Number(x1 * w1 + x2 * w2 + b >= 0));
}

/** Return the corners of a large square where the unit says `side`, 1 or -1; an edge is its line. */
function region([w1, w2, b], side) {
  const length = Math.hypot(w1, w2) || 1e-9; // without weights, the line is far away
  const [u1, u2, distance] = [w1 / length, w2 / length, -b / length];
  const corner = (along, beyond) => [
    distance * u1 + 1e3 * (side * beyond * u1 - along * u2),
    distance * u2 + 1e3 * (side * beyond * u2 + along * u1),
  ];
  return [corner(1, 0), corner(-1, 0), corner(-1, 1), corner(1, 1)];
}

export function render(figure, data) {
  const best = {};
  const weights = ["w1", "w2", "b"];

  figure.control((values) => {
    const { points, labels, ends } = data.sets[values.data];
    const plane = figure.axes(...ends);
    const w = weights.map((name) => values[name]);
    const said = says(w, points);
    const wrong = said.filter((value, i) => value !== labels[i]).length;
    best[values.data] = Math.min(best[values.data] ?? Infinity, wrong);
    const counts = { wrong, total: said.length, best: best[values.data] };
    const square = `style="stroke: ${VERMILION}; stroke-width: 10; stroke-linecap: square"`;
    const drawn = points.map((point, i) => {
      const one = plane.dot(point, 5.5, `fill="${BLUE}"`);
      const mark = labels[i] ? one : plane.path([point, point], square);
      const ring = plane.dot(point, 9, `fill="none" stroke="currentColor" stroke-width="1.5"`);
      return said[i] === labels[i] ? mark : mark + ring;
    });
    const area = (side, colour) =>
      plane.path(region(w, side), `style="fill: ${colour}; fill-opacity: 0.2"`);
    const layer = area(-1, VERMILION) + area(1, BLUE) + drawn.join("");
    return { layer, result: figure.say("result", counts) };
  });
}
