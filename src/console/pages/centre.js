// The centre's page: one box for whatever somebody has in hand, one list of what it found, and a person's page. Why the
// officer looks is said once a shift and goes with every question; the server writes the look down before it answers. The page
// keeps nothing: a reload asks again, and is recorded again.
import { Problem } from "./api.js";
import { bindCorrection, correct, correctionRows, correctionWords } from "./correction.js";
import { bindDialog, openDialog, problemSay } from "./dialogs.js";
import { call, DESK_PAGES, ended, openDoor, signedIn } from "./door.js";
import { saveFile } from "./files.js";
import { bindIdentity, drop, hold, holdParts, joinRows } from "./identity.js";
import { $, make, name as bdi } from "./parts.js";
import { chosen as language, clock, count, day, ownWords, rulesSay, t } from "./words.js";

await ownWords("centre");

const TIMES = 40; // entries of a person's page of which it is asked when keepers saw them
const PURPOSES = ["search", "second-line", "oversight", "subject"];
let why = null; // {purpose, reason}, as the server holds it for this shift
let asked = null; // the question the rows answer
let rows = [];
let sought = [];
let more = false;
let next = ""; // where the next page begins
let person = null; // the page that is open, or null

function failed(error) {
  if (ended(error)) return;
  if (error instanceof Problem && error.code === "purpose-needed") return void askWhy();
  const detail = error instanceof Problem && error.code === "bad-request" ? error.detail : "";
  $("question-wrong").textContent = error instanceof Problem && error.code !== "not-recorded"
    ? [problemSay(error), detail].filter(Boolean).join(" ") : t("ask.not-recorded");
}

// ---- why ----

function sayWhy() {
  $("why-said").textContent = why ? t("ask.why.said", { purpose: t(`ask.for.${why.purpose}`), reason: why.reason }) : t("ask.why.none");
}

function askWhy() {
  openDialog("why", { submit: async ({ purpose, reason }) => {
    if (reason.trim() === "") throw new Problem(400, { code: "reason-needed" });
    why = await call("POST", "/v1/purpose", { purpose, reason: reason.trim() });
    sayWhy();
  } });
  if (why) $("purpose").value = why.purpose;
  $("reason").value = why?.reason ?? "";
  (why ? $("purpose") : $("reason")).focus();
}

// ---- what was found, as tables ----

const nameOf = (row) => row.name ?? [row.surname, row.given].filter(Boolean).join(", ");
const documentOf = (row) => [row.issuer, row.number].filter(Boolean).join(" ");
const time = (text) => make("time", { datetime: text }, text ? new Date(text).toLocaleString(language() === "sq" ? "sq-AL" : "en-GB", { dateStyle: "medium", timeStyle: "short" }) : "");
const opener = (row) => row.key ? make("button", { type: "button", class: "link", "data-key": row.key, onclick: () => openPerson(row.key) }, bdi(nameOf(row) || documentOf(row))) : "";
const entry = (row) => make("a", { href: `/v1/proof?origin=${encodeURIComponent(row.ledger)}&index=${row.entry}${row.step === "attached" ? "&parts=1" : ""}`, download: `entry-${row.entry}.tlog-proof`, title: t("ask.proof"), "data-ledger": row.ledger, "data-entry": row.entry }, `${row.ledger} ${row.entry}`);

/** attached(row): saved, and that is a look; its proofs are those of its parts, too, as an order to erase names them. */
const attached = (row) => row.step === "attached" ? make("button", { type: "button", class: "link", "data-attached": row.entry, "aria-label": t("attach.save.name", { name: row.item ?? "" }), onclick: () => void saveAttached(row) }, t("attach.save")) : "";

async function saveAttached(row) {
  $("question-wrong").textContent = "";
  try {
    await saveFile("/v1/attachment", row.item, { method: "POST", body: { ledger: row.ledger, entry: row.entry } });
  } catch (error) {
    failed(error);
  }
}

const stamp = (text) => new Date(text).toLocaleString(language() === "sq" ? "sq-AL" : "en-GB", { dateStyle: "medium", timeStyle: "medium" });

const sameDay = (one, other) => new Date(one).toDateString() === new Date(other).toDateString();

