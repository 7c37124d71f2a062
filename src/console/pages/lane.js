// The lane page. A document's lines go to /v1/scans, the advice comes back, the officer's act goes to /v1/crossings.
// The page knows nothing of check digits, lists or days: it sends, shows and keeps what was typed.
//
// Phases: await (a field waits for a document) -> checking -> advice -> settling -> await. Escape leads back to await
// from anywhere; a new scan may begin at any time.
import { discreetReasons, listSay, fullName, held, keepers, keptNow, keptSay, kindOf, KINDS, showAdvice, showAwaiting, worst } from "./advice.js";
import { call, key, Problem, useCsrf } from "./api.js";
import { bindDialog, openDialog, problemSay } from "./dialogs.js";
import { showLast, lastCrossing, fillLast, showTray } from "./aside.js";
import { alarm, alarmLists, hush, isLost, listen, patiently, sayAlarmAgain } from "./live.js";
import { $, kbd, make, name } from "./parts.js";
import { clearPermit, permit, sayPermit, statePermit } from "./permit.js";
import { choose, chosen as language, clock, count, fill, has, loadStates, pick, span, t } from "./words.js";

const ARM_MS = 350; // a reader's second Enter, or a hand too quick, must not act on advice nobody has seen
const TYPING_MS = 120;
const POLL_MS = 30000;
const GONE_MS = 15000; // by then the traveller has left the window

const state = { session: null, lane: null, phase: "await", direction: "entry", people: [], chosen: null, done: null,
  armed_at: 0, turn: 0, reports: [], reminded: false, hand_ms: 0, read_ms: 0, specimens: [], checked: null };

// ---- signing in, relief, signing out ----

/** ask(...): call, but when the session has ended sign in again on the spot and go on; nothing typed is lost. */
async function ask(method, path, body, options) {
  for (;;) {
    try {
      return await patiently(() => call(method, path, body, options));
    } catch (error) {
      if (!(error instanceof Problem) || error.status !== 401 || error.code === "wrong-credentials" || !state.session) throw error;
      await signInAgain();
    }
  }
}

function took(session) {
  state.session = session;
  state.hand_ms = Date.now();
  useCsrf(session.csrf);
  $("post-name").textContent = session.post.name;
  sayOfficer();
  for (const id of ["officer", "sign-out"]) $(id).hidden = false;
  sayLane();
}

function sayOfficer() {
  $("officer").replaceChildren(name(state.session.name), make("span", { class: "unseen" }, ` · ${t("relief.title")}`), kbd("F10"));
}

function sayLane() {
  if (!state.session) return;
  $("lane-name").textContent = `${t("lane")} ${state.session.lane} · ${t(state.direction === "entry" ? "arrivals" : "departures")}`;
  document.title = `${t("lane")} ${state.session.lane} · ${state.session.post.name} · Postern`;
}

async function enter(session) {
  took(session);
  $("door").hidden = true;
  $("lane").hidden = false;
  $("foot").hidden = false;
  listen({ crossing: heard, kept: (ledger) => sayLedger(ledger), list: () => void readLane(), session: () => {} });
  showLast([]);
  toAwait();
  await Promise.all([readLane(), readLast()]);
  state.specimens = state.lane?.demonstration ? await ask("GET", "/v1/specimens") : [];
  showTray(state.specimens, sendSpecimen);
}

function door() {
  state.session = null;
  useCsrf(null);
  Object.assign(state, { people: [], chosen: null, done: null, reports: [], phase: "await", checked: null, lane: null });
  hush();
  alarmLists("");
  $("mrz").value = "";
  for (const id of ["lane", "foot", "officer", "sign-out", "rung", "lists-age", "demonstration"]) $(id).hidden = true;
  $("result").replaceChildren();
  showLast([]);
  sayMarks();
  sayReports();
  for (const dialog of document.querySelectorAll("dialog[open]")) dialog.close();
  $("door").hidden = false;
  sayPost().catch(() => {});
  $("lane-name").textContent = "";
  document.title = "Postern";
  try {
    $("sign-in-lane").value ||= localStorage.getItem("postern.lane") ?? "1";
  } catch { /* storage switched off */ }
  $("sign-in-password").value = "";
  $("sign-in-user").focus();
}

