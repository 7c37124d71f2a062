// A ship in port: its people are counted ashore and back, one scan each. The server screens, knows who is ashore and says when
// all are aboard; this page sends what the reader reads, one document after the other, and stops where advice is not clear.
import { fullName, kindOf, showAdvice } from "./advice.js";
import { key, Lost, Problem } from "./api.js";
import { voyageTitle } from "./arrival.js";
import { bindDialog, openDialog, problemSay } from "./dialogs.js";
import { call, ended, openDoor, POST_PAGES, signedIn } from "./door.js";
import { $, make, name } from "./parts.js";
import { count, loadStates, moment, ownWords, t } from "./words.js";

const WAYS = { out: "entry", in: "exit" };
const POLL_MS = 3000;
const NAMES_MS = 10000; // who is ashore is a look at people, and recorded: not asked more often by itself
const ARM_MS = 350; // a reader's second Enter must not act on advice that nobody has seen

let calls = [];
let open = null; // the call shown
let people = []; // who is ashore, or found
let found = false;
let leftOut = 0;
let way = "out";
let good = false;
let standing = null; // a scan whose advice waits for the officer
let armed_ms = 0;
let waiting = Promise.resolve(); // documents are sent one after the other
let turn = 0; // whoever signs out or opens another call leaves what waits behind
let hand_ms = Date.now();
let names_ms = 0;
const shapes = new Set(); // of lines the server has called whole

const clock = (time) => moment(time).replace(/:\d\d$/, "");
const title = (one) => [one.ship, one.voyage.replace(/^IMO\d+ /, "")].filter(Boolean).join(" ");

function failed(error, id = "ship-wrong") {
  if (ended(error)) return;
  $(id).textContent = error instanceof Lost ? t("coming.lost") : problemSay(error);
}

function say(words, tone = null, who = null) {
  $("said").replaceChildren(words, who ? " " : "", who ? name(who) : "");
  if (tone) $("said").dataset.tone = tone;
  else delete $("said").dataset.tone;
}

// ---- calls ----

function aboardParts(one) {
  const { counts } = one;
  if (one.all_aboard) return [t("ship.all-aboard"), null, "clear"];
  if (counts.missing > 0) return [t("ship.missing", { n: count(counts.missing) }), null, "stop"];
  if (counts.ashore > 0) return [t("ship.ashore", { n: count(counts.ashore) }), counts.ashore_crew > 0 ? t("ship.ashore.crew", { n: count(counts.ashore_crew) }) : null, "refer"];
  if (counts.uncounted > 0) return [t("ship.not-known"), t("ship.uncounted.say", { n: count(counts.uncounted) }), "refer"];
  return [t("ship.nobody-out"), null, null];
}

function callLine(one) {
  const [words] = aboardParts(one);
  const closed = one.closed ? t("ship.closed.at", { time: clock(one.closed), user: one.closed_by }) : one.sails ? t("ship.sails.at", { time: clock(one.sails) }) : "";
  return make("li", {}, make("button", { type: "button", class: one.closed ? "past" : null, "data-call": one.call, "aria-pressed": String(open?.call === one.call), onclick: () => void choose(one.call) },
    make("time", { datetime: one.opened }, clock(one.opened)), make("b", {}, title(one)), make("span"), make("small", {}, [words, closed].filter(Boolean).join(" · "))));
}

function showCalls() {
  const focused = document.activeElement?.dataset?.call;
  $("calls").replaceChildren(...(calls.length > 0 ? calls.map(callLine) : [make("li", { class: "quiet" }, t("ship.none"))]));
  if (focused) $("calls").querySelector(`[data-call="${focused}"]`)?.focus();
}

/** take(line): what the server says of a call; the same one is shown anew. */
function take(line) {
  calls = calls.some((one) => one.call === line.call) ? calls.map((one) => (one.call === line.call ? line : one)) : [line, ...calls];
  if (open?.call === line.call) open = line;
  showCalls();
  showStanding();
}

