// The field for a document's lines: live marks from the server, and Enter, which sends them when they are whole.
import { Problem } from "./api.js";
import { problemSay } from "./dialogs.js";
import { $, make } from "./parts.js";
import { ask } from "./session.js";
import { say, state } from "./state.js";
import { has, pick, t } from "./words.js";

const TYPING_MS = 120;

const page = {}; // what the page does when a document is begun, and when it is whole

/** bindField({beginNext, scan}) */
export function bindField(hooks) {
  Object.assign(page, hooks);
}

let typing = null;
let asking = null;

export function field() {
  return $("mrz").value;
}

export function sayMarks(marks = null) {
  const box = $("mrz-marks");
  const line = $("mrz-say");
  const text = field();
  const rows = text.toUpperCase().split("\n");
  $("mrz").rows = Math.min(3, Math.max(2, rows.length - (rows.at(-1) === "" ? 1 : 0)));
  line.className = "";
  if (!marks || text.trim() === "") {
    box.replaceChildren();
    line.textContent = text.trim() === "" ? "" : t("mrz.reading");
    return;
  }
  const same = marks.lines.every((whole, i) => (rows[i] ?? "").trimEnd() === whole);
  const wrong = marks.marks.filter((mark) => mark.ok === false);
  const shown = [...wrong, ...marks.marks.filter((mark) => mark.ok && mark.what.endsWith("-check"))];
  box.replaceChildren(...(same ? marks.lines.flatMap((whole, i) => [...markedLine(whole, shown.filter((mark) => mark.line === i + 1)), "\n"]) : []));
  const wanted = marks.wanted?.length > 0 ? marks.wanted : null;
  const format = wanted ? `${wanted.format} · ` : "";
  if (wrong.length > 0) {
    line.className = "bad";
    line.textContent = format + t("mrz.wrong", { what: [...new Set(wrong.map((mark) => markSay(mark.what)))].join(", ") });
  } else if (marks.complete && marks.valid) {
    line.className = "good";
    line.textContent = format + t("mrz.right");
  } else if (marks.complete && marks.problems.length > 0) {
    line.className = "bad";
    line.textContent = format + pick(marks.problems[0]);
  } else {
    const so = { line: Math.max(1, marks.lines.length), n: (marks.lines.at(-1) ?? "").length };
    line.textContent = wanted ? format + t("mrz.more.of", { ...so, lines: wanted.lines, length: wanted.length }) : t("mrz.more", so);
  }
}

function markSay(what) {
  const field = what.replace(/-check$/, "");
  return t(has(`check.${field}`) ? `check.${field}` : "check.other");
}

function markedLine(whole, marks) {
  const parts = [];
  let from = 0;
  for (const mark of marks.toSorted((a, b) => a.column - b.column)) {
    const at = mark.column - 1;
    if (at < from) continue;
    parts.push(whole.slice(from, at), make("i", { class: mark.ok ? null : "bad" }, whole.slice(at, at + mark.length)));
    from = at + mark.length;
  }
  return [...parts, whole.slice(from)];
}

export async function checkField() {
  clearTimeout(typing);
  const text = field();
  if (text.trim() === "") return null;
  if (state.checked?.text === text) return state.checked.marks;
  asking?.abort();
  asking = new AbortController();
  try {
    const marks = await ask("POST", "/v1/mrz", { mrz: text }, { signal: asking.signal });
    if (field() !== text) return null;
    state.checked = { text, marks };
    if (marks.wanted?.length > 0) shapes.add(`${marks.wanted.lines}x${marks.wanted.length}`);
    sayMarks(marks);
    return marks;
  } catch (error) {
    if (error instanceof Problem) say(problemSay(error));
    return null;
  }
}

export function typed() {
  say("");
  if (state.phase === "advice") page.beginNext();
  sayMarks();
  clearTimeout(typing);
  typing = setTimeout(() => void checkField(), TYPING_MS);
}

/** Enter in the field: the end of a line, at once (a reader does not wait); when the lines are complete, send them. */
export async function fieldEnter() {
  const box = $("mrz");
  if (state.phase !== "await" || box.value.trim() === "") return;
  if (!box.value.endsWith("\n")) {
    const known = state.checked?.text === box.value ? state.checked.marks : null;
    box.value += "\n";
    if (known) state.checked = { text: box.value, marks: known };
    sayMarks(known);
  }
  const before = box.value;
  if (/^M[1-4][^<]{58,}$/.test(before.trim())) return (await import("./pass.js")).readPass(before.trim());
  const complete = hasKnownShape(before) || (await checkField())?.complete;
  if (!complete || state.phase !== "await" || field() !== before) return;
  await page.scan({ mrz: before.trim() });
  if (field() === before) void checkField();
}

// Shapes the server has named ("2x44"). Lines of such a shape need no asking before they are sent.
const shapes = new Set();

/** knownLines(lines): how many of the first lines are a document of a shape the server has named; 0: not known. */
export function knownLines(lines) {
  return [1, 2, 3].find((n) => lines.length >= n && shapes.has(`${n}x${lines[0].length}`) && lines.slice(0, n).every((line) => line.length === lines[0].length)) ?? 0;
}

export function learnShape(lines) {
  shapes.add(`${lines.length}x${lines[0].length}`);
}

function hasKnownShape(text) {
  const rows = text.trim().split("\n");
  return rows.every((row) => row.length === rows[0].length) && shapes.has(`${rows.length}x${rows[0].length}`);
}
