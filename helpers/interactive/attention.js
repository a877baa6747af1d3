import { RESULT, VERMILION, control, measure, meter, part } from "./base.js";
import { say, slider, softmax, sum } from "./base.js";

/** Return the attention weights, 0 where masked, and the bag's probability. */
export function attend({ votes, bias }, scores, masked) {
  const open = scores.map((score, i) => (masked[i] ? -Infinity : score));
  const weights = masked.every(Boolean) ? scores.map(() => 0) : softmax(open);
  const z = bias + sum(weights.map((weight, i) => weight * votes[i]));
  return { weights, probability: 1 / (1 + Math.exp(-z)) };
}

export function render({ el, data, texts }) {
  const scores = [...data.scores]; // more exact than the sliders, until these are moved
  const most = Math.ceil(Math.max(5, ...scores.map(Math.abs)));
  const [height, width] = [data.pictures[0].length, data.pictures[0][0].length];
  const instances = scores.map((score, i) => {
    const named = (text) => say(texts[text], { number: i + 1 });
    return `<div class="controls" style="flex-basis: 200px">
      <canvas data-part="picture${i}" width="${width}" height="${height}" role="img"
        aria-label="${named("picture_label")}"></canvas>
      ${slider(`score${i}`, named("score"), [-most, most, 0.01, score])}
      <label><input type="checkbox" name="mask${i}"> ${named("mask")}</label>
      ${meter(`weight${i}`, named("weight"))}</div>`;
  });
  const answer = meter("probability", texts.probability, VERMILION);
  const html = `${instances.join("")}<div class="wide">${answer}</div><div class="wide">${RESULT}</div>`;

  control(el, html, (values, moved) => {
    if (moved?.type === "range") scores[moved.name.slice(5)] = moved.valueAsNumber;
    const masked = scores.map((_, i) => values[`mask${i}`]);
    const { weights, probability } = attend(data, scores, masked);
    weights.forEach((weight, i) => {
      measure(el, `weight${i}`, weight);
      part(el, `picture${i}`).style.opacity = masked[i] ? 0.3 : 1;
    });
    measure(el, "probability", probability);
    part(el, "result").innerHTML = say(probability > 0.5 ? texts.positive : texts.negative);
  });

  data.pictures.forEach((pixels, i) => {
    const ink = pixels.flat().flatMap((value) => [0, 0, 0, value]); // black, more or less opaque
    const image = new ImageData(new Uint8ClampedArray(ink), width, height);
    part(el, `picture${i}`).getContext("2d").putImageData(image, 0, 0);
  });
}
