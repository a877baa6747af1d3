import { number, softmax } from "./base.js";

/** Return the probabilities of scores at a temperature. */
export function probabilities(scores, temperature) {
  return softmax(scores.map((score) => score / temperature));
}

export function render(figure, { names }) {
  figure.control((values) => {
    const given = names.map((_, i) => values[`score${i}`]);
    const found = probabilities(given, values.temperature);
    const top = found.indexOf(Math.max(...found));
    const result = figure.say("result", { name: names[top], largest: number(found[top]) });
    return { result, ...Object.fromEntries(found.map((value, i) => [`p${i}`, value])) };
  });
}
