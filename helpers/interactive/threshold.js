import { BLUE, GREEN, RESULT, VERMILION } from "./base.js";
import { axes, control, follow, key, measure, meter, move, part, say, slider } from "./base.js";

/** Return counts and scores at a cut-off; `positive` and `negative` count what lies above each. */
export function scores({ positive, negative, positives, negatives }, place) {
  const [hits, alarms] = [positive[place], negative[place]];
  const right = hits + negatives - alarms;
  return {
    ...{ hits, alarms, misses: positives - hits, rejections: negatives - alarms },
    accuracy: right / (positives + negatives),
    precision: hits / (hits + alarms), // NaN where nothing is called positive
    recall: hits / positives,
  };
}

export function render({ el, data, texts }) {
  const last = data.positive.length - 1;
  const bars = ["positive", "negative"].map((side) => {
    const above = [data[`${side}s`], ...data[side].slice(1)];
    return above.slice(1).map((count, i) => above[i] - count);
  });
  const highest = 1.05 * Math.max(...bars.flat());
  const plane = axes([0, 1], [-highest, highest], texts);
  const html = `<div>${plane.svg}${key(`5px solid ${BLUE}`, texts.is_positive)}
    ${key(`5px solid ${VERMILION}`, texts.is_negative)}<p>${say(texts.pale)}</p></div><div class="controls">
    ${slider("cutoff", texts.cutoff, [0, 1, 1 / last, 0.5])}
    ${meter("accuracy", texts.accuracy, GREEN)}${meter("precision", texts.precision)}
    ${meter("recall", texts.recall, VERMILION)}${RESULT}</div>`;

  control(el, html, ({ cutoff }) => {
    const place = Math.round(cutoff * last);
    const found = scores(data, place);
    for (const name of ["accuracy", "precision", "recall"]) measure(el, name, found[name]);
    part(el, "result").innerHTML = say(texts.result, found);
    const bar = (count, i, side) => {
      const [x, y] = [plane.x(i / last) + 0.3, plane.y(side ? 0 : count)];
      const size = `width="${290 / last - 0.6}" height="${plane.y(0) - plane.y(count)}"`;
      const look = `fill="${side ? VERMILION : BLUE}" opacity="${i >= place === !side ? 1 : 0.5}"`;
      return `<rect x="${x}" y="${y}" ${size} ${look}/>`;
    };
    const drawn = bars.flatMap((counts, side) => counts.map((count, i) => bar(count, i, side)));
    const line = `<path d="M${plane.x(cutoff)} 10V240" stroke="currentColor" stroke-width="2.5"/>`;
    part(el, "layer").innerHTML = drawn.join("") + line;
  });

  follow(part(el, "axes"), true, (x) => move(el, "cutoff", plane.xAt(x)));
}
