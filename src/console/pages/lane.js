// The lane page. A document's lines go to /v1/scans, the advice comes back, the officer's act goes to /v1/crossings.
// It knows nothing of check digits, lists or days.
// Phases: await (a field waits for a document) -> checking -> advice -> settling -> await. Escape leads back to await
// from anywhere; a new scan may begin at any time.
import { fullName, keptSay, kindOf, KINDS, showAdvice, showAwaiting, turnReasons, watchReasons, worst } from "./advice.js";
import { call, key, Problem } from "./api.js";
import { formOf, takePick } from "./arrival.js";
import { lastCrossing, fillLast, showTray } from "./aside.js";
import { bindDialog, openDialog, problemSay } from "./dialogs.js";
import { bindField, checkField, field, fieldEnter, sayMarks, typed } from "./field.js";
import { alarm, isLost, patiently, sayAlarmAgain, unwritten } from "./live.js";
import { heard, heardCase, readLane, readLast, sayLedger, sayMachine } from "./machine.js";
import { $, make, name } from "./parts.js";
import { clearShown, sayShown, show as showPaper, shown, statePermit } from "./permit.js";
import { bindTrip, inTrip, leaveTrip, overrideVehicle, resumeTrip, showSeat, showTrip, switchTrip, tripAct, tripEnter, tripHolds, tripScan, VEHICLE_FIELDS, vehicleAsks, vehicleGiven } from "./trip.js";
import { oweReport, openReport, reportsFirst, sayReports, showReportsNow } from "./report.js";
import { ask, bindSession, door, enter, relief, sayLane, sayOfficer, signIn, signInAgain, signOut } from "./session.js";
import { aloud, say, state } from "./state.js";
import { choose, chosen as language, fill, has, loadStates, t } from "./words.js";

const ARM_MS = 350; // a reader's second Enter, or a hand too quick, must not act on advice nobody has seen
const POLL_MS = 30000;

// ---- a scan ----

function party() {
  const adults = Number($("adults").value || 0);
  const children = Number($("children").value || 0);
  return adults + children > 0 ? { adults, children } : undefined;
}

function plate() {
  return $("plate").value.trim().toUpperCase();
}

function together() {
  const people = party();
  return plate() !== "" || (people !== undefined && people.adults + people.children > 1);
}

function question(what) {
  const whole = { direction: state.direction, ...what };
  if (party() && !whole.party) whole.party = party();
  if (plate() && !whole.vehicle) whole.vehicle = { plate: plate() };
  if (state.flight) [whole.flight, state.flight] = [state.flight, null]; // a boarding pass is the next document's
  return whole;
}

function samePaper(a, b) {
  return a.person.document?.number !== undefined && a.person.document?.number !== "" && a.person.document.number === b.person.document?.number && a.person.document.issuer === b.person.document?.issuer;
}

/** scan(asked, {turn, throws}): send one document; the answer joins the people of this car, or stands alone. */
async function scan(asked, { turn = ++state.turn, more = false, throws = false } = {}) {
  const what = { ...asked, ...shown() };
  if (inTrip()) return tripScan(asked);
  const joining = together();
  state.phase = "checking";
  say("");
  const slow = setTimeout(() => { if (state.phase === "checking") showAwaiting($("result"), $("desk-acts"), null, true); }, 150);
  $("result").setAttribute("aria-busy", "true");
  const idempotency = key();
  const whole = question(what);
  try {
    const answer = await ask("POST", "/v1/scans", whole, { idempotency });
    if (turn !== state.turn) return false;
    Object.assign(answer, { asked: { ...what, flight: whole.flight }, permit: what.permit, proof: what.proof });
    clearShown(); // it is this one traveller's
    const before = joining ? state.people.filter((one) => !samePaper(one, answer)) : [];
    state.people = [...before, answer];
    if (answer.warning || answer.kept === "not-recorded") alarm(unwritten(answer));
    else if (state.people.every((one) => one.kept !== "not-recorded")) alarm("");
    if (more) return true;
    toAdvice(state.chosen && samePaper(state.chosen, answer) ? answer : worst(state.people)); // who is asked about again stays chosen
    // the lane's reader reads the chip while the officer looks: nothing waits for it, and without its script the lane goes on
    if (state.lane?.reader && whole.mrz && !whole.chip) import("./chip.js").then(({ readChip }) => readChip(answer, whole, scan)).catch(() => {});
    return true;
  } catch (error) {
    if (turn === state.turn) {
      if (state.people.length > 0) toAdvice(state.chosen ?? state.people[0]);
      else toAwait({ keep: true });
      if (error.code === "proof-not-paper") showPaper({ proof: undefined }); // the next scan goes without
      if (throws) throw error;
      say(problemSay(error));
    }
    return false;
  } finally {
    clearTimeout(slow);
    $("result").setAttribute("aria-busy", "false");
  }
}

