// What carriers sent before the people stand there: what arrives next, who is on it, what changed, who has not come yet.
// The server says what is trouble and in which order; Enter on a person takes the row to the lane's form.
import { fullName, matchParts } from "./advice.js";
import { key, Lost, Problem } from "./api.js";
import { choosePick } from "./arrival.js";
import { problemSay } from "./dialogs.js";
import { call, ended, openDoor, POST_PAGES, signedIn } from "./door.js";
import { $, make, name } from "./parts.js";
import { count, day, loadStates, moment, state, t } from "./words.js";

const TONES = [null, "clear", "refer", "stop"];
const PAST_MS = 4 * 3600000; // after so long a voyage is no longer what arrives next
const POLL_MS = 10000;
const PAGE = 500;

let voyages = [];
let letGo = 0;
let open = null; // the voyage shown, with all rows asked for so far
let show = "all";
let hand_ms = Date.now();
let asking = 0;

function failed(error, id = "coming-wrong") {
  if (ended(error)) return;
  $(id).textContent = error instanceof Lost ? t("coming.lost") : problemSay(error);
}

// ---- voyages ----

const title = (one) => (one.kind === "ship" ? [one.ship || one.imo, one.number].filter(Boolean).join(" ") : `${one.carrier ?? ""} ${one.number ?? ""}`.trim());
const clock = (one) => (one.due ? moment(one.due).replace(/:\d\d$/, "") : "–");
const route = (one) => [one.from, one.to].filter(Boolean).join(" → ");
const isPast = (one) => one.due && Date.parse(one.due) < Date.now() - PAST_MS;

function chip(text, tone = null) {
  return make("span", { class: "chip", "data-tone": tone }, text);
}

function chips(one) {
  const { counts } = one;
  return [
    one.state === "expected" ? null : chip(t(`coming.state.${one.state}`)),
    counts.matches > 0 ? chip(t("coming.matches", { n: counts.matches }), "refer") : null,
    counts.waiting > 0 ? chip(t("coming.waiting", { n: counts.waiting })) : null,
    counts.parts_missing > 0 ? chip(t("coming.parts", { n: counts.parts_missing })) : null,
    counts.not_on_board > 0 ? chip(t("coming.not-on-board", { n: counts.not_on_board })) : null,
    counts.added + counts.removed + counts.changed > 0 ? chip(t("coming.changed", counts)) : null,
  ];
}

function voyageLine(one) {
  const say = [route(one), t("coming.came", { n: count(one.counts.arrived), of: count(one.counts.people) })].filter(Boolean).join(" · ");
  return make("li", {}, make("button", { type: "button", class: isPast(one) ? "past" : null, "data-id": one.id, "aria-pressed": String(open?.id === one.id), onclick: () => void openVoyage(one.id) },
    make("time", { datetime: one.due }, clock(one)), make("b", {}, title(one)), one.counts.matches > 0 ? chip(String(one.counts.matches), "refer") : make("span"),
    make("small", {}, say, one.state === "expected" ? "" : ` · ${t(`coming.state.${one.state}`)}`)));
}

function showVoyages() {
  const focused = document.activeElement?.dataset?.id;
  const order = [...voyages.filter((one) => !isPast(one)), ...voyages.filter(isPast)];
  $("voyages").replaceChildren(...order.map(voyageLine));
  if (order.length === 0) $("voyages").replaceChildren(make("li", { class: "quiet" }, t("coming.none")));
  $("voyages-say").textContent = letGo > 0 ? t("coming.let-go", { n: letGo }) : "";
  if (focused) $("voyages").querySelector(`[data-id="${focused}"]`)?.focus();
}

async function readVoyages() {
  try {
    const answer = await call("GET", "/v1/arrivals");
    [voyages, letGo] = [answer.arrivals, answer.let_go];
    $("coming-wrong").textContent = "";
    const now = open && voyages.find((one) => one.id === open.id);
    if (now && (now.version !== open.version || now.counts.waiting !== open.counts.waiting || now.counts.arrived !== open.counts.arrived)) await openVoyage(open.id, { quiet: true });
    showVoyages();
  } catch (error) {
    failed(error);
  }
}