/** Before anybody has signed in, the post says its own name. */
async function sayPost() {
  const { post } = await patiently(() => call("GET", "/healthz"));
  if (!state.session && post) $("post-name").textContent = post.name;
}

async function signIn(event) {
  event.preventDefault();
  const form = $("sign-in");
  const wrong = $("sign-in-wrong");
  wrong.textContent = "";
  const lane = form.elements.lane.value.trim().toLowerCase();
  try {
    const session = await call("POST", "/v1/session", { user: form.elements.user.value.trim(), password: form.elements.password.value, lane, language: language() });
    try {
      localStorage.setItem("postern.lane", lane);
    } catch { /* storage switched off */ }
    form.elements.password.value = "";
    form.elements.user.value = "";
    await enter(session);
  } catch (error) {
    wrong.textContent = problemSay(error);
    form.elements.password.select();
  }
}

let again = null;

function signInAgain() {
  again ??= new Promise((resolve) => {
    openDialog("again", { hold: true, user: state.session.user, submit: async (values) => {
      const session = await call("POST", "/v1/session", { ...values, lane: state.session.lane, language: language() });
      took(session);
      listen({ crossing: heard, kept: sayLedger, list: () => void readLane(), session: () => {} });
      again = null;
      resolve();
    } });
  });
  return again;
}

function relief() {
  if (!state.session) return;
  if (reportsFirst()) return;
  $("relief-say").textContent = t("relief.say", { name: state.session.name, lane: state.session.lane });
  openDialog("relief", { submit: async (values) => {
    const before = state.session.name;
    took(await ask("POST", "/v1/session/relief", { ...values, language: language() }));
    listen({ crossing: heard, kept: sayLedger, list: () => void readLane(), session: () => {} });
    sayReports();
    say(t("relief.done", { before, now: state.session.name }));
  } });
}

async function signOut() {
  if (reportsFirst()) return;
  try {
    await ask("DELETE", "/v1/session");
  } catch (error) {
    if (!(error instanceof Problem)) throw error; // already out
  }
  door();
}

// ---- what is known about the machine: one quiet line, loud only when it changes what the officer should do ----

async function readLane() {
  state.lane = await ask("GET", "/v1/lane");
  state.read_ms = Date.now();
  sayMachine();
}

function sayMachine() {
  const lane = state.lane;
  if (!lane) return;
  $("rung").hidden = lane.rung === "normal";
  $("rung").className = "pill loud";
  $("rung").textContent = has(`rung.${lane.rung}`) ? t(`rung.${lane.rung}`) : lane.rung;
  $("demonstration").hidden = !lane.demonstration;
  const since_s = (Date.now() - state.read_ms) / 1000;
  const oldest = lane.lists.reduce((most, list) => (!most || list.age_s > most.age_s ? list : most), null);
  $("lists-age").hidden = false;
  $("lists-age").textContent = oldest ? t("lists.age", { age: span(oldest.age_s + since_s) }) : t("lists.none");
  $("lists-age").classList.toggle("loud", !oldest);
  $("lists-age").title = lane.lists.map(listSay).join("\n");
  alarmLists(lane.lists_state === "former" || lane.lists_state === "failed" ? `lists-${lane.lists_state}` : "");
  sayLedger(lane.ledger);
}

function sayLedger(ledger) {
  if (ledger.recording) alarm(ledger.recording === "yes" ? "" : ledger.recording);
  const late = ledger.site === "late";
  $("ledger-say").textContent = late ? t("ledger.late", { n: count(ledger.size) }) : t("ledger.say", { n: count(ledger.size) });
  $("ledger-say").classList.toggle("late", late);
  if (!keepers(ledger)) return;
  fillLast();
  const dots = state.phase === "await" && state.done ? document.querySelector("#result .done .held") : null;
  dots?.replaceWith(held(keptNow(state.done)));
}