async function sendSpecimen(specimen) {
  if (state.phase === "settling") return;
  if (inTrip()) {
    const plate = (specimen.scans?.[0] ?? specimen).vehicle?.plate;
    if (plate && $("plate").value === "") $("plate").value = plate;
    void vehicleGiven();
    for (const one of specimen.scans ?? [specimen]) if (one.mrz) void tripScan({ mrz: one.mrz });
    return;
  }
  clearTrip();
  state.people = [];
  state.done = null;
  const turn = ++state.turn;
  const scans = specimen.scans ?? [{ mrz: specimen.mrz, direction: specimen.direction, party: specimen.party, vehicle: specimen.vehicle, chip: specimen.chip }];
  if (scans[0].direction) setDirection(scans[0].direction, { keep: true });
  if (scans[0].vehicle?.plate) $("plate").value = scans[0].vehicle.plate;
  if (scans[0].party) [$("adults").value, $("children").value] = [scans[0].party.adults ?? "", scans[0].party.children ?? ""];
  for (const [i, one] of scans.entries()) {
    $("mrz").value = one.mrz ?? "";
    state.checked = null;
    sayMarks();
    const what = Object.fromEntries(Object.entries(one).filter(([, value]) => value !== undefined));
    if (!(await scan(what, { turn, more: i + 1 < scans.length }))) return;
  }
  void checkField();
}

function setDirection(direction, { keep = false } = {}) {
  if (inTrip()) {
    if (state.trip.seats.length > 0) {
      say(t("trip.direction"));
      return;
    }
    state.trip.id = null;
  }
  state.direction = direction;
  for (const one of ["entry", "exit"]) $(one).setAttribute("aria-pressed", String(one === direction));
  sayLane();
  if (direction === "entry") showPaper({ proof: undefined });
  else sayShown();
  if (!keep && state.phase === "advice") next();
  if (!keep) $("mrz").focus();
}

function clearTrip() {
  for (const id of ["plate", "adults", "children"]) $(id).value = "";
  clearShown();
}

// ---- the phases ----

function toAwait({ keep = false, stay = false } = {}) {
  state.phase = "await";
  if (!keep) {
    state.people = [];
    state.chosen = null;
    state.checked = null;
    $("mrz").value = "";
    sayMarks();
  }
  show();
  if (!stay) $("mrz").focus();
}

function toAdvice(person) {
  state.phase = "advice";
  state.chosen = person;
  state.done = null;
  show();
  state.armed_at = performance.now() + ARM_MS;
  const tone = worst(state.people).advice.advice;
  aloud(`${t(tone)}. ${fullName(person.person)}.`);
  $("main-act").focus({ preventScroll: true });
  performance.mark("postern.advice", { detail: { took_us: person.took_us } });
}

function show() {
  sayShown();
  state.chip?.say();
  if (inTrip() && (state.phase === "advice" || state.trip.vehicle || state.trip.seats.length > 0)) {
    if (state.phase === "advice") showSeat();
    else showTrip();
    return;
  }
  if (state.phase !== "advice") {
    showAwaiting($("result"), $("desk-acts"), state.done, false);
    return;
  }
  showAdvice($("result"), $("desk-acts"), state.people, state.chosen, state.direction, { record: () => void settle("record"), refer: () => void refer(), override, next, born: otherCentury, kind: (kind) => void settle("refer", { kind }), choose: chooseperson });
}