// ---- one voyage ----

async function openVoyage(id, { quiet = false } = {}) {
  const turn = ++asking;
  try {
    const answer = await call("GET", `/v1/arrivals/${id}?limit=${quiet && open ? Math.min(1000, Math.max(PAGE, open.rows.length)) : PAGE}`);
    if (turn !== asking) return;
    open = answer;
    if (!quiet) show = "all";
    showVoyages();
    showVoyage();
    if (!quiet) (firstRow() ?? $("find")).focus();
  } catch (error) {
    failed(error);
  }
}

async function readMore() {
  const turn = ++asking;
  try {
    const answer = await call("GET", `/v1/arrivals/${open.id}?from=${open.rows.length}&limit=${PAGE}`);
    if (turn !== asking || answer.id !== open.id) return;
    open = answer.version === open.version ? { ...answer, rows: [...open.rows, ...answer.rows] } : answer;
    showVoyage();
  } catch (error) {
    failed(error);
  }
}

function papers(person) {
  return person.documents.map((one) => [one.type, one.number, one.issuer].filter(Boolean).join(" ")).join(", ");
}

function standing(row) {
  if (row.arrived) return make("span", { class: "came" }, t("coming.arrived", { time: moment(row.arrived) }));
  if (row.not_on_board) return chip(t("coming.row.not-on-board"));
  if (!row.screened) return chip(t("coming.row.waiting"));
  return row.trouble > 0 ? chip(t(`coming.trouble.${row.trouble}`), TONES[row.trouble]) : "";
}

function roleSay(row) {
  return [t(`coming.role.${row.role}`), row.rank].filter(Boolean).join(" · ");
}

function line(row, at) {
  return make("tr", { "data-tone": TONES[row.trouble] },
    make("td", {}, make("button", { type: "button", "data-at": at, "aria-describedby": "about", onclick: () => take(at), onfocus: () => showAbout(row) }, name(fullName(row)))),
    make("td", {}, day(row.birth)), make("td", {}, row.nationality ?? ""), make("td", {}, name(papers(row))), make("td", {}, roleSay(row)),
    make("td", {}, row.together > 1 ? t("coming.together", { n: row.together }) : ""), make("td", {}, standing(row)));
}

function heads(...keys) {
  return make("thead", {}, make("tr", {}, keys.map((one) => make("th", { scope: "col" }, t(one)))));
}

function wanted(row) {
  const text = $("find").value.trim().toUpperCase();
  if (show === "open" && row.arrived) return false;
  return text === "" || [row.surname, row.given, ...row.documents.map((one) => one.number)].some((one) => (one ?? "").toUpperCase().includes(text));
}

function changeLine(one) {
  const who = one.now ?? one.before;
  const facts = (person) => [fullName(person), day(person.birth), papers(person)].filter(Boolean).join(" · ");
  return make("tr", {}, make("td", {}, t(`coming.change.${one.change}`)), make("td", {}, name(fullName(who))), make("td", {}, one.before ? name(facts(one.before)) : "–"), make("td", {}, one.now ? name(facts(one.now)) : "–"));
}

function showRows() {
  const focused = document.activeElement?.dataset?.at;
  if (show === "changes") {
    $("rows").replaceChildren(open.changes.length === 0 ? make("p", { class: "quiet" }, t("coming.no-changes"))
      : make("table", {}, heads("coming.head.change", "name", "coming.head.before", "coming.head.now"), make("tbody", {}, open.changes.map(changeLine))));
    if (open.changes_left_out > 0) $("rows").append(make("p", { class: "quiet" }, t("coming.changes-more", { n: open.changes_left_out })));
  } else {
    const rows = open.rows.map((row, at) => [row, at]).filter(([row]) => wanted(row));
    $("rows").replaceChildren(make("table", {}, heads("name", "birth", "nationality", "document", "coming.head.role", "coming.head.booking", "coming.head.now"), make("tbody", {}, rows.map(([row, at]) => line(row, at)))));
  }
  const left = open.people - open.rows.length;
  $("more").replaceChildren(...(left > 0 && show !== "changes" ? [make("button", { type: "button", class: "act", onclick: () => void readMore() }, t("coming.more", { n: count(left) }))] : []));
  if (focused !== undefined) $("rows").querySelector(`[data-at="${focused}"]`)?.focus();
}

