// An auditor's page: who looked, what for, and what stands out. It names no traveller; whom a look was at is a label that the server
// makes up. Each asking is itself a look: nothing is asked again by itself.
import { Problem } from "./api.js";
import { problemSay } from "./dialogs.js";
import { call, DESK_PAGES, ended, openDoor, signedIn } from "./door.js";
import { $, make } from "./parts.js";
import { figure, table } from "./watching.js";
import { chosen as language, count, has, ownWords, t } from "./words.js";

await ownWords("looks");

const DAYS = [1, 7, 30, 90];
const ONLY = ["all", "unanswered", "odd", "asked"];
let of = {}; // {officer, post} or {person}: whose looks, or at whom
let answer = null;
let rows = [];

const stamp = (text) => new Date(text).toLocaleString(language() === "sq" ? "sq-AL" : "en-GB", { dateStyle: "medium", timeStyle: "short" });
const purpose = (word) => (has(`looks.for.${word}`) ? t(`looks.for.${word}`) : word);
const link = (words, chosen, what) => make("button", { type: "button", class: "link", title: t(what), onclick: () => { of = chosen; void ask(""); } }, words);
const officer = (row) => link(row.officer, { officer: row.officer, post: row.post }, "looks.of-officer");
const person = (row) => (row.person ? link(make("span", { class: "mono" }, row.person), { person: row.person }, "looks.of-person") : "–");
const stands = (row) => row.odd + row.unanswered;
const loud = (number) => make(number > 0 ? "b" : "span", { class: number > 0 ? "needs" : null }, count(number));

function officersTable() {
  const sorted = [...answer.officers].sort((a, b) => stands(b) - stands(a) || b.most - a.most || b.looks - a.looks);
  return table(t("looks.officers"), ["looks.officer", "ask.post", "looks.unanswered", "looks.odd", "looks.most", "looks.asked", "looks.people", "looks.count"],
    sorted.map((row) => ({ trouble: stands(row) > 0, cells: [officer(row), row.post, loud(row.unanswered), loud(row.odd), count(row.most), count(row.asked), count(row.people), count(row.looks)] })), 2);
}

function peopleTable() {
  return table(t("looks.at"), ["looks.person", "looks.asked", "looks.by", "looks.count"],
    answer.people.map((row) => ({ trouble: false, cells: [person(row), count(row.asked), count(row.officers), count(row.looks)] })), 1);
}

const marks = (row) => [row.unanswered ? t("looks.is.unanswered") : "", row.odd ? t("looks.is.odd") : ""].filter(Boolean).join(" · ");

function rowsTable() {
  return table(t("looks.rows"), ["ask.time", "looks.officer", "ask.post", "ask.purpose", "ask.reason", "looks.person", "looks.stands", "looks.entry"],
    rows.map((row) => ({ trouble: row.odd || row.unanswered, cells: [make("time", { datetime: row.time }, stamp(row.time)), officer(row), [row.post, row.lane].filter(Boolean).join(" "), purpose(row.purpose), row.reason ?? "",
      row.person ? person(row) : t("looks.many", { n: count(row.shown) }), make("b", { class: marks(row) ? "needs" : null }, marks(row)),
      make("a", { class: "mono", href: `/v1/proof?origin=${encodeURIComponent(row.ledger)}&index=${row.entry}`, download: `entry-${row.entry}.tlog-proof`, title: t("ask.proof") }, `${row.ledger} ${row.entry}`)] })), 8);
}

function saidOf() {
  if (of.person) return t("looks.at-person", { person: of.person });
  return of.officer ? t("looks.by-officer", { officer: of.officer, post: of.post }) : "";
}

function show() {
  $("answer").hidden = !answer;
  $("looks-of").textContent = saidOf();
  $("looks-all").hidden = !saidOf();
  if (!answer) return;
  const sum = (key) => answer.officers.reduce((all, row) => all + row[key], 0);
  $("figures").replaceChildren(figure(count(answer.looks), t("looks.count")), figure(count(sum("unanswered")), t("looks.unanswered"), sum("unanswered") > 0 ? "bad" : "good"),
    figure(count(sum("odd")), t("looks.odd"), sum("odd") > 0 ? "bad" : "good"), figure(count(sum("asked")), t("looks.asked")));
  const late = Date.parse(answer.since) > Date.now() - answer.days * 86400000 + 3600000;
  $("looks-said").textContent = [t("looks.matched", { n: count(answer.matched) }), late ? t("looks.cut", { time: stamp(answer.since) }) : ""].filter(Boolean).join(" ");
  $("officers").replaceChildren(...(answer.officers.length > 0 ? [officersTable()] : []));
  $("people").replaceChildren(...(answer.people.length > 0 ? [peopleTable()] : []));
  $("rows").replaceChildren(rows.length > 0 ? rowsTable() : make("p", { class: "quiet" }, t("looks.none")));
  for (const id of ["officers", "people", "rows"]) $(id).hidden = $(id).childElementCount === 0;
  $("looks-more").hidden = !answer.next;
}

function failed(error) {
  if (ended(error)) return;
  $("looks-alarm").textContent = error instanceof Problem && error.code !== "not-recorded" ? problemSay(error) : t("ask.not-recorded");
}

/** Why is said with each asking: the words that are there, when they are others than before. */
async function sayWhy() {
  const reason = $("looks-why").value.trim();
  if (reason === "") throw new Problem(400, { code: "reason-needed" });
  const session = signedIn();
  if (session.purpose !== "oversight" || session.reason !== reason)
    Object.assign(session, await call("POST", "/v1/purpose", { purpose: "oversight", reason }));
}

/** ask(next): the first page, or the one after. */
async function ask(next) {
  $("looks-alarm").textContent = "";
  try {
    await sayWhy();
    answer = await call("POST", "/v1/looks", { days: Number($("looks-days").value), only: $("looks-only").value, ...of, ...(next ? { next } : {}) });
    rows = next ? [...rows, ...answer.rows] : answer.rows;
    show();
    if (!next) $("answer-title").focus();
  } catch (error) {
    failed(error);
    if (error instanceof Problem && error.code === "reason-needed") $("looks-why").focus();
  }
}

function everybody() {
  of = {};
  if (answer) void ask("");
  else show();
}

function words() {
  const [days, only] = [$("looks-days").value || "7", $("looks-only").value || "all"];
  $("looks-days").replaceChildren(...DAYS.map((n) => make("option", { value: String(n) }, t(n === 1 ? "looks.day" : "looks.last", { n: count(n) }))));
  $("looks-only").replaceChildren(...ONLY.map((one) => make("option", { value: one }, t(`looks.only.${one}`))));
  $("looks-days").value = days;
  $("looks-only").value = only;
  show();
}

await openDoor({
  main: "looks", title: "looks", pages: DESK_PAGES,
  entered: (session) => {
    $("looks-why").value = session.reason ?? "";
    if (session.role !== "auditor") $("looks-alarm").textContent = t("looks.not-yours");
    $("looks-why").focus();
  },
  left: () => { of = {}; answer = null; rows = []; for (const id of ["figures", "officers", "people", "rows"]) $(id).replaceChildren(); $("looks-alarm").textContent = ""; show(); },
  words,
});
$("question").addEventListener("submit", (event) => { event.preventDefault(); void ask(""); });
$("looks-all").addEventListener("click", everybody);
$("looks-more").addEventListener("click", () => void ask(answer.next));
document.addEventListener("keydown", (event) => {
  if (!signedIn() || event.ctrlKey || event.altKey || event.metaKey || event.key !== "Escape" || !saidOf()) return;
  event.preventDefault();
  everybody();
});
