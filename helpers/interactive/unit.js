import { BLUE, RESULT, VERMILION } from "./base.js";
import { axes, choice, control, dot, key, part, path, say, slider } from "./base.js";

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

function range(points, axis) {
  const values = points.map((point) => point[axis]);
  const [low, high] = [Math.min(...values), Math.max(...values)];
  return [low - 0.25 * (high - low), high + 0.25 * (high - low)];
}

export function render({ el, data, texts }) {
  let name, plane, best;
  const weights = ["w1", "w2", "b"];
  const sliders = weights.map((w, i) => slider(w, texts[w], [-3, 3, 0.1, data.weights[i]]));
  const html = `<div><div data-part="stage"></div>
    ${key(`5px solid ${VERMILION}`, texts.zero)}
    ${key(`5px solid ${BLUE}; border-radius: 50%`, texts.one)}</div>
    <div class="controls">${choice("set", texts.data, Object.keys(data.sets))}
    ${sliders.join("")}${RESULT}</div>`;

  control(el, html, (values) => {
    const { points, labels } = data.sets[values.set];
    if (name !== values.set) {
      [name, best] = [values.set, Infinity];
      plane = axes(range(points, 0), range(points, 1), texts);
      part(el, "stage").innerHTML = plane.svg;
    }
    const w = weights.map((weight) => values[weight]);
    const said = says(w, points);
    const wrong = said.filter((value, i) => value !== labels[i]).length;
    best = Math.min(best, wrong);
    part(el, "result").innerHTML = say(texts.result, { wrong, total: said.length, best });
    const drawn = points.map((point, i) => {
      const corner = `x="${plane.x(point[0]) - 5}" y="${plane.y(point[1]) - 5}"`;
      const square = `<rect ${corner} width="10" height="10" fill="${VERMILION}"/>`;
      const mark = labels[i] ? dot(plane, point, 5.5, `fill="${BLUE}"`) : square;
      const ring = dot(plane, point, 9, `fill="none" stroke="currentColor" stroke-width="1.5"`);
      return said[i] === labels[i] ? mark : mark + ring;
    });
    const area = (side, colour) =>
      path(plane, region(w, side), `style="fill: ${colour}; fill-opacity: 0.2"`);
    part(el, "layer").innerHTML = area(-1, VERMILION) + area(1, BLUE) + drawn.join("");
  });
}