function showVoyage() {
  $("voyage").hidden = open === null;
  $("about").replaceChildren();
  if (open === null) return;
  $("voyage-title").textContent = [title(open), route(open)].filter(Boolean).join(" · ");
  $("voyage-say").textContent = t("coming.version", { n: open.version, time: moment(open.received) });
  $("voyage-facts").replaceChildren(chip(t("coming.came", { n: count(open.counts.arrived), of: count(open.counts.people) })), chip(t("coming.crew", { n: open.counts.crew })),
    open.counts.transit > 0 ? chip(t("coming.transit", { n: open.counts.transit })) : "", ...chips(open).filter(Boolean));
  for (const button of document.querySelectorAll("button[data-show]")) button.setAttribute("aria-pressed", String(button.dataset.show === show));
  showRows();
}

/** showAbout(row): why the lists name this person, and who travels with them. */
function showAbout(row) {
  const others = row.booking ? open.rows.filter((one) => one !== row && one.booking === row.booking) : [];
  $("about").replaceChildren(make("h3", {}, name(fullName(row)), row.nationality ? ` · ${state(row.nationality)}` : ""), ...[
    row.matches.length > 0 ? make("ul", {}, row.matches.map((match) => make("li", { "data-tone": TONES[row.trouble] ?? "refer" }, match.kind === "document" ? matchParts(match).slice(1) : matchParts(match)))) : null,
    others.length > 0 ? make("p", {}, t("coming.with", { names: others.slice(0, 12).map(fullName).join("; ") })) : null,
    row.birth_place ? make("p", { class: "quiet" }, `${t("birth")}: ${row.birth_place}`) : null,
    row.embark || row.debark ? make("p", { class: "quiet" }, [row.embark, row.debark].filter(Boolean).join(" → ")) : null,
  ].filter(Boolean));
}

// ---- keys ----

const firstRow = () => $("rows").querySelector("button[data-at]");

/** take(at): this person stands here: the lane's form is filled with the row. Only numbers go over, nothing of the person. */
function take(at) {
  choosePick({ voyage: open.id, version: open.version, row: open.rows[at].row, at });
  location.assign("/");
}

function move(step) {
  const inRows = document.activeElement?.dataset?.at !== undefined;
  const all = [...(inRows ? $("rows") : $("voyages")).querySelectorAll("button")];
  const now = all.indexOf(document.activeElement);
  const next = all[now < 0 ? 0 : Math.min(all.length - 1, Math.max(0, now + step))];
  next?.focus();
}

function pressed(event) {
  if (!signedIn() || event.altKey || event.ctrlKey || event.metaKey || event.isComposing) return;
  const writing = event.target.matches?.("input");
  if (event.key === "ArrowDown" || event.key === "ArrowUp") {
    event.preventDefault();
    if (writing) (firstRow() ?? $("find")).focus();
    else move(event.key === "ArrowDown" ? 1 : -1);
  } else if (event.key === "Escape") {
    event.preventDefault();
    if (writing && $("find").value !== "") {
      $("find").value = "";
      showRows();
    } else if (document.activeElement?.closest("#voyage")) $("voyages").querySelector(`[data-id="${open?.id}"]`)?.focus();
    else location.assign("/");
  } else if (event.key === "/" && !writing && open) {
    event.preventDefault();
    $("find").focus();
  } else if (event.key === "Enter" && event.target.id === "find") {
    event.preventDefault();
    firstRow()?.focus();
  }
}

// ---- vehicles that ferries have booked ----

let booked = { bookings: [], came: 0, more: false };

function bookedLine(one) {
  const say = [t(`vehicle.${one.kind}`), one.people > 0 ? t("coming.booked.people", { n: one.people }) : "", one.reference].filter(Boolean).join(" · ");
  return make("li", {}, make("b", {}, name(one.plate)), make("small", {}, say), one.came ? make("span", { class: "came" }, t("coming.booked.came", { time: moment(one.came).replace(/:\d\d$/, ""), n: one.occupants })) : null);
}