// When keepers saw the entry, beside its link: the time in it is its writer's own.
async function sayWhen(link) {
  const when = await call("GET", `/v1/when?origin=${encodeURIComponent(link.dataset.ledger)}&index=${link.dataset.entry}`).catch(() => null);
  if (!link.isConnected || !when?.until) return;
  link.after(" ", make("small", { class: "when" }, when.from ? t("ask.when", { from: stamp(when.from), until: sameDay(when.from, when.until) ? clock(when.until) : stamp(when.until) }) : t("ask.when.until", { until: stamp(when.until) })));
}

async function sayTimes(root) {
  for (const link of [...root.querySelectorAll("a[data-ledger]")].slice(0, TIMES)) await sayWhen(link);
}

function table(caption, heads, lines) {
  return make("table", {}, make("caption", {}, caption),
    make("thead", {}, make("tr", {}, heads.map((head) => make("th", { scope: "col" }, t(head))))),
    make("tbody", {}, lines.map((cells) => make("tr", {}, cells.map((cell) => make("td", {}, cell ?? ""))))));
}

// What stands beside who it is: when and where they were last seen so, and by what they were found.
function foundCells(row) {
  if (row.kind === "person" || row.kind === "document")
    return [row.last ? [time(row.last), ` ${t(row.direction)}`] : "", [row.kind === "person" ? t("ask.alike", { n: Math.round(row.score * 100) }) : "", row.joined ? t("join.found", { n: count(row.joined) }) : ""].filter(Boolean).join(" · ")];
  const by = row.kind === "sheet" ? `${row.serial} · ${t(`ask.sheet.${row.state}`)}` : [row.plate, row.voyage].filter(Boolean).join(" · ");
  return [[time(row.time ?? row.told), ` ${[row.direction ? t(row.direction) : "", row.post].filter(Boolean).join(" ")}`], [by ? `${by} · ` : "", entry(row)]];
}

function foundTable() {
  return table(make("span", { class: "unseen" }, t("ask.found")), ["ask.kind", "ask.name", "ask.birth", "ask.nationality", "ask.document", "ask.seen", "ask.by"],
    rows.map((row) => [t(`ask.is.${row.kind}`), opener(row), day(row.birth), row.nationality, documentOf(row), ...foundCells(row)]));
}

function crossingsTable(crossings) {
  return table(t("ask.crossings"), ["ask.time", "ask.post", "direction", "ask.outcome", "ask.name", "ask.document", "ask.with", "ask.officer", "ask.entry"],
    crossings.map((row) => [time(row.time), row.post, t(row.direction), [t(`outcome.${row.outcome}`), row.imported ? t("ask.imported", { source: row.imported }) : ""].filter(Boolean).join(", "), bdi(nameOf(row)),
      documentOf(row), [row.plate, row.voyage, row.booking].filter(Boolean).join(" · "), row.officer,
      [entry(row), " ", make("button", { type: "button", class: "link", "data-correct": row.entry, onclick: () => correct(person, row, afterDeciding) }, t("correction.act"))]]));
}

function stayLine(stay) {
  if (!stay) return t("ask.stay.unknown");
  return [t("ask.stay", { used: stay.used, left: stay.left }), stay.inside ? t("ask.stay.inside") : "", stay.corrected ? t("correction.counted") : "",
    stay.inside && stay.leave_by ? t("ask.stay.until", { day: day(stay.leave_by) }) : ""].filter(Boolean).join(" ");
}

/** A link to somebody else's page; the page that is open needs none. */
const otherOf = (row, page) => row.key === page.key ? [bdi(nameOf(row)), ` ${t("ask.this")}`] : opener(row);

/** Who crossed with them: how, how often, when last, and the entry it rests on. */
function companyTable(page) {
  if (page.companions.length === 0) return null;
  const ways = (row) => ["trips", "bookings", "lanes"].filter((way) => row[way]).map((way) => t(`ask.with.${way}`, { n: count(row[way]) })).join(", ");
  const title = [t("ask.company"), page.more_companions ? t("ask.latest") : ""].filter(Boolean).join(" · ");
  return table(title, ["ask.name", "ask.birth", "ask.nationality", "ask.document", "ask.together", "ask.last", "ask.entry"],
    page.companions.map((row) => [opener(row), day(row.birth), row.nationality, documentOf(row), ways(row), [time(row.last), ` ${t(row.direction)}`], entry(row)]));
}