async function readCalls() {
  try {
    calls = (await call("GET", "/v1/calls")).calls;
    $("ship-wrong").textContent = "";
    const now = open && calls.find((one) => one.call === open.call);
    const other = now && now.counts.ashore + now.counts.missing !== (found ? now.counts.ashore : people.length + leftOut);
    if (now) open = now;
    showCalls();
    showStanding();
    if (other && !found && Date.now() - names_ms > NAMES_MS) await readPeople();
  } catch (error) {
    failed(error);
  }
}

async function choose(id) {
  turn++;
  waiting = Promise.resolve();
  open = calls.find((one) => one.call === id) ?? null;
  [people, found, leftOut, standing] = [[], false, 0, null];
  $("find").value = "";
  $("mrz").value = "";
  say("");
  showCalls();
  showCall();
  if (open) await readPeople();
  if (open && !open.closed) $("mrz").focus();
}

// ---- one call ----

function figure(number, words) {
  return make("div", {}, make("dt", {}, words), make("dd", {}, count(number)));
}

function showStanding() {
  if (!open) return;
  const { counts } = open;
  const [words, more, tone] = aboardParts(open);
  $("call-title").textContent = title(open);
  $("call-say").textContent = [t("ship.facts", { imo: open.imo, time: clock(open.opened), user: open.opened_by }), open.sails ? t("ship.sails.at", { time: clock(open.sails) }) : "", open.closed ? t("ship.closed.at", { time: clock(open.closed), user: open.closed_by }) : "",
    open.passengers_enter ? t("ship.enter") : ""].filter(Boolean).join(" · ");
  if ($("aboard").dataset.said !== words + more) $("aboard").replaceChildren(words, more ? make("small", {}, more) : "");
  $("aboard").dataset.said = words + more;
  if (tone) $("aboard").dataset.tone = tone;
  else delete $("aboard").dataset.tone;
  $("figures").replaceChildren(figure(counts.out, t("ship.figure.out")), figure(counts.signed_off, t("ship.figure.off")), figure(counts.signed_on, t("ship.figure.on")),
    figure(counts.strangers, t("ship.figure.strangers")), figure(counts.referred, t("ship.figure.referred")), figure(counts.uncounted, t("ship.figure.uncounted")));
}

function showWay() {
  for (const button of document.querySelectorAll("button[data-way]")) button.setAttribute("aria-pressed", String(button.dataset.way === way));
  $("good").setAttribute("aria-pressed", String(good));
}

function showCall() {
  $("call").hidden = open === null;
  if (!open) return;
  $("gangway").hidden = Boolean(open.closed);
  $("close-open").hidden = signedIn()?.role !== "supervisor";
  showWay();
  showStanding();
  showStandingScan();
  showPeople();
}

// ---- who is ashore, and whoever is looked up ----

function row(one, at) {
  const crew = one.crew ? t("coming.role.crew") : t("coming.role.passenger");
  const pick = one.row !== undefined && !open.closed;
  return make("tr", {}, make("td", {}, pick ? make("button", { type: "button", "data-at": at, onclick: () => scan({ arrival: { voyage: open.arrival, version: one.version, row: one.row } }) }, name(fullName(one))) : name(fullName(one))),
    make("td", {}, name(one.place ?? "")), make("td", {}, crew), make("td", {}, one.nationality ?? ""), make("td", {}, name(one.number ?? "")), make("td", {}, t(`ship.standing.${one.standing}`)), make("td", {}, one.since ? clock(one.since) : ""), make("td", {}, one.lane ?? ""));
}

function showPeople() {
  const focused = document.activeElement?.dataset?.at;
  const heads = ["name", "ship.head.place", "coming.head.role", "nationality", "document", "coming.head.now", "ship.head.since", "lane"];
  $("people-title").textContent = found ? t("ship.found") : t(open?.closed ? "ship.people.missing" : "ship.people.ashore");
  $("people").replaceChildren(people.length === 0 ? make("p", { class: "quiet" }, t("ship.nobody"))
    : make("table", {}, make("thead", {}, make("tr", {}, heads.map((one) => make("th", { scope: "col" }, t(one))))), make("tbody", {}, people.map(row))));
  if (leftOut > 0) $("people").append(make("p", { class: "quiet" }, t("ship.left-out", { n: count(leftOut) })));
  if (focused !== undefined) $("people").querySelector(`[data-at="${focused}"]`)?.focus();
}