function showBooked() {
  const { bookings, came, more } = booked;
  $("booked").hidden = bookings.length === 0;
  $("booked-say").textContent = t("coming.came", { n: count(came), of: count(bookings.length) }) + (more ? " …" : "");
  $("booked-list").replaceChildren(...[...bookings.filter((one) => !one.came), ...bookings.filter((one) => one.came)].map(bookedLine));
}

/** The look is recorded: it is asked for when the page opens, a file has been loaded, or somebody asks. */
async function readBooked() {
  try {
    booked = await call("GET", "/v1/bookings");
    showBooked();
  } catch (error) {
    failed(error);
  }
}

// ---- a file ----

/** A ferry's booking file says so in its first line (docs/format/bookings.md). */
const isBookings = (bytes) => /\bbooking\b/i.test(firstLine(bytes)) && /\bplate\b/i.test(firstLine(bytes));
const firstLine = (bytes) => new TextDecoder().decode(bytes.slice(0, 1000)).split("\n")[0];

function loadedSay(told) {
  if (told.messages) return told.messages.map((one) => t(`coming.loaded.${one.verdict}`, { name: one.name ?? one.type, n: one.people, notes: one.notes.map((note) => note.text).join("; ") })).join(" ");
  return [t("coming.booked.loaded", { n: told.bookings }), ...told.notes.map((one) => t("coming.booked.note", { line: one.line, text: one.text }))].join(" ");
}

async function load(event) {
  event.preventDefault();
  const file = $("load-file").files[0];
  for (const id of ["load-said", "load-wrong"]) $(id).textContent = "";
  if (!file) return;
  const who = signedIn();
  try {
    const body = await file.arrayBuffer();
    const answer = await fetch(isBookings(body) ? "/v1/bookings" : "/v1/manifests", { method: "POST", credentials: "same-origin", cache: "no-store", body,
      headers: { "Content-Type": "application/octet-stream", "X-Postern-Csrf": who.csrf, "Idempotency-Key": key() } });
    const told = await answer.json();
    if (signedIn() !== who) return; // whoever handed it over has gone
    if (!answer.ok) throw new Problem(answer.status, told);
    $("load-said").textContent = loadedSay(told);
    $("load").reset();
    await Promise.all([readVoyages(), readBooked()]);
  } catch (error) {
    failed(error, "load-wrong");
    if (error instanceof Problem && error.detail) $("load-wrong").textContent += ` ${error.detail}`;
  }
}

// ---- the page ----

async function entered(session) {
  $("load").hidden = session.role !== "supervisor";
  await Promise.all([readVoyages(), readBooked()]);
  $("voyages").querySelector("button")?.focus();
}

function left() {
  [voyages, open, booked] = [[], null, { bookings: [], came: 0, more: false }];
  showBooked();
  showVoyages();
  showVoyage();
}

document.addEventListener("keydown", pressed);
for (const kind of ["keydown", "pointerdown", "input"]) document.addEventListener(kind, () => { hand_ms = Date.now(); }, true);
for (const button of document.querySelectorAll("button[data-show]"))
  button.addEventListener("click", () => { show = button.dataset.show; showVoyage(); });
$("find").addEventListener("input", showRows);
$("load").addEventListener("submit", load);
$("booked-again").addEventListener("click", () => void readBooked());
// a request keeps a session alive: the page asks by itself only while a hand is at it
setInterval(() => { if (signedIn() && Date.now() - hand_ms < 6 * POLL_MS) void readVoyages(); }, POLL_MS);
loadStates().then(() => { if (open) showVoyage(); }).catch(() => {});
let lane = "1";
try {
  lane = localStorage.getItem("postern.lane") ?? "1";
} catch { /* storage switched off */ }
await openDoor({ main: "coming", title: "coming", pages: POST_PAGES, lane, entered: (session) => void entered(session), left, words: () => { showVoyages(); showBooked(); if (open) showVoyage(); } });