function personParts(page) {
  return [
    make("p", {}, make("b", {}, bdi(nameOf(page.person))), ` ${[day(page.person.birth), page.person.nationality, documentOf(page.person)].filter(Boolean).join(" · ")}`),
    page.identities.length > 1 ? make("p", { class: "said" }, t("join.one-page", { n: count(page.identities.length) }), " ", page.identities.slice(1).map((row, at) => [at > 0 ? "; " : "", opener(row), ` ${[day(row.birth), documentOf(row)].filter(Boolean).join(" ")}`]), page.more_identities ? ` ${t("ask.latest")}` : "") : null,
    make("p", { class: "said" }, stayLine(page.stay)),
    holdParts(page, show, afterDeciding),
    page.more ? make("p", { class: "quiet" }, t("ask.latest")) : null,
    page.joinings.length > 0 ? table(t("join.decisions"), ["ask.time", "join.what", "join.who", "ask.reason", "ask.officer", "ask.entry"],
      joinRows(page, { entry, time, opener, done: afterDeciding })) : null,
    crossingsTable(page.crossings),
    page.corrections.length > 0 ? table(t("correction.said"), ["ask.time", "correction.recorded", "correction.of", "correction.right", "ask.reason", "ask.officer", "ask.entry"], correctionRows(page, { entry, time })) : null,
    table(t("ask.decisions"), ["ask.time", "ask.post", "direction", "ask.advice", "ask.rules", "ask.officer", "ask.entry"],
      page.decisions.map((row) => [time(row.time), row.post, t(row.direction), t(row.advice), rulesSay(row.reasons), row.officer, entry(row)])),
    page.cases.length > 0 ? table(t("second.queue"), ["ask.time", "ask.post", "ask.step", "ask.outcome", "ask.reason", "ask.officer", "ask.entry"],
      page.cases.map((row) => [time(row.time), row.post, [t(`second.step.${row.step}`), row.kind ? t(`refer.${row.kind}`) : ""].filter(Boolean).join(" "), row.outcome ? t(`second.is.${row.outcome}`) : "",
        [[row.ground, row.words, row.item, row.listed].filter(Boolean).join(" · "), " ", attached(row)], [row.officer, row.second].filter(Boolean).join(", "), entry(row)])) : null,
    page.permits.length > 0 ? table(t("ask.permits"), ["permit.kind", "number", "ask.permit.issuer", "ask.permit.from", "ask.permit.until", "ask.permit.status", "ask.permit.source", "ask.entry"],
      page.permits.map((row) => [t(`permit.${row.kind}`), row.number, row.issuer, row.from ? day(row.from) : "", day(row.until), t(`ask.permit.${row.status}`), row.imported, entry(row)])) : null,
    companyTable(page),
    page.users.length > 0 ? table(t("ask.users"), ["ask.name", "ask.birth", "ask.document", "ask.users.crossings", "ask.last", "ask.entry"],
      page.users.map((row) => [otherOf(row, page), day(row.birth), documentOf(row), count(row.crossings), time(row.last), entry(row)])) : null,
    page.looks ? table(t("ask.looks"), ["ask.time", "ask.post", "ask.officer", "ask.purpose", "ask.reason", "ask.entry"],
      page.looks.map((row) => [time(row.time), row.post, row.officer, row.purpose, row.reason, entry(row)])) : null,
  ];
}

function foundSaid() {
  if (person || !asked) return "";
  const as = sought.length > 0 ? t("ask.sought", { kinds: sought.map((kind) => t(`ask.is.${kind}`)).join(", ") }) : "";
  return [t(more ? "ask.count.more" : "ask.count", { n: count(rows.length) }), as].filter(Boolean).join(" ");
}

function show() {
  const parts = person ? personParts(person) : rows.length === 0 ? [] : [foundTable()];
  $("found").replaceChildren(...parts.filter(Boolean));
  if (person) void sayTimes($("found"));
  $("found-title").textContent = t(person ? "ask.is.person" : "ask.found");
  $("found").tabIndex = parts.length > 0 ? 0 : -1;
  $("found-said").textContent = foundSaid();
  $("more").hidden = Boolean(person) || !next;
  $("back").hidden = !person;
}

// ---- asking ----

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

/** Without a text, who crossed at a post and when: crossings, page by page. */
async function atPost(question, on) {
  const answer = await call("POST", "/v1/search", on ? { ...question, find: "crossings", next } : { ...question, find: "crossings" });
  next = answer.next ?? "";
  more = answer.more;
  sought = [];
  return answer.crossings.map((row) => ({ ...row, kind: "crossing" }));
}