async function readLast() {
  const crossings = await ask("GET", "/v1/crossings?limit=12");
  showLast(crossings);
}

/** A demonstration's automatic lane is shown beside this one, as /v1/crossings does. */
function heard(crossing) {
  const automatic = state.lane?.demonstration && crossing.lane?.startsWith("egate");
  if (!crossing.lane || crossing.lane === state.session?.lane || automatic) lastCrossing(crossing);
}

/** say(text): one sentence above the buttons: what happened, or what to do next. */
function say(text) {
  $("say").textContent = text;
  if (text !== "") aloud(text);
}

/** aloud(text): for those who listen; it stands on the page elsewhere. */
function aloud(text) {
  $("aloud").textContent = text;
}

// ---- the field ----

let typing = null;
let asking = null;

function field() {
  return $("mrz").value;
}

function sayMarks(marks = null) {
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

async function checkField() {
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

function typed() {
  say("");
  if (state.phase === "advice") beginNext();
  sayMarks();
  clearTimeout(typing);
  typing = setTimeout(() => void checkField(), TYPING_MS);
}

/** Enter in the field: the end of a line, at once (a reader does not wait); when the lines are complete, send them. */
async function fieldEnter() {
  const box = $("mrz");
  if (state.phase !== "await" || box.value.trim() === "") return;
  if (!box.value.endsWith("\n")) {
    const known = state.checked?.text === box.value ? state.checked.marks : null;
    box.value += "\n";
    if (known) state.checked = { text: box.value, marks: known };
    sayMarks(known);
  }
  const before = box.value;
  const complete = hasKnownShape(before) || (await checkField())?.complete;
  if (!complete || state.phase !== "await" || field() !== before) return;
  await scan({ mrz: before.trim() });
  if (field() === before) void checkField();
}

// Shapes the server has named ("2x44"). Lines of such a shape need no asking before they are sent.
const shapes = new Set();

function hasKnownShape(text) {
  const rows = text.trim().split("\n");
  return rows.every((row) => row.length === rows[0].length) && shapes.has(`${rows.length}x${rows[0].length}`);
}

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
  if (permit()) whole.permit = permit();
  return whole;
}

function samePaper(a, b) {
  return a.person.document?.number !== undefined && a.person.document?.number !== "" && a.person.document.number === b.person.document?.number && a.person.document.issuer === b.person.document?.issuer;
}

/** scan(what, {turn}): send one document; the answer joins the people of this car, or stands alone. */
async function scan(what, { turn = ++state.turn, more = false } = {}) {
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
    Object.assign(answer, { asked: what, permit: whole.permit });
    clearPermit(); // it is this one traveller's
    const before = joining ? state.people.filter((one) => !samePaper(one, answer)) : [];
    state.people = [...before, answer];
    if (answer.warning || answer.kept === "not-recorded") alarm(answer.warning?.code === "disk-full" ? "disk-full" : "not-recorded");
    if (!more) toAdvice(worst(state.people));
    return true;
  } catch (error) {
    if (turn === state.turn) {
      if (state.people.length > 0) toAdvice(state.chosen ?? state.people[0]);
      else toAwait({ keep: true });
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
  clearTrip();
  state.people = [];
  state.done = null;
  const turn = ++state.turn;
  const scans = specimen.scans ?? [{ mrz: specimen.mrz, direction: specimen.direction, party: specimen.party, vehicle: specimen.vehicle }];
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
  state.direction = direction;
  for (const one of ["entry", "exit"]) $(one).setAttribute("aria-pressed", String(one === direction));
  sayLane();
  if (!keep && state.phase === "advice") next();
  if (!keep) $("mrz").focus();
}

function clearTrip() {
  for (const id of ["plate", "adults", "children"]) $(id).value = "";
  clearPermit();
}

// ---- the phases ----

function toAwait({ keep = false } = {}) {
  state.phase = "await";
  if (!keep) {
    state.people = [];
    state.chosen = null;
    state.checked = null;
    $("mrz").value = "";
    sayMarks();
  }
  showAwaiting($("result"), $("desk-acts"), state.done, false);
  $("mrz").focus();
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
  if (together()) {
    state.phase = "await";
    return;
  }
  putAside();
  state.people = [];
  state.phase = "await";
  showAwaiting($("result"), $("desk-acts"), null, false);
}

function putAside() {
  const open = state.people.filter((one) => !one.settled);
  if (open.length > 0) say(t("aside", { name: open.length > 1 ? t("party.of", { n: open.length }) : fullName(open[0].person) }));
}

function next() {
  if (state.phase === "settling") return;
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

function override() {
  if (state.phase !== "advice" || worst(state.people).advice.advice === "clear") return;
  const stop = state.people.some((one) => one.advice.advice === "stop");
  $("override-supervisor").hidden = !stop;
  $("override-say").textContent = t(stop ? "override.say.stop" : "override.say", { name: fullName(state.chosen.person) });
  const offers = ["identity", "document", "exempt", "conditions"].map((one) => t(`override.offer.${one}`));
  $("override-offers").replaceChildren(...offers.map((text) => make("button", { type: "button", onclick: () => { $("override-reason").value = text; (stop ? $("override-user") : $("override-reason")).focus(); } }, text)));
  openDialog("override", { submit: async ({ reason, user, password }) => {
    if (reason.trim() === "") throw new Problem(422, { code: "needs-reason" });
    if (stop && (user.trim() === "" || password === "")) throw new Problem(403, { code: "needs-supervisor" });
    await settle("override", { reason: reason.trim(), supervisor: stop ? { user: user.trim(), password } : undefined }, { throws: true });
  } });
}

/** settle(act, extra): tell the server what the officer does, for everyone in the car who is not settled yet. */
async function settle(act, extra = {}, { throws = false } = {}) {
  if (state.phase !== "advice") return;
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

// ---- the discreet report: asked for when the traveller has gone ----

function oweReport(one) {
  const report = { crossing: one.settled.crossing, time: one.settled.time, name: fullName(one.person), scan: one, shown: false };
  state.reports.push(report);
  state.reminded = false;
  setTimeout(() => { report.shown = true; sayReports(); }, GONE_MS);
}

function showReportsNow() {
  for (const report of state.reports) report.shown = true;
  sayReports();
}

/** reportsFirst(): whoever leaves the lane is reminded once of a report that is due; asked again, they may go. */
function reportsFirst() {
  if (state.reminded || !mayReport() || state.reports.length === 0) return false;
  state.reminded = true;
  openReport();
  return true;
}

function mayReport() {
  return state.session?.rights.includes("discreet") ?? false;
}

function sayReports() {
  const due = mayReport() ? state.reports.filter((report) => report.shown).length : 0;
  $("report-open").hidden = due === 0;
  $("report-open").replaceChildren(make("span", { class: "note" }), make("span", { class: "unseen" }, `${t("report.due")}: `), make("span", {}, String(due)), kbd("F2"));
}

function openReport() {
  showReportsNow();
  const report = state.reports[0];
  if (!report || !mayReport()) return;
  $("report-say").replaceChildren(make("b", {}, name(report.name)), ` · ${clock(report.time)}`, discreetReasons(report.scan));
  openDialog("report", { submit: async ({ note }) => {
    if (note.trim() === "") throw new Problem(422, { code: "needs-reason" });
    report.idempotency ??= key();
    await ask("POST", "/v1/reports", { crossing: report.crossing, note: note.trim() }, { idempotency: report.idempotency });
    state.reports = state.reports.filter((one) => one !== report);
    sayReports();
    say(t("report.done"));
  } });
}

// ---- a person without machine readable lines ----

function typedPerson() {
  if (!state.session || state.phase === "settling") return;
  openDialog("typed", { submit: async (values) => {
    const upper = (text) => text.trim().toUpperCase();
    if ([values.surname, values.birth, values.nationality, values.number, values.issuer, values.expiry].some((text) => text.trim() === "")) throw new Problem(422, { code: "typed-missing" });
    const dates = [values.birth, values.expiry].every((text) => /^[0-9X]{4}(-[0-9X]{2}(-[0-9X]{2})?)?$/.test(upper(text)));
    if (!dates) throw new Problem(422, { code: "typed-date" });
    if (state.phase === "advice") beginNext();
    $("mrz").value = "";
    sayMarks();
    const person = { surname: values.surname.trim(), given: values.given.trim(), birth: upper(values.birth), sex: values.sex, nationality: upper(values.nationality),
      document: { kind: values.kind, issuer: upper(values.issuer), number: upper(values.number), expiry: upper(values.expiry) } };
    setTimeout(() => void scan({ person }), 0);
  } });
}

/** A visa or permit: for the document that comes next, or for the one whose advice stands, which is asked again. */
function permitShown() {
  if (!state.session || state.phase === "settling") return;
  statePermit(() => { if (state.phase === "advice") void scan(state.chosen.asked); });
}

/** The lines can mean a child or somebody over a hundred: ask again for the other. */
function otherCentury() {
  const { asked, permit: shown, other_birth } = state.chosen;
  if (state.phase === "advice" && other_birth) void scan({ ...asked, permit: shown, born_earlier: !asked.born_earlier });
}

// ---- keys ----

const KEYS = [["Enter", "keys.enter"], ["Esc", "keys.esc"], ["1 – 9", "keys.kinds"], ["0", "keys.born"], ["F1", "keys.f1"], ["F2", "keys.f2"], ["F3", "keys.f3"], ["Shift F3", "keys.permit"], ["F4", "keys.f4"], ["F10", "keys.f10"], ["?", "keys.help"]];

function openKeys() {
  const tray = state.specimens.map((specimen) => [specimen.key, language() === "sq" ? specimen.title_sq : specimen.title]);
  $("keys-list").replaceChildren(...[...KEYS.map(([where, what]) => [where, t(what)]), ...tray.map(([where, title]) => [where, `${t("tray")}: ${title}`])]
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
  F2: () => (state.phase === "advice" ? override() : openReport()),
  F3: typedPerson,
  "Shift+F3": permitShown,
  F4: () => $("plate").focus(),
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

function switchLanguage(next) {
  choose(next);
  sayTheme();
  sayPermit();
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
    if (state.phase === "await" && field() === "" && state.reports.length === 0) door();
    else await signInAgain();
  }
}

async function start() {
  fill();
  sayTheme();
  sayPermit();
  document.addEventListener("keydown", pressed);
  $("sign-in").addEventListener("submit", signIn);
  $("scan").addEventListener("submit", (event) => {
    event.preventDefault();
    void fieldEnter();
  });
  $("mrz").addEventListener("input", typed);
  for (const direction of ["entry", "exit"]) $(direction).addEventListener("click", () => setDirection(direction));
  for (const button of document.querySelectorAll("button[data-language]")) button.addEventListener("click", () => switchLanguage(button.dataset.language));
  for (const [id, run] of [["theme", switchTheme], ["officer", relief], ["sign-out", () => void signOut()], ["keys-open", openKeys], ["report-open", openReport], ["typed-open", typedPerson], ["permit-open", permitShown]]) $(id).addEventListener("click", run);
  $("hand-open").addEventListener("click", () => location.assign("/by-hand"));
  for (const id of ["relief", "override", "report", "typed", "permit", "again", "keys"]) bindDialog(id, () => (state.phase === "advice" ? $("main-act") : $("mrz"))?.focus());
  for (const kind of ["keydown", "pointerdown", "input"]) document.addEventListener(kind, () => { state.hand_ms = Date.now(); }, true);
  setInterval(() => { tick().catch(() => {}); }, POLL_MS);
  loadStates().catch(() => {}); // codes are shown instead of names
  let session = null;
  try {
    session = await patiently(() => call("GET", "/v1/session"));
  } catch { /* nobody is signed in */ }
  if (session) await enter(session);
  else door();
}

void start();