function chooseperson(person) {
  state.chosen = person;
  show();
  $("main-act").focus({ preventScroll: true });
}

/** A new document begins while advice stands: in a car it joins the others, otherwise the person before is put aside. */
function beginNext() {
  state.turn++;
  state.phase = "await";
  state.chip?.say();
  if (inTrip()) {
    state.people = [];
    showTrip();
    return;
  }
  if (together()) return;
  putAside();
  state.people = [];
  showAwaiting($("result"), $("desk-acts"), null, false);
}

function putAside() {
  const open = state.people.filter((one) => !one.settled);
  if (open.length > 0) say(t("aside", { name: open.length > 1 ? t("party.of", { n: open.length }) : fullName(open[0].person) }));
}

function next() {
  if (state.phase === "settling") return;
  if (inTrip()) {
    if (state.phase === "advice") toAwait({ keep: true });
    else leaveTrip();
    return;
  }
  state.turn++;
  say("");
  putAside();
  state.done = null;
  clearTrip();
  showReportsNow();
  toAwait();
}

// ---- the officer's act ----

function refer() {
  const kind = kindOf(worst(state.people));
  if (kind) return settle("refer", { kind });
  say(t("refer.ask"));
  $("desk").querySelector(".kinds button").focus();
  return null;
}

/** What an override asks: why, and of a stop who signs for it. */
function askOverride(who, stop, submit, usual = ["identity", "document", "exempt", "conditions"]) {
  $("override-supervisor").hidden = !stop;
  $("override-say").textContent = t(stop ? "override.say.stop" : "override.say", { name: who });
  const offers = usual.map((one) => t(`override.offer.${one}`));
  $("override-offers").replaceChildren(...offers.map((text) => make("button", { type: "button", onclick: () => { $("override-reason").value = text; (stop ? $("override-user") : $("override-reason")).focus(); } }, text)));
  openDialog("override", { submit: async ({ reason, user, password }) => {
    if (reason.trim() === "") throw new Problem(422, { code: "needs-reason" });
    if (stop && (user.trim() === "" || password === "")) throw new Problem(403, { code: "needs-supervisor" });
    await submit({ reason: reason.trim(), supervisor: stop ? { user: user.trim(), password } : undefined });
  } });
}

function override() {
  if (state.phase !== "advice" || worst(state.people).advice.advice === "clear") return;
  askOverride(fullName(state.chosen.person), state.people.some((one) => one.advice.advice === "stop"), (said) => settle("override", said, { throws: true }));
}

/** settle(act, extra): tell the server what the officer does, for everyone in the car who is not settled yet. */
async function settle(act, extra = {}, { throws = false } = {}) {
  if (state.phase !== "advice") return;
  if (inTrip()) {
    await tripAct(act, extra);
    return;
  }
  state.phase = "settling";
  const open = state.people.filter((one) => !one.settled);
  const settled = [];
  try {
    for (const one of open) {
      const own = act === "override" && one.advice.advice === "clear" ? { act: "record" } : { act, ...extra };
      if (own.act === "override" && one.advice.advice !== "stop") delete own.supervisor;
      one.tries ??= {};
      const idempotency = (one.tries[JSON.stringify(own)] ??= key()); // asked again unchanged, nothing is recorded twice
      one.settled = await ask("POST", "/v1/crossings", { scan: one.scan, ...own }, { idempotency });
      settled.push(one);
    }
  } catch (error) {
    state.phase = "advice";
    if (throws) throw error;
    say(problemSay(error));
    return;
  }
  settledAll(settled, act);
}

function settledAll(people, act) {
  const last = people.at(-1);
  const names = people.length > 1 ? t("party.of", { n: people.length }) : fullName(last.person);
  for (const one of people) {
    lastCrossing({ crossing: one.settled.crossing, time: one.settled.time, name: fullName(one.person), direction: one.settled.direction ?? state.direction, outcome: one.settled.outcome, kept: one.settled.kept, seq: one.settled.receipt.seq });
    if (one.settled.prompt === "report") oweReport(one);
  }
  const text = t(`done.${act}.${state.direction}`);
  state.done = { text, name: names, kept: last.settled.kept, seq: last.settled.receipt.seq };
  clearTrip();
  toAwait();
  aloud(`${text} ${names}. ${keptSay(last.settled.kept)}.`);
}