async function readPeople() {
  const mine = turn;
  try {
    names_ms = Date.now();
    const answer = await call("GET", `/v1/calls/${open.call}`);
    if (mine !== turn || found) return;
    [people, leftOut] = [answer.people, answer.left_out];
    take(answer);
    showPeople();
  } catch (error) {
    failed(error);
  }
}

async function look() {
  const mine = turn;
  const text = $("find").value.trim();
  if (text.length < 2) {
    found = false;
    await readPeople();
    return;
  }
  try {
    const answer = await call("POST", `/v1/calls/${open.call}/search`, { text });
    if (mine !== turn) return;
    [people, leftOut, found] = [answer.people, answer.left_out, true];
    showPeople();
    $("people").querySelector("button[data-at]")?.focus();
  } catch (error) {
    failed(error);
  }
}

/** moved(person): somebody was counted: into the list of who is ashore, or out of it, without another look. */
function moved(person) {
  if (found) {
    found = false;
    $("find").value = "";
    void readPeople();
    return;
  }
  people = people.filter((one) => one.surname !== person.surname || one.given !== person.given || one.birth !== person.birth || one.number !== person.number);
  if (person.standing === "ashore") people.push(person);
  showPeople();
}

// ---- a scan ----

/** scan(what): after those before it. While advice waits for the officer, those behind it wait too. */
function scan(what) {
  const mine = turn;
  const asked = { way, good };
  waiting = waiting.then(() => (mine === turn ? send(what, asked, mine) : null)).catch((error) => failed(error));
}

async function send(what, asked, mine) {
  say(t("checking"));
  try {
    const answer = await call("POST", "/v1/scans", { direction: WAYS[asked.way], call: open.call, ...(asked.good ? { for_good: true } : {}), ...what }, { idempotency: key() });
    if (mine !== turn) return;
    if (asked.good || answer.advice.advice !== "clear") await stand(answer, asked);
    else if (!answer.gangway.listed) which(answer);
    else await tally(answer, asked.way, {});
  } catch (error) {
    if (mine === turn && !ended(error)) say(error instanceof Lost ? t("coming.lost") : problemSay(error), "refer");
  }
}

/** Two rows of the list would do for this person: the officer picks one. */
function which(answer) {
  say(t("error.call-which"), "refer", fullName(answer.person));
  $("find").value = answer.person.surname ?? "";
  void look();
}

function counted(problem, answer) {
  const { standing: where, since, lane } = answer.gangway;
  if (problem.code !== "call-counted") throw problem;
  say(t("ship.counted", { standing: t(`ship.standing.${where}`), time: since ? clock(since) : "–", lane: lane ?? "–" }), "refer", fullName(answer.person));
}

async function tally(answer, direction, more) {
  try {
    const done = await call("POST", `/v1/calls/${open.call}/tallies`, { scan: answer.scan, act: direction, ...more }, { idempotency: key() });
    say(t(`ship.done.${direction}`), "clear", [fullName(done.person), done.person.place].filter(Boolean).join(" · "));
    take(done);
    moved(done.person);
  } catch (error) {
    if (!(error instanceof Problem)) throw error;
    counted(error, answer);
  }
}

// ---- advice that waits for the officer ----

/** stand(answer, asked): until the officer has decided: those behind wait. */
function stand(answer, asked) {
  say("");
  return new Promise((resolve) => {
    standing = { answer, asked, resolve };
    showStandingScan();
    armed_ms = performance.now() + ARM_MS;
    $("main-act")?.focus({ preventScroll: true });
  });
}

function showStandingScan() {
  for (const id of ["result", "desk"]) $(id).hidden = !standing;
  if (!standing) return;
  const { answer, asked } = standing;
  showAdvice($("result"), $("desk-acts"), [answer], answer, WAYS[asked.way], { record: () => void settle({ act: "record" }), refer: () => void refer(), override, next: aside, born: () => {}, kind: (kind) => void settle({ act: "refer", kind }), choose: () => {} });
}

function over() {
  const { resolve } = standing;
  standing = null;
  showStandingScan();
  $("mrz").focus();
  resolve();
}

