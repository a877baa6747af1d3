// Makes what quiz.py shows something to fill in, and notes in the browser what was done.

const PREFIX = `course:${globalThis.location?.pathname.match(/\/user\/[^/]+\//)?.[0] ?? ""}`;
const CHANGED = "course-noted";

// ---- what the browser keeps: private mode, or a frame without an origin, may refuse all of it

/** Return all that is noted, as {name: value}; null where nothing can be kept. */
export function noted() {
  try {
    const found = {};
    for (const key of Object.keys(localStorage)) {
      if (!key.startsWith(PREFIX)) continue;
      try {
        found[key.slice(PREFIX.length)] = JSON.parse(localStorage[key]);
      } catch {
        localStorage.removeItem(key); // it was damaged
      }
    }
    return found;
  } catch {
    return null;
  }
}

function note(name, value) {
  try {
    localStorage.setItem(PREFIX + name, JSON.stringify(value));
  } catch {
    return; // it is full, or refuses: a quiz works without
  }
  dispatchEvent(new Event(CHANGED));
}

/** Call now, and whenever something is noted, in this page or another. */
function whenNoted(show) {
  for (const name of [CHANGED, "storage"]) addEventListener(name, show);
  show();
}

// ---- what all fields need

const filled = (text, ...values) => text.replace(/\{(\d)\}/g, (_, place) => values[place]);

/** Return a new element; of its properties, those that are none are set as attributes. */
function make(tag, properties = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(properties))
    if (name in element) element[name] = value;
    else element.setAttribute(name, value);
  element.append(...children);
  return element;
}

/** Return the number that a text means: 0.5, 0,5, 1,200 and 1 200 all do; NaN if it is none. */
export function toNumber(text) {
  const plain = text.trim().replace(/[\s_]/g, "").replace("−", "-");
  const english = /^[-+]?\d{1,3}(,\d{3})+(\.\d+)?$/.test(plain);
  const number = english ? plain.replaceAll(",", "") : plain.replace(",", ".");
  return /^[-+]?(\d+\.?\d*|\.\d+)(e[-+]?\d+)?$/i.test(number) ? Number(number) : NaN;
}

/** Whether a number is as near as it must be; what floats lose in rounding does not count. */
export function near(number, wanted, tolerance) {
  return Math.abs(number - wanted) <= tolerance + 1e-9 * Math.max(1, Math.abs(wanted));
}

/** Put a button before each item of a list; return the buttons. */
function withInputs(list, type) {
  const name = `course-${Math.random().toString(36).slice(2)}`; // a page may show one quiz twice
  return [...list.children].map((item) => {
    const input = make("input", { type, name });
    item.append(make("label", {}, input, make("span", {}, ...item.childNodes)));
    return input;
  });
}

function numberInput(texts, unit) {
  const input = make("input", { type: "text", inputmode: "decimal", autocomplete: "off" });
  return [input, make("label", {}, `${texts.type}:`, input, unit)];
}

/** Act on Enter in a field; nothing is sent, which a frame may forbid before anyone can act. */
function onEnter(form, act) {
  form.onsubmit = (event) => event.preventDefault();
  form.onkeydown = (event) => {
    if (event.key !== "Enter" || event.target.tagName !== "INPUT") return;
    event.preventDefault();
    act();
  };
}

const status = () => make("div", { role: "status" });

// ---- each kind of question gives its fields, and a function that judges them

function choice(box, reasons, texts) {
  const several = box.dataset.kind === "several";
  const list = box.querySelector(":scope > ul");
  const inputs = withInputs(list, several ? "checkbox" : "radio");
  const right = reasons.map((reason) => reason.dataset.right === "1");
  const judge = () => {
    const chosen = inputs.map((input) => input.checked);
    if (!chosen.includes(true)) return { ask: texts.choose };
    const wrong = reasons.filter((_, place) => chosen[place] && !right[place]);
    if (wrong.length) return { right: false, say: wrong };
    if (chosen.some((each, place) => each !== right[place]))
      return { right: false, say: [make("p", {}, texts.missing)] };
    return { right: true, say: reasons.filter((_, place) => right[place]) };
  };
  return { fields: [...(several ? [make("p", {}, texts.several)] : []), list], judge };
}

