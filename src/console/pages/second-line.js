// The second line: the queue by urgency, a case with its checklist, what was noted, and its outcome, by keyboard. Which
// points come first, how a case may end and who confirms it the server says; the page shows it and sends.
import { key, Lost, Problem } from "./api.js";
import { bindDialog, openDialog, problemSay } from "./dialogs.js";
import { call, ended, openDoor, signedIn } from "./door.js";
import { saveFile, sendFile, sizeSay } from "./files.js";
import { hush, listen, listening } from "./live.js";
import { act, $, kbd, make, name as bdi } from "./parts.js";
import { clock, day, moment, pick, rulesSay, state as stateName, loadStates, t } from "./words.js";

const LANE = "second-line";
const states = loadStates().catch(() => {}); // codes are shown instead of names
let cases = [];
let open = null; // the case that is shown
let late = []; // who was let through and matched since

/** left(): what the page held is gone with whoever looked at it. */
function left() {
  open = null;
  cases = [];
  late = [];
  hush();
  for (const dialog of document.querySelectorAll("dialog[open]")) dialog.close();
  show();
}

function failed(error) {
  if (ended(error)) return;
  $("case-wrong").textContent = error instanceof Problem ? problemSay(error) : t("error.not-recorded");
}

// ---- the queue ----

const isMine = () => open?.state === "taken" && open.taken_by === signedIn()?.user;

function row(one) {
  const what = [t(`refer.${one.kind}`), `${t("lane")} ${one.lane}`, t(one.direction),
    one.outcome ? t(`second.is.${one.outcome}`) : one.taken_by ? t("second.with", { user: one.taken_by }) : t("second.is.waiting")];
  return make("li", {}, make("button", { type: "button", "data-case": one.case, "data-urgency": one.urgency, "aria-current": open?.case === one.case ? "true" : null, onclick: () => void show1(one.case) },
    make("b", {}, bdi(one.name)), make("time", { datetime: one.opened }, moment(one.opened)),
    make("span", {}, one.state === "ended" ? null : make("i", {}, t(`second.urgency.${one.urgency}`)), ` ${what.join(" · ")}`)));
}

function lateRow(one) {
  const person = [one.person.surname, one.person.given].filter(Boolean).join(", ") || one.person.name || one.person.document?.number || "–";
  const what = [one.plate ? t("late.vehicle", { plate: one.plate }) : "", t(one.direction), moment(one.crossed), one.rung === "normal" ? "" : t(`rung.${one.rung}`), t(one.then ? "late.then" : "late.since"), one.discreet ? t("late.discreet") : ""].filter(Boolean).join(" · ");
  return make("li", {}, make("span", {}, make("b", {}, bdi(person)), ` · ${one.list} ${one.entry} · ${Math.round(one.score * 100)} % · ${what} `,
    one.second_line ? make("i", {}, t(`second.is.${one.second_line}`)) : null),
    one.second_line || one.discreet ? null : make("button", { type: "button", class: "link", "data-late": one.id, onclick: () => void takeUp(one) }, t("late.case")));
}

/** takeUp(one): a case of a late match; then it is shown. */
async function takeUp(one) {
  $("case-wrong").textContent = "";
  try {
    const made = await call("POST", `/v1/late-matches/${one.id}/case`);
    one.second_line = made.state;
    await read();
    await show1(made.case);
  } catch (error) {
    failed(error);
  }
}

function showLate() {
  const focused = document.activeElement?.dataset?.late;
  $("late-part").hidden = late.length === 0;
  $("late").replaceChildren(...late.map(lateRow));
  if (focused) document.querySelector(`[data-late="${focused}"]`)?.focus();
}

function show() {
  showLate();
  const waiting = cases.filter((one) => one.state !== "ended");
  const ended = cases.filter((one) => one.state === "ended").slice(0, 12);
  $("queue").replaceChildren(...waiting.map(row));
  $("ended").replaceChildren(...ended.map(row));
  $("ended-title").hidden = ended.length === 0;
  $("queue-said").textContent = waiting.length === 0 ? t("second.none") : t("second.open", { n: waiting.length });
  showCase();
}

async function read() {
  try {
    cases = (await call("GET", "/v1/cases")).cases;
    show();
  } catch (error) {
    failed(error);
  }
}

