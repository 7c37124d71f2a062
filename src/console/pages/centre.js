// The centre's page: who crossed, when and where. Every question carries its purpose and a reason, and the server writes
// the look down before it answers. The page keeps nothing: a reload asks again, and is recorded again.
import { call, Problem, useCsrf } from "./api.js";
import { problemSay } from "./dialogs.js";
import { $, make, name as bdi } from "./parts.js";
import { choose, chosen as language, count, day, fill, t } from "./words.js";

const PURPOSES = ["search", "second-line", "oversight", "subject"];
let session = null;
let asked = null; // the question the rows answer
let rows = [];
let next = "";
let person = null; // the page that is open, or null

function took(answer) {
  session = answer;
  useCsrf(session.csrf);
  $("post-name").textContent = session.post.name;
  $("officer").textContent = session.name;
  for (const id of ["officer", "sign-out", "ask"]) $(id).hidden = false;
  $("door").hidden = true;
  $("reason").focus();
}

function door() {
  session = asked = person = null;
  rows = [];
  next = "";
  useCsrf(null);
  for (const id of ["officer", "sign-out", "ask"]) $(id).hidden = true;
  for (const form of document.querySelectorAll("form")) form.reset();
  show();
  $("door").hidden = false;
  $("sign-in-user").focus();
}

function failed(error) {
  if (error instanceof Problem && error.code === "not-signed-in") return door();
  const detail = error instanceof Problem && error.code === "bad-request" ? error.detail : "";
  $("question-wrong").textContent = error instanceof Problem && error.code !== "not-recorded"
    ? [problemSay(error), detail].filter(Boolean).join(" ") : t("ask.not-recorded");
}

// ---- what was found, as tables ----

const nameOf = (row) => row.name ?? [row.surname, row.given].filter(Boolean).join(", ");
const documentOf = (row) => [row.issuer, row.number].filter(Boolean).join(" ");
const time = (text) => make("time", { datetime: text }, text ? new Date(text).toLocaleString(language() === "sq" ? "sq-AL" : "en-GB", { dateStyle: "medium", timeStyle: "short" }) : "");
const opener = (row) => make("button", { type: "button", class: "link", onclick: () => openPerson(row.key) }, bdi(nameOf(row) || documentOf(row)));
const entry = (row) => make("a", { href: `/v1/proof?origin=${encodeURIComponent(row.ledger)}&index=${row.entry}`, download: `entry-${row.entry}.tlog-proof`, title: t("ask.proof") }, `${row.ledger} ${row.entry}`);

function table(caption, heads, lines) {
  return make("table", {}, make("caption", {}, caption),
    make("thead", {}, make("tr", {}, heads.map((head) => make("th", { scope: "col" }, t(head))))),
    make("tbody", {}, lines.map((cells) => make("tr", {}, cells.map((cell) => make("td", {}, cell ?? ""))))));
}

function peopleTable(people) {
  return table(t("ask.people"), ["ask.name", "ask.birth", "ask.nationality", "ask.document", "ask.last", "ask.like"],
    people.map((row) => [opener(row), day(row.birth), row.nationality, documentOf(row),
      row.last ? [time(row.last), ` ${t(row.direction)}`] : "", `${Math.round(row.score * 100)} %`]));
}

function crossingsTable(crossings, open = true) {
  return table(t("ask.crossings"), ["ask.time", "ask.post", "direction", "ask.outcome", "ask.name", "ask.document", "plate", "ask.officer", "ask.entry"],
    crossings.map((row) => [time(row.time), row.post, t(row.direction), t(`outcome.${row.outcome}`), open ? opener(row) : bdi(nameOf(row)),
      documentOf(row), row.plate, row.officer, entry(row)]));
}

function stayLine(stay) {
  if (!stay) return t("ask.stay.unknown");
  return [t("ask.stay", { used: stay.used, left: stay.left }), stay.inside ? t("ask.stay.inside") : "",
    stay.inside && stay.leave_by ? t("ask.stay.until", { day: day(stay.leave_by) }) : ""].filter(Boolean).join(" ");
}