function number(box, reasons, texts) {
  const { tolerance, unit } = box.dataset;
  const [input, field] = numberInput(texts, unit);
  const judge = () => {
    const value = toNumber(input.value);
    if (Number.isNaN(value)) return { ask: texts.number };
    const known = (reason) => near(value, Number(reason.dataset.value), Number(tolerance));
    const reason = reasons.find(known) ?? reasons.at(-1); // the last one has no value
    return { right: reason.dataset.right === "1", say: [reason] };
  };
  return { fields: [field], judge };
}

function order(box, reasons, texts) {
  const places = JSON.parse(box.dataset.places);
  const list = box.querySelector(":scope > ul");
  const items = [...list.children];
  const sorted = make("ol", {}, ...items);
  const said = status();
  const words = new Map(items.map((item) => [item, item.textContent]));
  const ends = () => {
    for (const item of items) {
      const [up, down] = item.querySelectorAll("button");
      up.disabled = item === sorted.firstElementChild;
      down.disabled = item === sorted.lastElementChild;
    }
  };
  const move = (item, button, other, by) => {
    if (by < 0) item.previousElementSibling.before(item);
    else item.nextElementSibling.after(item);
    ends();
    (button.disabled ? other : button).focus();
    const place = [...sorted.children].indexOf(item) + 1;
    said.textContent = filled(texts.place, words.get(item), place, items.length);
  };
  for (const item of items) {
    const named = (text) => ({ type: "button", "aria-label": filled(text, words.get(item)) });
    const up = make("button", named(texts.up), "↑");
    const down = make("button", named(texts.down), "↓");
    up.onclick = () => move(item, up, down, -1);
    down.onclick = () => move(item, down, up, 1);
    item.prepend(up, down);
  }
  ends();
  const judge = () => {
    const now = [...sorted.children].map((item) => places[items.indexOf(item)]);
    const right = now.every((place, index) => place === index);
    return { right, say: [reasons[right ? 0 : 1]] };
  };
  return { fields: [make("p", {}, texts.sort), sorted, said], judge };
}

const KINDS = { single: choice, several: choice, curve: choice, number, order };

/** Make one question a form; `answered(right)` is called after each check. */
function question(box, texts, answered) {
  const asked = box.querySelector(":scope > p");
  const folded = box.querySelector(":scope > details");
  const reasons = [...folded.querySelectorAll("[data-right]")];
  const link = folded.querySelector(":scope > p");
  if (!box.querySelector(":scope > ul") || box.dataset.places)
    reasons.at(-1).querySelector("strong").textContent = `${texts.wrong}.`; // any other answer
  const { fields, judge } = KINDS[box.dataset.kind](box, reasons, texts);
  const legend = make("legend", {}, ...asked.childNodes);
  const fieldset = make("fieldset", {}, legend, ...fields);
  const again = make("button", { type: "button", hidden: true }, texts.again);
  const check = make("button", { type: "button" }, texts.check);
  const said = status();
  const form = make("form", {}, fieldset, check, again, said);
  check.onclick = () => {
    const { ask, right, say } = judge();
    again.hidden = right !== false;
    said.dataset.verdict = ask ? "none" : right ? "right" : "wrong";
    said.replaceChildren(...(ask ? [ask] : [...say, link]));
    if (!ask) answered(right);
  };
  onEnter(form, check.onclick);
  again.onclick = () => {
    said.replaceChildren();
    again.hidden = true;
    form.reset();
    form.querySelector("input, li button:not([disabled])").focus();
  };
  box.replaceChildren(form);
}

// ---- what quiz.py shows

function quiz(root, texts) {
  const { page, part } = root.dataset;
  const boxes = [...root.children];
  const first = new Map(); // each question that was answered: was its first answer right?
  const done = new Set();
  const score = make("p", { role: "status" });
  for (const box of boxes)
    question(box, texts, (right) => {
      if (!first.has(box)) first.set(box, right);
      if (right) done.add(box);
      const good = [...first.values()].filter(Boolean).length;
      const [of, name] = [boxes.length, `quiz/${page}/${part}`];
      score.textContent = filled(done.size < of ? texts.left : texts.score, done.size, of, good);
      const better = good > (noted()?.[name]?.right ?? -1);
      if (done.size === of && better) note(name, { right: good, of });
    });
  root.append(score);
  if (part !== "after") return;
  const seen = new IntersectionObserver((entries) => {
    if (entries.some((entry) => entry.isIntersecting)) note(`read/${page}`, true);
  });
  seen.observe(root);
}