/** readLate(): who was let through and matched since: once, and when the machine says that there is another. A look, too. */
async function readLate() {
  try {
    late = (await call("GET", "/v1/late-matches")).matches;
    showLate();
  } catch (error) {
    failed(error);
  }
}

/** heard({case, state}): something changed: the queue is asked again, and that is recorded as a look. */
function heard(event) {
  for (const one of late) if (one.crossing === event.case) one.second_line = event.state;
  if (!signedIn() || document.querySelector("dialog[open]")) return;
  void read();
  if (open?.case === event.case && !isMine()) void show1(event.case, { quiet: true });
}

// ---- a case ----

async function show1(id, { quiet = false } = {}) {
  $("case-wrong").textContent = "";
  try {
    open = await call("GET", `/v1/cases/${id}`);
    show();
    if (!quiet) $("case-title").focus();
  } catch (error) {
    failed(error);
  }
}

function close() {
  if (!open) return;
  const id = open.case;
  open = null;
  show();
  document.querySelector(`[data-case="${id}"]`)?.focus();
}

function facts() {
  const { person } = open;
  const paper = [person.document?.issuer, person.document?.number].filter(Boolean).join(" ");
  const lines = [[t("second.birth"), day(person.birth)], [t("second.nationality"), stateName(person.nationality)], [t("second.document"), paper], [t("plate"), open.plate],
    [t("second.from"), `${t("lane")} ${open.lane} · ${t(open.direction)} · ${moment(open.opened)}`], [t("second.advice"), t(open.advised)],
    [t("second.why"), t(`refer.${open.kind}`)], [t("second.rules"), rulesSay(open.reasons)]];
  return make("dl", { class: "account" }, lines.filter(([, value]) => value).flatMap(([what, value]) => [make("dt", {}, what), make("dd", {}, bdi(value))]));
}

const cleared = (match) => open.steps.find((step) => step.step === "not-same" && step.list === match.list && step.entry === match.entry);

function matches() {
  if (open.matches.length === 0) return null;
  return [make("h3", {}, t("second.matches")), make("ul", { class: "points" }, open.matches.map((match) => make("li", {},
    make("span", {}, bdi(match.name), ` · ${match.list} ${match.entry} · ${Math.round(match.score * 100)} %`),
    cleared(match) ? make("small", {}, t("second.cleared", { time: clock(cleared(match).time) }))
      : isMine() ? make("button", { type: "button", class: "link", onclick: () => void step({ step: "not-same", list: match.list, entry: match.entry }) }, t("second.not-same")) : null)))];
}

function checklist() {
  return [make("h3", {}, t("second.checklist")), make("ul", { class: "points" }, open.checklist.map((point, at) => make("li", {},
    make("label", { class: "tick" }, make("input", { type: "checkbox", checked: point.done, disabled: point.done || !isMine(), "aria-keyshortcuts": String(at + 1), onchange: () => void step({ step: "ticked", item: point.item }) }),
      make("span", {}, pick(point), point.must ? make("b", {}, ` · ${t("second.must")}`) : null), kbd(String(at + 1))))))];
}

// ---- what is attached ----

const mayAttach = () => isMine() || (open?.state === "ended" && open.taken_by === signedIn()?.user) || (open && open.state !== "waiting" && signedIn()?.role === "supervisor");

function attached() {
  const files = open.steps.filter((one) => one.attachment);
  if (files.length === 0) return null;
  return [make("h3", {}, t("attach.title")), make("ul", { class: "points" }, files.map((one) => make("li", {},
    make("span", {}, bdi(one.attachment.name), ` · ${t(`attach.is.${one.attachment.type.split("/")[1]}`)} · ${sizeSay(one.attachment.size)}`),
    make("button", { type: "button", class: "link", "data-attached": one.id, "aria-label": t("attach.save.name", { name: one.attachment.name }), onclick: () => void saveAttached(one) }, t("attach.save")))))];
}

async function saveAttached(one) {
  $("case-wrong").textContent = "";
  try {
    await saveFile(`/v1/cases/${open.case}/attachments?step=${one.id}`, one.attachment.name);
  } catch (error) {
    failed(error);
  }
}

const choose = () => { $("attach-file").value = ""; $("attach-file").click(); };

