import { BLUE, VERMILION } from "./base.js";

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

export function render(figure, data) {
  const last = data.positive.length - 1;
  const bars = ["positive", "negative"].map((side) =>
    data[side].slice(1).map((count, i) => (i ? data[side][i] : data[`${side}s`]) - count),
  );
  const highest = 1.05 * Math.max(...bars.flat());
  const plane = figure.axes([0, 1], [-highest, highest]);

  figure.control(({ cutoff }) => {
    const place = Math.round(cutoff * last);
    const found = scores(data, place);
    const { accuracy, precision, recall } = found;
    const upright = (x, ...ends) => ends.map((y) => [x, y]);
    const bar = (count, i, side) => {
      const look = `stroke="${side ? VERMILION : BLUE}" opacity="${i >= place === !side ? 1 : 0.5}"`;
      return plane.path(upright((i + 0.5) / last, 0, side ? -count : count), look);
    };
    const drawn = bars.flatMap((counts, side) => counts.map((count, i) => bar(count, i, side)));
    const line = plane.path(upright(cutoff, -highest, highest), `stroke="currentColor"`);
    return {
      accuracy,
      precision,
      recall,
      result: figure.say("result", found),
      layer: drawn.join("") + line,
    };
  });

  figure.follow("axes", true, (x) => figure.move("cutoff", plane.xAt(x)));
}