function personParts(page) {
  return [
    make("p", {}, make("b", {}, bdi(nameOf(page.person))), ` ${[day(page.person.birth), page.person.nationality, documentOf(page.person)].filter(Boolean).join(" · ")}`),
    make("p", { class: "said" }, stayLine(page.stay)),
    page.more ? make("p", { class: "quiet" }, t("ask.latest")) : null,
    crossingsTable(page.crossings, false),
    table(t("ask.decisions"), ["ask.time", "ask.post", "direction", "ask.advice", "ask.rules", "ask.officer", "ask.entry"],
      page.decisions.map((row) => [time(row.time), row.post, t(row.direction), t(row.advice), row.rules, row.officer, entry(row)])),
    page.cases.length > 0 ? table(t("second.queue"), ["ask.time", "ask.post", "ask.step", "ask.outcome", "ask.reason", "ask.officer", "ask.entry"],
      page.cases.map((row) => [time(row.time), row.post, [t(`second.step.${row.step}`), row.kind ? t(`refer.${row.kind}`) : ""].filter(Boolean).join(" "), row.outcome ? t(`second.is.${row.outcome}`) : "",
        [row.ground, row.words, row.item, row.listed].filter(Boolean).join(" · "), [row.officer, row.second].filter(Boolean).join(", "), entry(row)])) : null,
    page.looks ? table(t("ask.looks"), ["ask.time", "ask.post", "ask.officer", "ask.purpose", "ask.reason", "ask.entry"],
      page.looks.map((row) => [time(row.time), row.post, row.officer, row.purpose, row.reason, entry(row)])) : null,
  ];
}

function show() {
  const parts = person ? personParts(person) : rows.length === 0 ? [] : [asked.find === "people" ? peopleTable(rows) : crossingsTable(rows)];
  $("found").replaceChildren(...parts.filter(Boolean));
  $("found").tabIndex = parts.length > 0 ? 0 : -1;
  $("found-said").textContent = person || !asked ? "" : t(next ? "ask.count.more" : "ask.count", { n: count(rows.length) });
  $("more").hidden = Boolean(person) || !next;
  $("back").hidden = !person;
}

// ---- asking ----

const why = () => ({ purpose: $("purpose").value, reason: $("reason").value.trim() });

/** instant("2026-11-28", 1): the start of that day here, or of one so many days later. */
function instant(text, later) {
  const [year, month, date] = text.split("-").map(Number);
  return new Date(year, month - 1, date + later).toISOString();
}

function questionOf() {
  const fields = Object.fromEntries([...new FormData($("question"))].map(([field, value]) => [field, value.trim()]).filter(([, value]) => value !== ""));
  if (fields.from) fields.from = instant(fields.from, 0);
  if (fields.to) fields.to = instant(fields.to, 1);
  return { ...fields, count: 50 };
}

async function ask(question, more) {
  $("question-wrong").textContent = "";
  if (why().reason === "") {
    $("question-wrong").textContent = t("ask.reason.needed");
    $("reason").focus();
    return;
  }
  try {
    const answer = await call("POST", "/v1/search", more ? { ...question, ...why(), next } : question);
    const found = answer.people ?? answer.crossings;
    rows = more ? [...rows, ...found] : found;
    next = answer.next ?? "";
    asked = question;
    person = null;
    show();
    $("found-title").focus();
  } catch (error) {
    failed(error);
  }
}

async function openPerson(key) {
  $("question-wrong").textContent = "";
  try {
    person = await call("POST", "/v1/person", { ...why(), key });
    show();
    $("found-title").focus();
  } catch (error) {
    failed(error);
  }
}

function closePerson() {
  if (!person) return;
  person = null;
  show();
  $("found-title").focus();
}

// ---- the page ----

async function signIn(event) {
  event.preventDefault();
  $("sign-in-wrong").textContent = "";
  const form = $("sign-in");
  try {
    took(await call("POST", "/v1/session", { user: form.elements.user.value.trim(), password: form.elements.password.value, language: language() }));
    form.reset();
  } catch (error) {
    $("sign-in-wrong").textContent = problemSay(error);
    form.elements.password.select();
  }
}

function words() {
  const purpose = $("purpose").value;
  fill();
  document.title = `${t("ask")} · Postern`;
  $("purpose").replaceChildren(...PURPOSES.map((one) => make("option", { value: one }, t(`ask.for.${one}`))));
  $("purpose").value = purpose || PURPOSES[0];
  show();
}

for (const button of document.querySelectorAll("button[data-language]"))
  button.addEventListener("click", () => { choose(button.dataset.language); words(); });
$("sign-in").addEventListener("submit", signIn);
$("question").addEventListener("submit", (event) => { event.preventDefault(); void ask(questionOf(), false); });
$("more").addEventListener("click", () => void ask(asked, true));
$("back").addEventListener("click", closePerson);
$("sign-out").addEventListener("click", async () => { await call("DELETE", "/v1/session").catch(() => {}); door(); });
document.addEventListener("keydown", (event) => { if (event.key === "Escape") closePerson(); });
words();
try {
  took(await call("GET", "/v1/session"));
} catch {
  door();
}