async function attach(file) {
  const of = open.case;
  const stop = new AbortController();
  const dialog = $("send-dialog");
  const closed = () => stop.abort();
  $("case-wrong").textContent = "";
  $("send-name").replaceChildren(bdi(file.name), ` · ${sizeSay(file.size)}`);
  $("send-progress").value = 0;
  $("send-say").textContent = "";
  dialog.addEventListener("close", closed, { once: true });
  dialog.showModal();
  try {
    await sendFile(`/v1/cases/${of}/attachments`, file, { signal: stop.signal, progress: (share) => {
      $("send-progress").value = share;
      $("send-say").textContent = share < 1 ? t("attach.share", { share: Math.floor(share * 100) }) : t("attach.writing");
    } });
  } catch (error) {
    if (error.name !== "AbortError") failed(error instanceof Lost ? new Problem(0, { code: "attachment-lost" }) : error.name === "NotReadableError" ? new Problem(0, { code: "attachment-unreadable" }) : error);
  } finally {
    dialog.removeEventListener("close", closed);
    dialog.close();
  }
  const wrong = $("case-wrong").textContent;
  if (signedIn() && open?.case === of) await show1(of, { quiet: true });
  if (wrong) $("case-wrong").textContent = wrong;
}

function stepSay(one) {
  const point = open.checklist.find((point) => point.item === one.item);
  const what = one.item ? (point ? pick(point) : one.item) : one.entry ? `${one.list} ${one.entry} ${one.edition ?? ""}` : one.attachment ? one.attachment.name : one.outcome ? t(`second.is.${one.outcome}`) : "";
  return [what, one.ground ? `(${one.ground})` : "", one.second ? t("second.by", { user: one.second }) : "", one.words ?? ""].filter(Boolean).join(" · ");
}

function steps() {
  return [make("h3", {}, t("second.steps")), make("ol", { class: "done-steps" }, open.steps.map((one) => make("li", {}, make("time", { datetime: one.time }, clock(one.time)), make("b", {}, ` ${t(`second.step.${one.step}`)} `), one.officer, make("span", {}, stepSay(one) && `: ${stepSay(one)}`))))];
}

function acts() {
  const refused = open.outcome === "refused";
  const reopens = open.state === "ended" && !["admitted", "refused"].includes(open.outcome);
  const buttons = [
    open.state === "waiting" ? act(t("second.take"), "T", { main: true, run: take }) : null,
    isMine() ? act(t("second.end"), "E", { main: true, run: endCase }) : null,
    isMine() || (open.state === "taken" && signedIn().role === "supervisor") ? act(t("second.note"), "N", { run: () => inWords("noted") }) : null,
    mayAttach() ? act(t("attach.add"), "A", { run: choose }) : null,
    isMine() ? act(t("second.pass"), "P", { run: () => inWords("passed-on") }) : null,
    reopens ? act(t("second.reopen"), "R", { run: () => inWords("reopened") }) : null,
    refused ? act(t("second.print"), "F", { main: true, run: printForm }) : null,
    act(t("second.back"), "Escape", { run: close }),
  ];
  return make("div", { class: "acts" }, buttons.filter(Boolean));
}

function showCase() {
  $("case-title").textContent = open ? "" : t("second.pick");
  if (open) $("case-title").append(bdi(open.name), ` · ${open.outcome ? t(`second.is.${open.outcome}`) : t(`second.is.${open.state}`)}`);
  $("case").replaceChildren(...(open ? [acts(), facts(), matches(), checklist(), attached(), steps()] : []).flat(2).filter(Boolean));
}

// ---- steps ----

async function send(body) {
  await call("POST", `/v1/cases/${open.case}/steps`, body, { idempotency: key() });
  await show1(open.case, { quiet: true });
  await read();
}

async function step(body) {
  $("case-wrong").textContent = "";
  try {
    await send(body);
  } catch (error) {
    failed(error);
    showCase();
  }
}

const take = () => void step({ step: "taken" });

function inWords(what) {
  $("words-title").textContent = t(`second.step.${what}`);
  openDialog("words-dialog", { submit: async ({ words }) => {
    if (words.trim() === "") throw new Problem(422, { code: "case-needs-words" });
    await send({ step: what, words: words.trim() });
  } });
}

