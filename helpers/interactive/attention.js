import { softmax, sum } from "./base.js";

/** Return the attention weights, 0 where masked, and the bag's probability. */
export function attend({ votes, bias }, scores, masked) {
  const open = scores.map((score, i) => (masked[i] ? -Infinity : score));
  const weights = masked.every(Boolean) ? scores.map(() => 0) : softmax(open);
  const z = bias + sum(weights.map((weight, i) => weight * votes[i]));
  return { weights, probability: 1 / (1 + Math.exp(-z)) };
}

export function render(figure, data) {
  const scores = [...data.scores]; // more exact than the sliders, until these are moved

  figure.control((values, moved) => {
    if (moved?.type === "range") scores[moved.name.slice(5)] = moved.valueAsNumber;
    const masked = scores.map((_, i) => values[`mask${i}`]);
    masked.forEach((mask, i) => (figure.part(`picture${i}`).style.opacity = mask ? 0.3 : 1));
    const { weights, probability } = attend(data, scores, masked);
    const bars = Object.fromEntries(weights.map((weight, i) => [`weight${i}`, weight]));
    const result = figure.say(probability > 0.5 ? "positive" : "negative");
    return { ...bars, probability, result };
  });

  data.pictures.forEach((rows, i) => {
    const ink = rows.flat().flatMap((value) => [0, 0, 0, value]); // black, more or less opaque
    const image = new ImageData(new Uint8ClampedArray(ink), rows[0].length);
    figure.part(`picture${i}`).getContext("2d").putImageData(image, 0, 0);
  });
}