// ---- a person without machine readable lines ----

/** typedPerson(row): the form; with a row of a carrier's list it is filled from it. A document's number alone will do: the server finds its row. */
function typedPerson(row = null) {
  if (!state.session || state.phase === "settling") return;
  openDialog("typed", { submit: async (values) => {
    const upper = (text) => text.trim().toUpperCase();
    const alone = !row && values.number.trim() !== "" && [values.surname, values.given, values.birth, values.nationality, values.expiry].every((text) => text.trim() === "");
    if (alone) {
      if (state.phase === "advice") beginNext();
      setTimeout(() => void scan({ person: { document: { number: upper(values.number), issuer: upper(values.issuer) } } }), 0);
      return;
    }
    if ([values.surname, values.birth, values.nationality, values.number, values.issuer, values.expiry].some((text) => text.trim() === "")) throw new Problem(422, { code: "typed-missing" });
    const dates = [values.birth, values.expiry].every((text) => /^[0-9X]{4}(-[0-9X]{2}(-[0-9X]{2})?)?$/.test(upper(text)));
    if (!dates) throw new Problem(422, { code: "typed-date" });
    if (state.phase === "advice") beginNext();
    $("mrz").value = "";
    sayMarks();
    const person = { surname: values.surname.trim(), given: values.given.trim(), birth: upper(values.birth), sex: values.sex, nationality: upper(values.nationality),
      document: { kind: values.kind, issuer: upper(values.issuer), number: upper(values.number), expiry: upper(values.expiry) } };
    setTimeout(() => void scan(row ? { person, arrival: row.arrival } : { person }), 0);
  } });
  $("typed-row").textContent = row ? t("typed.row", { voyage: row.title }) : t("typed.number-only");
  for (const [field, value] of Object.entries(row ? formOf(row.person) : {})) $(`typed-${field}`).value = value;
}

/** A row that was chosen on the page of arrivals: its person stands here now. */
async function fromArrivals() {
  try {
    const row = await takePick();
    if (row) typedPerson(row);
  } catch (error) {
    say(problemSay(error));
  }
}

function openArrivals() {
  if (tripHolds()) say(t("trip.first"));
  else if (state.phase !== "settling") location.assign("/arrivals");
}

/** A visa or permit: for the document that comes next, or for the one whose advice stands, which is asked again. */
function permitShown() {
  if (!state.session || state.phase === "settling") return;
  statePermit(() => { if (state.phase === "advice") void scan(state.chosen.asked); });
}

/** At exit, what proves an entry on paper: for the document that comes next, or for the one whose advice stands. */
function proofShown() {
  if (!state.session || state.phase === "settling") return;
  if (state.direction !== "exit") {
    say(t("proof.exit"));
    return;
  }
  const ask = async () => { if (state.phase === "advice") await scan(state.chosen.asked, { throws: true }); };
  import("./proof.js").then(({ stateProof }) => stateProof(ask)).catch((error) => say(problemSay(error)));
}

/** The lines can mean a child or somebody over a hundred: ask again for the other. */
function otherCentury() {
  const { asked, other_birth } = state.chosen;
  if (state.phase === "advice" && other_birth) void scan({ ...asked, born_earlier: !asked.born_earlier });
}

// ---- keys ----

const KEYS = [["Enter", "keys.enter"], ["Esc", "keys.esc"], ["PgUp PgDn", "keys.more"], ["1 – 9", "keys.kinds"], ["0", "keys.born"], ["F1", "keys.f1"], ["Shift F1", "keys.trip"], ["F2", "keys.f2"], ["Shift F2", "keys.proof"], ["F3", "keys.f3"], ["Shift F3", "keys.permit"], ["F4", "keys.f4"], ["Shift F4", "keys.arrivals"], ["F10", "keys.f10"], ["?", "keys.help"]];

