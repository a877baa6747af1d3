import { RESULT, control, measure, meter, number, part, say, slider, softmax } from "./base.js";

/** Return the probabilities of scores at a temperature. */
export function probabilities(scores, temperature) {
  return softmax(scores.map((score) => score / temperature));
}

export function render({ el, data: { names, scores }, texts }) {
  const sliders = names.map((name, i) =>
    slider(`score${i}`, say(texts.score, { name }), [-5, 5, 0.1, scores[i]]),
  );
  const meters = names.map((name, i) => meter(`p${i}`, say(texts.probability, { name })));
  const html = `<div class="wide">${slider("temperature", texts.temperature, [0.1, 10, 0.1, 1])}</div>
    <div class="controls">${sliders.join("")}</div><div class="controls">${meters.join("")}</div>
    <div class="wide">${RESULT}</div>`;

  control(el, html, (values) => {
    const given = names.map((_, i) => values[`score${i}`]);
    const found = probabilities(given, values.temperature);
    found.forEach((probability, i) => measure(el, `p${i}`, probability));
    const top = found.indexOf(Math.max(...found));
    const largest = number(found[top]);
    part(el, "result").innerHTML = say(texts.result, { name: names[top], largest });
  });
}