function aside() {
  if (!standing) return;
  say(t("aside", { name: fullName(standing.answer.person) }));
  over();
}

function refer() {
  const kind = kindOf(standing.answer);
  if (kind) return settle({ act: "refer", kind });
  say(t("refer.ask"));
  $("desk").querySelector(".kinds button").focus();
  return null;
}

/** settle(what): who leaves or joins for good crosses; whoever is sent to the second line is referred. */
async function settle(what, { throws = false } = {}) {
  const { answer, asked } = standing;
  try {
    await call("POST", "/v1/crossings", { scan: answer.scan, ...what }, { idempotency: key() });
    say(t(what.act === "refer" ? "ship.done.refer" : asked.way === "out" ? "ship.done.off" : "ship.done.on"), what.act === "refer" ? "refer" : "clear", fullName(answer.person));
    over();
    void readCalls();
  } catch (error) {
    if (throws) throw error;
    if (!ended(error)) say(error instanceof Lost ? t("coming.lost") : problemSay(error), "refer");
  }
}

function override() {
  if (!standing || standing.answer.advice.advice === "clear") return;
  const { answer, asked } = standing;
  const stop = answer.advice.advice === "stop";
  $("override-supervisor").hidden = !stop;
  $("override-say").textContent = t(stop ? "override.say.stop" : "override.say", { name: fullName(answer.person) });
  openDialog("override", { submit: async ({ reason, user, password }) => {
    if (reason.trim() === "") throw new Problem(422, { code: "needs-reason" });
    if (stop && (user.trim() === "" || password === "")) throw new Problem(403, { code: "needs-supervisor" });
    const said = { reason: reason.trim(), ...(stop ? { supervisor: { user: user.trim(), password } } : {}) };
    if (asked.good) {
      await settle({ act: "override", ...said }, { throws: true });
      return;
    }
    if (!answer.gangway.listed) throw new Problem(409, { code: answer.gangway.which ? "call-which" : "call-not-listed" });
    await tally(answer, asked.way, said);
    over();
  } });
}

// ---- the field ----

async function fieldEnter() {
  const text = $("mrz").value.trim().toUpperCase();
  const rows = text.split("\n");
  if (text === "") return;
  const shape = `${rows.length}x${rows[0].length}`;
  let whole = shapes.has(shape) && rows.every((one) => one.length === rows[0].length);
  if (!whole) {
    try {
      whole = (await call("POST", "/v1/mrz", { mrz: text })).complete;
      if (whole) shapes.add(shape);
    } catch (error) {
      failed(error);
    }
  }
  if (whole && $("mrz").value.trim().toUpperCase() === text) {
    $("mrz").value = "";
    scan({ mrz: text });
  }
}

function pressedInField(event) {
  if (event.key !== "Enter") return;
  event.preventDefault();
  if (!$("mrz").value.endsWith("\n")) $("mrz").value += "\n";
  void fieldEnter();
}

// ---- opening and closing ----

function setWay(to) {
  way = to;
  showWay();
  $("mrz").focus();
}

function switchGood() {
  good = !good;
  showWay();
  $("mrz").focus();
}

async function readVoyages() {
  try {
    const ships = (await call("GET", "/v1/arrivals")).arrivals.filter((one) => one.kind === "ship");
    $("open-voyage").replaceChildren(...ships.map((one) => make("option", { value: one.id }, [voyageTitle(one), one.due ? clock(one.due) : ""].filter(Boolean).join(" · "))));
    if (ships.length === 0) $("open-voyage").replaceChildren(make("option", { value: "" }, t("ship.no-voyage")));
  } catch (error) {
    failed(error);
  }
}

/** The next time of day that the clock shows so. */
function sailing() {
  const [hour, minute] = $("open-sails").value.split(":").map(Number);
  if (Number.isNaN(hour) || minute === undefined) return undefined;
  const at = new Date();
  at.setHours(hour, minute, 0, 0);
  if (at < new Date()) at.setDate(at.getDate() + 1);
  return at.toISOString();
}