function openKeys() {
  const chip = has("keys.chip") ? [["Shift F8", "keys.chip"]] : []; // its words are here once a reader was
  const tray = state.specimens.map((specimen) => [specimen.key, language() === "sq" ? specimen.title_sq : specimen.title]);
  $("keys-list").replaceChildren(...[...[...KEYS, ...chip].map(([where, what]) => [where, t(what)]), ...tray.map(([where, title]) => [where, `${t("tray")}: ${title}`])]
    .flatMap(([where, what]) => [make("dt", {}, make("kbd", {}, where)), make("dd", {}, what)]));
  openDialog("keys", {});
}

function mainAct() {
  if (performance.now() < state.armed_at) return;
  if (worst(state.people).advice.advice === "clear") void settle("record");
  else void refer();
}

const FUNCTION_KEYS = {
  F1: () => setDirection(state.direction === "entry" ? "exit" : "entry"),
  "Shift+F1": switchTrip,
  F2: () => (state.phase === "advice" ? override() : vehicleAsks() ? overrideVehicle() : openReport()),
  "Shift+F2": proofShown,
  F3: () => typedPerson(),
  "Shift+F3": permitShown,
  F4: () => $("plate").focus(),
  "Shift+F4": openArrivals,
  "Shift+F8": () => state.chip?.again(),
  F10: relief,
};

function pressed(event) {
  if (!state.session || document.querySelector("dialog[open]") || event.isComposing) return;
  if (event.altKey || event.ctrlKey || event.metaKey) return;
  const writing = event.target.matches?.("input, textarea, select");
  const specimen = state.specimens.find((one) => one.key === event.key);
  const run = FUNCTION_KEYS[event.shiftKey ? `Shift+${event.key}` : event.key] ?? (specimen && (() => void sendSpecimen(specimen)));
  if (run) {
    event.preventDefault();
    if (!event.repeat) run();
  } else if (event.key === "Escape") {
    event.preventDefault();
    next();
  } else if (event.key === "?") {
    event.preventDefault();
    openKeys();
  } else if (event.key === "Enter") {
    enterPressed(event);
  } else if (!writing && state.phase === "advice" && /^[1-9]$/.test(event.key)) {
    event.preventDefault();
    if (!event.repeat && performance.now() >= state.armed_at) void settle("refer", { kind: KINDS[Number(event.key) - 1] });
  } else if (!writing && state.phase === "advice" && event.key === "0" && state.chosen.other_birth) {
    event.preventDefault();
    if (!event.repeat) otherCentury();
  } else if (!writing && state.phase === "advice" && (event.key === "ArrowDown" || event.key === "ArrowUp") && state.people.length > 1) {
    event.preventDefault();
    const step = event.key === "ArrowDown" ? 1 : state.people.length - 1;
    chooseperson(state.people[(state.people.indexOf(state.chosen) + step) % state.people.length]);
  } else if (!writing && state.phase === "advice" && (event.key === "PageDown" || event.key === "PageUp")) {
    event.preventDefault();
    turnReasons($("result"), event.key === "PageDown" ? 1 : -1);
  } else if (!writing && event.key.length === 1 && event.key !== " ") {
    startOver();
  }
}

function enterPressed(event) {
  const target = event.target;
  if (target.matches?.("button") && target.id !== "main-act") return; // a button one has gone to acts by itself
  event.preventDefault();
  if (event.repeat) return;
  if (state.phase === "advice") mainAct();
  else if (inTrip() && VEHICLE_FIELDS.includes(target.id)) $("mrz").focus(); // its change is heard
  else if (inTrip()) void tripEnter();
  else if (target.id === "mrz") void fieldEnter();
  else if (state.phase === "await") $("mrz").focus();
}

/** A character outside any field is the start of a document: empty the field and let it land there. */
function startOver() {
  if (state.phase === "settling") return;
  if (state.phase === "advice") beginNext();
  $("mrz").value = "";
  $("mrz").focus();
}

// ---- the page ----

function sayTheme() {
  const night = document.documentElement.dataset.theme === "night";
  $("theme").textContent = t(night ? "theme.day" : "theme.night");
}