async function find(question, on) {
  const answer = await call("POST", "/v1/find", on ? { ...question, next } : question);
  next = answer.next ?? "";
  ({ more, sought } = answer);
  return answer.rows;
}

async function ask(question, on) {
  $("question-wrong").textContent = "";
  if (!question.text && !question.post) return $("box").focus();
  try {
    const found = question.text ? await find(question, on) : await atPost(question, on);
    const before = on ? rows.length : 0;
    rows = on ? [...rows, ...found] : found;
    asked = question;
    person = null;
    show();
    const openers = openersOf();
    (openers[before] ?? openers[0] ?? (rows.length > 0 ? $("found") : $("box"))).focus();
    if (rows.length === 0) $("box").select();
  } catch (error) {
    failed(error);
  }
}

/** The centre reads its own ledger a moment later: the page is opened again until the decision stands on it. */
async function afterDeciding() {
  const { key } = person;
  const decided = (page) => page.joinings.length + page.corrections.length;
  const before = decided(person); // as it was asked then
  for (let tries = 0; tries < 5; tries++) {
    await new Promise((go) => { setTimeout(go, 700); });
    await openPerson(key);
    if (!person || decided(person) !== before) return;
  }
}

async function openPerson(key) {
  $("question-wrong").textContent = "";
  try {
    const page = await call("POST", "/v1/person", { key });
    person = { ...page, key };
    show();
    $("found-title").focus();
  } catch (error) {
    failed(error);
  }
}

function closePerson() {
  const { key } = person;
  person = null;
  show();
  (openersOf().find((one) => one.dataset.key === key) ?? $("box")).focus();
}

// ---- keys ----

const openersOf = () => [...document.querySelectorAll("#found tbody .link")];

/** Up and down go through the list; up from its first row goes back to the box. */
function step(event, by) {
  const openers = person ? [] : openersOf();
  const at = openers.indexOf(document.activeElement);
  if (openers.length === 0 || (at < 0 && !(by > 0 && document.activeElement === $("box")))) return;
  event.preventDefault();
  (at + by < 0 ? $("box") : openers[Math.min(at + by, openers.length - 1)]).focus();
}

function keys(event) {
  if (!signedIn() || document.querySelector("dialog[open]") || event.ctrlKey || event.altKey || event.metaKey) return;
  const typing = /INPUT|SELECT|TEXTAREA/.test(document.activeElement?.tagName ?? "");
  if (event.key === "F2") askWhy();
  else if (event.key === "/" && !typing) {
    $("box").focus();
    $("box").select();
  } else if (event.key === "ArrowDown") return step(event, 1);
  else if (event.key === "ArrowUp") return step(event, -1);
  else if (event.key.toLowerCase() === "m" && person && !typing) {
    hold(person, afterDeciding);
    show();
  } else if (event.key === "Escape" && person) closePerson();
  else if (event.key === "Escape") $("box").focus();
  else return;
  event.preventDefault();
}

// ---- the page ----

function entered() {
  const session = signedIn();
  if (session.role === "auditor") return void location.replace("/looks"); // who sees looks, and no traveller
  why = session.purpose ? session : null;
  sayWhy();
  $("box").focus();
  if (!why) askWhy();
}

function left() {
  drop();
  why = asked = person = null;
  rows = sought = [];
  more = false;
  next = "";
  for (const dialog of document.querySelectorAll("dialog[open]")) dialog.close();
  show();
}

function words() {
  const purpose = $("purpose").value;
  $("purpose").replaceChildren(...PURPOSES.map((one) => make("option", { value: one }, t(`ask.for.${one}`))));
  $("purpose").value = purpose || PURPOSES[0];
  correctionWords();
  sayWhy();
  show();
}

bindCorrection(() => document.querySelector("[data-correct]")?.focus());
bindIdentity(() => $("hold")?.focus());
bindDialog("why", () => $("box").focus());
$("question").addEventListener("submit", (event) => { event.preventDefault(); void ask(questionOf(), false); });
$("more").addEventListener("click", () => void ask(asked, true));
$("back").addEventListener("click", closePerson);
$("why-change").addEventListener("click", askWhy);
document.addEventListener("keydown", keys);
await openDoor({ main: "ask", title: "ask", pages: DESK_PAGES, entered, left, words });