function predict(root, texts) {
  const name = `predict/${root.dataset.name}`;
  const list = root.querySelector(":scope > ul");
  const said = status();
  const before = noted()?.[name]?.said;
  const legend = make("legend", {}, `${texts.predict}: `, ...root.querySelector("p").childNodes);
  const [input, field] = list ? [] : numberInput(texts, "");
  const choices = list ? [...list.children].map((item) => item.textContent) : [];
  const inputs = list ? withInputs(list, "radio") : [];
  inputs.forEach((each, place) => (each.checked = choices[place] === before));
  if (input) input.value = before ?? "";
  const form = make("form", {}, make("fieldset", {}, legend, list ?? field), said);
  const keep = () => {
    const value = list ? choices[inputs.findIndex((each) => each.checked)] : input.value.trim();
    const good = list || !Number.isNaN(toNumber(value));
    if (good) note(name, { said: value });
    said.textContent = good ? texts.kept : texts.number;
  };
  form.onchange = keep;
  onEnter(form, keep);
  root.replaceChildren(form);
}

function predicted(root, texts) {
  const { name, value, tolerance } = root.dataset;
  const said = make("p");
  root.append(said);
  whenNoted(() => {
    const entry = noted()?.[`predict/${name}`];
    said.textContent = "";
    if (!entry?.said) return;
    const right = Number.isNaN(Number(value))
      ? entry.said === value
      : near(toNumber(entry.said), Number(value), Number(tolerance));
    const verdict = right ? `✔ ${texts.same}` : `✘ ${texts.differs}`;
    said.textContent = `${filled(texts.said, entry.said)} ${verdict}`;
    if (entry.right !== right) note(`predict/${name}`, { ...entry, right });
  });
}

function progress(root, texts) {
  const cells = [...root.querySelectorAll("td[data-column]")];
  const share = (pairs) => {
    const [right, of] = [0, 1].map((place) => pairs.reduce((sum, pair) => sum + pair[place], 0));
    return pairs.length ? `${right} / ${of}` : "–";
  };
  const SHOWN = {
    read: (page, all) => (all[`read/${page}`] ? `✔ ${texts.yes}` : "–"),
    quiz: (page, all) => {
      const both = ["ready", "after"].map((part) => all[`quiz/${page}/${part}`]);
      return share(both.filter(Boolean).map(({ right, of }) => [right, of]));
    },
    predictions: (page, all) => {
      const names = Object.keys(all).filter((n) => n.startsWith(`predict/${page.slice(0, 2)}.`));
      return share(names.map((name) => [Number(all[name].right ?? 0), 1]));
    },
  };
  const said = status();
  const save = make("button", { type: "button" }, texts.export);
  const remove = make("button", { type: "button" }, texts.delete);
  save.onclick = () => {
    const cellsOf = (row) => [...row.cells].map((cell) => cell.innerText);
    const table = [...root.querySelectorAll("tr")].map(cellsOf);
    const text = JSON.stringify({ table, browser: noted() }, null, 1);
    const href = URL.createObjectURL(new Blob([text], { type: "application/json" }));
    make("a", { href, download: "course-progress.json" }).click();
    URL.revokeObjectURL(href);
  };
  remove.onclick = () => {
    for (const name of Object.keys(noted() ?? {})) localStorage.removeItem(PREFIX + name);
    dispatchEvent(new Event(CHANGED));
    said.textContent = texts.deleted;
  };
  root.append(save, remove, said);
  if (!noted()) said.textContent = texts.private;
  whenNoted(() => {
    const all = noted() ?? {};
    for (const cell of cells) cell.textContent = SHOWN[cell.dataset.column](cell.dataset.page, all);
  });
}

/** Make live what is not yet so. Each output of a notebook brings this script once more. */
export function start(document, texts) {
  for (const [kind, enliven] of Object.entries({ quiz, predict, predicted, progress }))
    for (const root of document.querySelectorAll(`.course-${kind}:not(.course-on)`)) {
      root.classList.add("course-on");
      enliven(root, texts);
      for (const field of root.querySelectorAll("input, button"))
        field.setAttribute("data-lm-suppress-shortcuts", "true"); // JupyterLab: keys are ours
    }
}