function sayEnd() {
  const end = open?.ends.find((one) => one.outcome === $("end-outcome").value);
  $("end-ground-box").hidden = end?.outcome !== "refused";
  $("end-second").hidden = end?.people !== 2 && !(end?.outcome === "admitted" && open.advised === "stop");
}

function endCase() {
  $("end-outcome").replaceChildren(...open.ends.map((end) => make("option", { value: end.outcome }, t(`second.is.${end.outcome}`))));
  $("end-ground").replaceChildren(...open.grounds.map((ground) => make("option", { value: ground.ground }, `${ground.ground} · ${pick(ground)}`)));
  openDialog("end-dialog", { submit: async ({ outcome, ground, words, user, password }) => {
    const body = { step: "ended", outcome };
    if (words.trim() !== "") body.words = words.trim();
    if (outcome === "refused") body.ground = ground;
    if (!$("end-second").hidden && user.trim() !== "") body.second = { user: user.trim(), password };
    await send(body);
  } });
  sayEnd();
}

// ---- the refusal form: the post's own lines, in both languages, one below the other ----

function printForm() {
  const end = open.steps.findLast((one) => one.step === "ended");
  const ground = open.grounds.find((one) => one.ground === end.ground);
  const { person } = open;
  const plain = (date) => (date ?? "").split("-").reverse().join("."); // one sheet, two languages: days in digits
  const sheet = (name) => {
    const values = { date: plain(end.time.slice(0, 10)), time: clock(end.time).slice(0, 5), post: signedIn().post.name, officer: end.officer, second: end.second, name: open.name, birth: plain(person.birth),
      nationality: person.nationality, document: [person.document?.issuer, person.document?.number].filter(Boolean).join(" "), ground: end.ground, ground_text: ground?.[name] ?? "", words: end.words, record: end.crossing, case: open.case };
    return make("article", { lang: name === "text" ? "en" : "sq" }, open.form.map((line) => make(line.line === "title" ? "h2" : "p", {},
      line[name].replace(/\{(\w+)\}/g, (whole, place) => values[place] ?? whole))));
  };
  $("form").replaceChildren(sheet("text_sq"), sheet("text"));
  $("form").setAttribute("aria-hidden", "false");
  window.print();
}

// ---- the page ----

const KEYS = { t: () => open?.state === "waiting" && take(), e: () => isMine() && endCase(), n: () => isMine() && inWords("noted"), p: () => isMine() && inWords("passed-on"), a: () => mayAttach() && choose(),
  f: () => open?.outcome === "refused" && printForm() };

function pressed(event) {
  if (!signedIn() || document.querySelector("dialog[open]") || event.altKey || event.ctrlKey || event.metaKey || event.repeat) return;
  if (event.key === "ArrowDown" || event.key === "ArrowUp") {
    const rows = [...document.querySelectorAll(".queue button")];
    const at = rows.indexOf(document.activeElement);
    const next = rows[(at + (event.key === "ArrowDown" ? 1 : rows.length - 1) + (at < 0 && event.key === "ArrowUp" ? 1 : 0)) % rows.length];
    if (!next) return;
    event.preventDefault();
    next.focus();
  } else if (event.key === "Escape") {
    close();
  } else if (open && /^[1-9]$/.test(event.key)) {
    const point = open.checklist[Number(event.key) - 1];
    if (point && !point.done && isMine()) void step({ step: "ticked", item: point.item });
  } else if (open && KEYS[event.key.toLowerCase()]) {
    event.preventDefault();
    KEYS[event.key.toLowerCase()]();
  }
}

async function enter() {
  listen({ case: heard, late: () => void readLate() });
  await states;
  await read();
  document.querySelector(".queue button")?.focus();
  await listening();
  await readLate();
}

for (const id of ["words-dialog", "end-dialog"]) bindDialog(id, () => { $("case-title").focus(); });
bindDialog("send-dialog", () => { $("case-title").focus(); });
$("attach-file").addEventListener("change", (event) => { if (event.target.files[0] && open) void attach(event.target.files[0]); });
$("end-outcome").addEventListener("change", sayEnd);
document.addEventListener("keydown", pressed);
await openDoor({ main: "second", title: "second", lane: LANE, only: true, pages: [], entered: () => void enter(), left, words: show });