function switchTheme() {
  const next = document.documentElement.dataset.theme === "night" ? "day" : "night";
  document.documentElement.dataset.theme = next;
  try {
    localStorage.setItem("postern.theme", next);
  } catch { /* storage switched off */ }
  sayTheme();
}

async function switchLanguage(next) {
  await choose(next);
  sayTheme();
  sayShown();
  sayLane();
  sayMachine();
  sayAlarmAgain();
  if (!state.session) return;
  sayOfficer();
  sayMarks(state.checked?.text === field() ? state.checked.marks : null);
  if (state.done) state.done = null;
  show();
  fillLast();
  showTray(state.specimens, sendSpecimen);
  sayReports();
}

/**
 * Every half minute. A request keeps a session alive, so the page asks by itself only while a hand is at it; left alone
 * it lets the session end, and then shows nobody's data: the door, or, when work is open, the dialog over it.
 */
async function tick() {
  if (!state.session || isLost() || document.querySelector("#again[open]")) return;
  const idle_ms = Date.now() - state.hand_ms;
  sayMachine();
  if (idle_ms < 2 * POLL_MS) await readLane();
  else if (idle_ms > (state.session.idle_s + 5) * 1000) {
    await call("DELETE", "/v1/session").catch(() => {});
    if (state.phase === "await" && field() === "" && state.reports.length === 0 && !(inTrip() && state.trip.seats.length > 0)) door();
    else await signInAgain();
  }
}

async function start() {
  bindSession({ resume: resumeTrip, toAwait, readLane, readLast, sayMarks, sayReports, reportsFirst, sendSpecimen, events: { case: heardCase, chip: (one) => state.chip?.heard(one), reader: ({ reader }) => { if (state.lane) state.lane.reader = reader; }, crossing: heard, kept: sayLedger, list: () => void readLane(), rung: () => void readLane(), session: () => {} } });
  bindField({ beginNext, scan });
  bindTrip({ askOverride, toAwait, record: () => void settle("record"), refer: () => void refer(), override, next, born: otherCentury, kind: (kind) => void settle("refer", { kind }), choose: chooseperson });
  fill();
  sayTheme();
  sayShown();
  resumeTrip();
  document.addEventListener("keydown", pressed);
  watchReasons($("result"));
  $("sign-in").addEventListener("submit", signIn);
  $("scan").addEventListener("submit", (event) => {
    event.preventDefault();
    void (inTrip() ? tripEnter() : fieldEnter());
  });
  $("mrz").addEventListener("input", typed);
  for (const direction of ["entry", "exit"]) $(direction).addEventListener("click", () => setDirection(direction));
  for (const button of document.querySelectorAll("button[data-language]")) button.addEventListener("click", () => switchLanguage(button.dataset.language));
  for (const [id, run] of [["theme", switchTheme], ["officer", relief], ["sign-out", () => void signOut()], ["keys-open", openKeys], ["report-open", openReport], ["typed-open", () => typedPerson()], ["permit-open", permitShown], ["proof-open", proofShown], ["trip-open", switchTrip]]) $(id).addEventListener("click", run);
  for (const id of VEHICLE_FIELDS) $(id).addEventListener("change", () => void vehicleGiven());
  $("arrivals-open").addEventListener("click", openArrivals);
  $("hand-open").addEventListener("click", () => location.assign("/by-hand"));
  $("second-open").addEventListener("click", () => location.assign("/second-line"));
  for (const id of ["relief", "override", "report", "typed", "permit", "proof", "again", "keys"]) bindDialog(id, () => (state.phase === "advice" ? $("main-act") : $("mrz"))?.focus());
  for (const kind of ["keydown", "pointerdown", "input"]) document.addEventListener(kind, () => { state.hand_ms = Date.now(); }, true);
  setInterval(() => { tick().catch(() => {}); }, POLL_MS);
  loadStates().catch(() => {}); // codes are shown instead of names
  let session = null;
  try {
    session = await patiently(() => call("GET", "/v1/session"));
  } catch { /* nobody is signed in */ }
  if (session) await enter(session);
  else door();
  if (session) await fromArrivals();
}

void start();