async function openCall(event) {
  event.preventDefault();
  $("open-wrong").textContent = "";
  try {
    const imo = $("open-imo").value.trim();
    const done = await call("POST", "/v1/calls", { arrival: $("open-voyage").value, ...(imo ? { imo } : {}), ...(sailing() ? { sails: sailing() } : {}), ...($("open-enter").checked ? { passengers_enter: true } : {}) }, { idempotency: key() });
    $("open").reset();
    take(done);
    await choose(done.call);
  } catch (error) {
    failed(error, "open-wrong");
  }
}

function askClose() {
  if (!open || open.closed) return;
  $("close-say").textContent = open.counts.ashore > 0 ? t("ship.close.say", { n: count(open.counts.ashore) }) : t("ship.close.none");
  openDialog("close", { submit: async ({ reason }) => {
    let done;
    do {
      done = await call("POST", `/v1/calls/${open.call}/close`, reason.trim() ? { reason: reason.trim() } : {}, { idempotency: key() });
    } while (done.left > 0);
    take(done);
    await choose(done.call);
  } });
}

// ---- keys ----

function acts(event) {
  if (performance.now() < armed_ms) return true;
  if (event.key === "F2") override();
  else if (event.key === "Escape") aside();
  else if (/^[1-9]$/.test(event.key)) $("desk").querySelectorAll(".kinds button")[Number(event.key) - 1]?.click();
  else return false;
  return true;
}

function pressed(event) {
  if (!signedIn() || !open || document.querySelector("dialog[open]") || event.altKey || event.ctrlKey || event.metaKey || event.isComposing) return;
  const writing = event.target.matches?.("input, textarea, select");
  let done = true;
  if (standing && !writing && event.key !== "Enter" && acts(event)) event.preventDefault();
  else if (standing && !writing && event.key === "Enter" && performance.now() < armed_ms) event.preventDefault();
  else if (event.key === "F1") setWay(way === "out" ? "in" : "out");
  else if (event.key === "F3") switchGood();
  else if (event.key === "/" && !writing) $("find").focus();
  else if (event.key === "Escape" && event.target.id === "find") {
    $("find").value = "";
    found = false;
    void readPeople();
    $("mrz").focus();
  } else if (event.key === "Escape" && event.target.id === "mrz") $("mrz").value = "";
  else if (event.key === "Enter" && event.target.id === "find") void look();
  else done = false;
  if (done) event.preventDefault();
}

// ---- the page ----

async function entered(session) {
  $("open").hidden = session.role !== "supervisor";
  await Promise.all([readCalls(), session.role === "supervisor" ? readVoyages() : null]);
  const first = calls.find((one) => !one.closed) ?? calls[0];
  if (first) await choose(first.call);
}

function left() {
  turn++;
  waiting = Promise.resolve();
  [calls, open, people, found, leftOut, standing] = [[], null, [], false, 0, null];
  for (const dialog of document.querySelectorAll("dialog[open]")) dialog.close();
  $("result").replaceChildren();
  $("people").replaceChildren();
  say("");
  showCalls();
  showCall();
}

document.addEventListener("keydown", pressed);
for (const kind of ["keydown", "pointerdown", "input"]) document.addEventListener(kind, () => { hand_ms = Date.now(); }, true);
for (const button of document.querySelectorAll("button[data-way]")) button.addEventListener("click", () => setWay(button.dataset.way));
for (const id of ["override", "close"]) bindDialog(id, () => { if (standing) $("main-act")?.focus(); else $("mrz").focus(); });
$("good").addEventListener("click", switchGood);
$("mrz").addEventListener("keydown", pressedInField);
$("gangway").addEventListener("submit", (event) => event.preventDefault());
$("open").addEventListener("submit", openCall);
$("close-open").addEventListener("click", askClose);
// a request keeps a session alive: the page asks by itself only while a hand is at it
setInterval(() => { if (signedIn() && Date.now() - hand_ms < 20 * POLL_MS) void readCalls(); }, POLL_MS);
loadStates().catch(() => {});
let lane = "1";
try {
  lane = localStorage.getItem("postern.lane") ?? "1";
} catch { /* storage switched off */ }
await ownWords("ship");
await openDoor({ main: "ship", title: "ship", pages: POST_PAGES, lane, entered: (session) => void entered(session), left, words: () => { showCalls(); showCall(); } });
