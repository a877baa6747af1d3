// Makes what quiz.py shows something to fill in, and notes in the browser what was done.

const PREFIX = `course:${globalThis.location?.pathname.match(/\/user\/[^/]+\//)?.[0] ?? ""}`;
const STATUS = `<div role="status"></div>`;
let texts; // the words of quiz.toml, by their names

// ---- what the browser keeps: private mode, or a frame without an origin, may refuse all of it

/** Return all that is noted, as {name: value}; null where nothing can be kept. */
function noted() {
  try {
    const found = {};
    for (const key of Object.keys(localStorage).filter((each) => each.startsWith(PREFIX)))
      try {
        found[key.slice(PREFIX.length)] = JSON.parse(localStorage[key]);
      } catch {
        localStorage.removeItem(key); // it was damaged
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
  dispatchEvent(new Event("storage")); // as other pages hear it
}

// ---- what all fields need

/** Return a text, its {0}, {1} replaced by values, as HTML. */
function say(text, ...values) {
  const filled = text.replace(/\{(\d)\}/g, (_, place) => values[place]);
  return filled.replace(/[&<>"]/g, (sign) => `&#${sign.charCodeAt()};`);
}

const button = (words, more = "") => `<button type="button" ${more}>${words}</button>`;

/** Return the number that a text means: 0.5, 0,5, 1,200 and 1 200 all do; NaN if it is none. */
function toNumber(text) {
  const plain = text.trim().replace(/[\s_]/g, "").replace("−", "-");
  const english = /^[-+]?\d{1,3}(,\d{3})+(\.\d+)?$/.test(plain);
  const number = english ? plain.replaceAll(",", "") : plain.replace(",", ".");
  return /^[-+]?(\d+\.?\d*|\.\d+)(e[-+]?\d+)?$/i.test(number) ? Number(number) : NaN;
}

/** Whether a number is as near as it must be; what floats lose in rounding does not count. */
function near(number, wanted, tolerance) {
  return Math.abs(number - wanted) <= Number(tolerance) + 1e-9 * Math.max(1, Math.abs(wanted));
}

/** Make words, and a list if there is one, a form that acts on Enter in a field; return it. */
function toForm(box, act, before = "", buttons = "") {
  const [words, list] = box.querySelectorAll(":scope > :is(p, ul, ol)");
  const hint = box.dataset.hint ? `<p>${say(box.dataset.hint)}</p>` : "";
  const fields = `<legend>${before}${words.innerHTML}</legend>${hint}${list?.outerHTML ?? ""}`;
  box.innerHTML = `<form><fieldset>${fields}</fieldset>${buttons}${STATUS}</form>`;
  const form = box.firstElementChild;
  form.onsubmit = (event) => event.preventDefault();
  form.onkeydown = (event) => {
    if (event.key !== "Enter" || event.target.tagName !== "INPUT") return;
    event.preventDefault(); // a frame may forbid to send before anyone can act
    act();
  };
  return form;
}

/** Put an input before each item of a form's list; return the inputs. */
function addChoices(form, type) {
  for (const item of form.querySelectorAll("li")) {
    const input = `<input type="${type}" name="answer" value="${say(item.textContent)}">`;
    item.innerHTML = `<label>${input}<span>${item.innerHTML}</span></label>`;
  }
  return [...form.querySelectorAll("li input")];
}

function addNumber(form, unit = "") {
  const input = `<input type="text" name="answer" inputmode="decimal" autocomplete="off">`;
  const label = `<label>${say(texts.type)}:${input}${say(unit)}</label>`;
  form.querySelector("fieldset").insertAdjacentHTML("beforeend", label);
}

// ---- each kind of question adds its fields, and returns a function that judges them: it gives the
// reasons to show, or says as a text what to do first

const isRight = (reason) => reason.dataset.right === "1";

function choice(form, reasons, { kind }) {
  const inputs = addChoices(form, kind === "several" ? "checkbox" : "radio");
  const missing = document.createElement("p");
  missing.textContent = texts.missing;
  return () => {
    const chosen = reasons.filter((_, place) => inputs[place].checked);
    const wrong = chosen.filter((reason) => !isRight(reason));
    if (!chosen.length) return texts.choose;
    if (wrong.length) return wrong;
    return chosen.length === reasons.filter(isRight).length ? chosen : [missing];
  };
}

function number(form, reasons, { tolerance, unit }) {
  addNumber(form, unit);
  return () => {
    const value = toNumber(form.elements.answer.value);
    if (Number.isNaN(value)) return texts.number;
    const known = (reason) => near(value, Number(reason.dataset.value), tolerance);
    return [reasons.find(known) ?? reasons.at(-1)]; // the last one has no value
  };
}

function order(form, reasons) {
  const list = form.querySelector("ol");
  for (const item of list.children) {
    const named = (text) => `aria-label="${say(text, item.textContent)}"`;
    const buttons = button("↑", named(texts.up)) + button("↓", named(texts.down));
    item.insertAdjacentHTML("afterbegin", buttons);
  }
  list.insertAdjacentHTML("afterend", STATUS);
  list.onclick = ({ target }) => {
    if (target.tagName !== "BUTTON") return;
    const item = target.parentElement;
    if (target === item.firstElementChild) item.previousElementSibling?.before(item);
    else item.nextElementSibling?.after(item);
    target.focus();
    const items = [...list.children];
    const moved = [item.lastChild.data, items.indexOf(item) + 1, items.length];
    list.nextElementSibling.innerHTML = say(texts.place, ...moved);
  };
  const inPlace = (item, place) => Number(item.dataset.place) === place;
  return () => [reasons[[...list.children].every(inPlace) ? 0 : 1]];
}

const KINDS = { single: choice, several: choice, curve: choice, number, order };

/** Make one question a form; `answered(right)` is called after each check. */
function question(box, answered) {
  const reasons = [...box.querySelectorAll("[data-right]")];
  const link = box.querySelector("details > p");
  const kind = KINDS[box.dataset.kind];
  if (kind !== choice) reasons.at(-1).firstElementChild.textContent = `${texts.wrong}.`; // any other
  const act = () => {
    const found = judge();
    const ask = typeof found === "string";
    const right = !ask && found.every(isRight);
    again.hidden = ask || right;
    said.dataset.verdict = ask ? "none" : right ? "right" : "wrong";
    said.replaceChildren(...(ask ? [found] : [...found, link]));
    if (!ask) answered(right);
  };
  const buttons = button(say(texts.check)) + button(say(texts.again), "hidden");
  const form = toForm(box, act, "", buttons);
  const judge = kind(form, reasons, box.dataset);
  const [check, again, said] = [...form.children].slice(1);
  check.onclick = act;
  again.onclick = () => {
    said.replaceChildren();
    again.hidden = true;
    form.reset();
    form.querySelector("input, li button").focus();
  };
}

// ---- what quiz.py shows; what a function returns is called now, and whenever something is noted

function quiz(root, { page, part }) {
  const name = `quiz/${page}/${part}`;
  const boxes = [...root.children];
  const of = boxes.length;
  const [first, done] = [[], []]; // of each question: was the first answer right, and was any?
  root.insertAdjacentHTML("beforeend", `<p role="status"></p>`);
  boxes.forEach((box, number) =>
    question(box, (right) => {
      first[number] ??= right;
      done[number] ||= right;
      const [good, answered] = [first, done].map((each) => each.filter(Boolean).length);
      const words = answered < of ? texts.left : texts.score;
      root.lastElementChild.innerHTML = say(words, answered, of, good);
      const better = good > (noted()?.[name]?.right ?? -1);
      if (answered === of && better) note(name, { right: good, of });
    }),
  );
  const seen = new IntersectionObserver((entries) => {
    if (entries.some((entry) => entry.isIntersecting)) note(`read/${page}`, true);
  });
  if (part === "after") seen.observe(root);
}

function predict(root, { name }) {
  const key = `predict/${name}`;
  const keep = () => {
    const value = answer.value.trim();
    const good = choices.length || !Number.isNaN(toNumber(value));
    if (good) note(key, { said: value });
    form.lastElementChild.innerHTML = say(good ? texts.kept : texts.number);
  };
  const form = toForm(root, keep, `${say(texts.predict)}: `);
  const choices = addChoices(form, "radio");
  if (!choices.length) addNumber(form);
  const { answer } = form.elements; // all radio buttons have one value
  answer.value = noted()?.[key]?.said ?? "";
  form.onchange = keep;
}

function predicted(root, { name, value, tolerance }) {
  root.insertAdjacentHTML("beforeend", "<p></p>");
  return () => {
    const entry = noted()?.[`predict/${name}`];
    const right = Number.isNaN(Number(value))
      ? entry?.said === value
      : near(toNumber(entry?.said ?? ""), Number(value), tolerance);
    const verdict = right ? `✔ ${texts.same}` : `✘ ${texts.differs}`;
    root.lastElementChild.innerHTML = entry ? say(`${texts.said} ${verdict}`, entry.said) : "";
    if (entry && entry.right !== right) note(`predict/${name}`, { ...entry, right });
  };
}

function progress(root) {
  const buttons = button(say(texts.export)) + button(say(texts.delete));
  root.insertAdjacentHTML("beforeend", buttons + STATUS);
  const [save, remove, said] = [...root.children].slice(-3);
  save.onclick = () => {
    const words = (row) => Array.from(row.cells, (cell) => cell.innerText);
    const table = Array.from(root.querySelectorAll("tr"), words);
    const text = JSON.stringify({ table, browser: noted() }, null, 1);
    const href = URL.createObjectURL(new Blob([text], { type: "application/json" }));
    const link = document.createElement("a");
    Object.assign(link, { href, download: "course-progress.json" }).click();
    URL.revokeObjectURL(href);
  };
  remove.onclick = () => {
    for (const name of Object.keys(noted() ?? {})) localStorage.removeItem(PREFIX + name);
    dispatchEvent(new Event("storage"));
    said.innerHTML = say(texts.deleted);
  };
  if (!noted()) said.innerHTML = say(texts.private);
  return () => {
    const all = Object.entries(noted() ?? {});
    for (const cell of root.querySelectorAll("[data-notes]")) {
      const own = all.filter(([name]) => name.startsWith(cell.dataset.notes)).map(([, is]) => is);
      const right = own.reduce((sum, each) => sum + Number(each.right ?? 0), 0);
      const of = own.reduce((sum, each) => sum + (each.of ?? 1), 0); // a prediction is one
      cell.textContent = own[0] === true ? `✔ ${texts.yes}` : of ? `${right} / ${of}` : "–";
    }
  };
}

/** Make live what is not yet so. Each output of a notebook brings this script once more. */
export function start(document, words) {
  texts = words;
  for (const [kind, enliven] of Object.entries({ quiz, predict, predicted, progress }))
    for (const root of document.querySelectorAll(`.course-${kind}:not(.course-on)`)) {
      root.classList.add("course-on");
      const show = enliven(root, root.dataset);
      if (show) addEventListener("storage", show);
      show?.();
      for (const field of root.querySelectorAll("input, button"))
        field.dataset.lmSuppressShortcuts = true; // JupyterLab: keys are ours
    }
}
