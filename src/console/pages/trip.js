// Trip mode of the lane: people who cross together. Scans come without pause, each takes its seat; who is clear waits,
// only what is not clear stops and asks; one key records everybody and the vehicle. The server says who needs what.
import { fullName, showAdvice } from "./advice.js";
import { key, Problem } from "./api.js";
import { lastCrossing } from "./aside.js";
import { problemSay } from "./dialogs.js";
import { field, knownLines, learnShape, sayMarks } from "./field.js";
import { alarm, unwritten } from "./live.js";
import { $, act, icon, make, name } from "./parts.js";
import { clearShown, shown } from "./permit.js";
import { oweReport } from "./report.js";
import { ask } from "./session.js";
import { aloud, say, state } from "./state.js";
import { pick, state as stateName, t } from "./words.js";

const ARM_MS = 350; // a reader's second Enter must not record

/** The fields of the vehicle. */
export const VEHICLE_FIELDS = ["plate", "vehicle-kind", "vehicle-sign", "vehicle-vin"];

const page = {}; // what the lane page does

/** bindTrip({toAwait, record, refer, override, next, born, kind, choose}) */
export function bindTrip(hooks) {
  Object.assign(page, hooks);
}

const fresh = () => ({ id: null, vehicle: null, advice: null, act: null, seats: [], acts: new Map(), adults: 0, children: 0, tries: {}, leaving: false });

export function inTrip() {
  return state.trip !== null;
}

function open() {
  return state.trip.seats.filter((one) => !one.settled);
}

/** What still asks: the vehicle first, then by seat. */
function asking() {
  const { advice, act: done } = state.trip;
  return { vehicle: advice !== null && advice.advice !== "clear" && done === null, seats: open().filter((one) => one.advice.advice !== "clear" && !state.trip.acts.has(one.scan)) };
}

// ---- in and out ----

const MODE = "postern.trip"; // of this tab: who comes back from another page finds the mode as it was

function keep() {
  try {
    sessionStorage.setItem(MODE, inTrip() ? $("vehicle-kind").value : "");
  } catch { /* storage switched off: the mode begins anew */ }
}

/** resumeTrip(): the mode as it was on this tab. */
export function resumeTrip() {
  try {
    const kind = sessionStorage.getItem(MODE);
    if (kind && !inTrip()) {
      state.trip = fresh();
      $("vehicle-kind").value = kind;
    }
  } catch { /* storage switched off */ }
  sayTripMode();
}

/** tripHolds(): people sit there who are recorded or put aside first. */
export function tripHolds() {
  return inTrip() && (state.trip.seats.length > 0 || fed > 0);
}

/** switchTrip(): into trip mode and out of it. It stays on from one vehicle to the next. */
export function switchTrip() {
  if (state.phase === "settling") return;
  if (tripHolds()) {
    say(t("trip.first"));
    return;
  }
  state.trip = inTrip() ? null : fresh();
  keep();
  sayTripMode();
  page.toAwait();
  say(t(inTrip() ? "trip.on" : "trip.off"));
}

function sayTripMode() {
  const on = inTrip();
  $("trip-open").setAttribute("aria-pressed", String(on));
  for (const id of ["vehicle-pair", "sign-pair", "vin-pair"]) $(id).hidden = !on;
  for (const id of ["adults", "children"]) $(id).closest(".pair").hidden = on;
}

/** leaveTrip(): Escape: once to be asked, twice to put everybody aside. Nothing was recorded of them. */
export function leaveTrip() {
  const { trip } = state;
  if (trip.seats.length + (trip.vehicle ? 1 : 0) > 0 && !trip.leaving) {
    trip.leaving = true;
    say(t("trip.leave", { n: trip.seats.length }));
    return;
  }
  begin();
  page.toAwait();
  say("");
}

/** The next vehicle: mode, direction and kind of vehicle stay. */
function begin() {
  state.trip = fresh();
  waiting = "";
  $("plate").value = "";
  $("vehicle-sign").value = "";
  $("vehicle-vin").value = "";
}

// ---- the vehicle ----

function vehicle() {
  const plate = $("plate").value.trim();
  if (plate === "") return undefined;
  const one = { plate, kind: $("vehicle-kind").value };
  if ($("vehicle-sign").value.trim() !== "") one.sign = $("vehicle-sign").value.trim();
  if ($("vehicle-vin").value.trim() !== "") one.vin = $("vehicle-vin").value.trim();
  return one;
}

let beginning = null;

/** One trip for all that is sent; the vehicle goes with it when there is one, or later. */
function ensure() {
  const { trip } = state;
  const wanted = vehicle();
  const same = trip.id !== null && (wanted === undefined || JSON.stringify(wanted) === JSON.stringify(trip.vehicle));
  if (same) return Promise.resolve(trip);
  if (beginning) return beginning.then(ensure); // what was given meanwhile goes after it
  beginning = ask("POST", "/v1/trips", { ...(trip.id ? { trip: trip.id } : {}), direction: state.direction, ...(wanted ? { vehicle: wanted } : {}) }, { idempotency: key() })
    .then((answer) => Object.assign(trip, { id: answer.trip, vehicle: wanted ?? null, said: answer.vehicle ?? null, advice: wanted ? answer.advice : null, act: null }))
    .finally(() => { beginning = null; });
  return beginning;
}

/** vehicleGiven(): the plate is there: what the lists say of it shows at once. */
export async function vehicleGiven() {
  keep();
  if (!inTrip() || vehicle() === undefined) return;
  try {
    await ensure();
    say("");
    page.toAwait({ keep: true, stay: VEHICLE_FIELDS.includes(document.activeElement?.id) }); // who types the next of them goes on
    if (state.trip.advice?.advice !== "clear") arm();
  } catch (error) {
    say(problemSay(error));
  }
}

// ---- scans, one after the other, fed without pause ----

let feeding = Promise.resolve();
let fed = 0;

/** tripScan(what): one document. The field is free at once; answers come in the order of scans. */
export function tripScan(what) {
  state.trip.leaving = false;
  state.done = null;
  what = { ...what, ...shown() }; // it is this one traveller's
  clearShown();
  fed++;
  feeding = feeding.then(() => seat(what)).finally(() => {
    fed--;
    settleDown();
  });
  return feeding;
}

async function send(what) {
  const { trip } = state;
  const answer = await ask("POST", "/v1/scans", { direction: state.direction, ...what, trip: trip.id }, { idempotency: key() });
  Object.assign(answer, { asked: what, permit: what.permit, proof: what.proof });
  trip.acts.delete(trip.seats[answer.trip.seat - 1]?.scan);
  trip.seats[answer.trip.seat - 1] = answer;
  [trip.adults, trip.children] = [answer.trip.adults, answer.trip.children];
  if (answer.warning || answer.kept === "not-recorded") alarm(unwritten(answer));
  return answer;
}

async function seat(what) {
  try {
    await ensure();
    const answer = await send(what);
    for (const scan of answer.trip.ask_again) { // the server says whose advice stands on another party
      const one = state.trip.seats.find((each) => each.scan === scan);
      if (one && one !== answer) await send(one.asked);
    }
    aloud(`${t("trip.seat", { n: answer.trip.seat })}: ${fullName(answer.person)}. ${t(answer.advice.advice)}.`);
  } catch (error) {
    say(problemSay(error));
    if (error instanceof Problem && error.code === "trip-unknown") state.trip.id = null;
  }
}

/** When the reader pauses: the first that asks is shown, else everybody. */
function settleDown() {
  if (!inTrip() || state.phase === "settling") return;
  const { seats } = asking();
  if (state.phase === "advice" && !seats.includes(state.chosen)) Object.assign(state, { phase: "await", people: [] });
  arm();
  if (fed === 0 && field() === "" && waiting === "" && seats.length > 0) {
    Object.assign(state, { people: [seats[0]], chosen: seats[0], phase: "advice" });
    showSeat();
    $("main-act").focus({ preventScroll: true });
  } else if (state.phase !== "advice") {
    showTrip();
  }
}

function arm() {
  state.armed_at = performance.now() + ARM_MS;
}

// ---- the reader's lines ----

let waiting = ""; // lines that were ended and are not yet a document

/** tripEnter(): the end of a line. The field is emptied at once, so that the next document may begin. */
export async function tripEnter() {
  const text = field();
  if (text.trim() === "" && waiting === "") {
    mainTripAct();
    return;
  }
  waiting += `${text.trimEnd()}\n`;
  $("mrz").value = "";
  sayMarks();
  await digest();
}

let digesting = false;

/** One document after the other out of the lines that wait. Only the first of its shape is asked about. */
async function digest() {
  if (digesting) return;
  digesting = true;
  try {
    while (waiting !== "") {
      const lines = waiting.trimEnd().split("\n");
      const n = knownLines(lines) || (await askLines(lines));
      if (n === 0 && waiting.trimEnd().split("\n").length > lines.length) continue; // a line more has come meanwhile
      if (n === 0) {
        $("mrz").value = waiting + field(); // half a document: the hand goes on
        waiting = "";
        sayMarks();
        return;
      }
      waiting = waiting.split("\n").slice(n).join("\n");
      void tripScan({ mrz: lines.slice(0, n).join("\n") });
    }
  } finally {
    digesting = false;
  }
}

async function askLines(lines) {
  for (let n = 1; n <= Math.min(3, lines.length); n++) {
    try {
      const marks = await ask("POST", "/v1/mrz", { mrz: lines.slice(0, n).join("\n") });
      if (!marks?.complete) continue;
      learnShape(lines.slice(0, n));
      return n;
    } catch (error) {
      say(problemSay(error));
      return 0;
    }
  }
  return 0;
}

// ---- what the officer says of one that asks ----

/** tripAct(act, extra): what shall become of whom the screen shows; recorded with everybody, or, with a supervisor's signature, at once. */
export async function tripAct(what, extra = {}) {
  const one = state.chosen;
  if (extra.supervisor) {
    one.settled = await ask("POST", "/v1/crossings", { scan: one.scan, act: what, ...extra }, { idempotency: (one.tries ??= key()) });
    told(one, one.settled);
  } else if (what === "record") {
    state.trip.acts.delete(one.scan);
  } else {
    const { supervisor: _, ...rest } = extra;
    state.trip.acts.set(one.scan, { act: what, ...rest });
  }
  state.people = [];
  state.phase = "await";
  say("");
  settleDown();
  if (state.phase !== "advice") $("mrz").focus();
}

/** Send the vehicle to the second line; what else asks comes after it. */
function tripKind(kind) {
  if (!asking().vehicle || performance.now() < state.armed_at) return;
  state.trip.act = { act: "refer", kind };
  showTrip();
}

/** vehicleAsks(): what stands against the vehicle is not answered yet. */
export function vehicleAsks() {
  return inTrip() && state.phase !== "settling" && asking().vehicle;
}

/**
 * overrideVehicle(): let the vehicle pass, with a reason. Against a stop a supervisor signs, and that is sent with everybody at once: no
 * password waits for the others.
 */
export function overrideVehicle() {
  const { trip } = state;
  const stop = trip.advice.advice === "stop";
  if (stop && (trip.seats.length === 0 || fed > 0 || asking().seats.length > 0)) {
    say(t("trip.vehicle.last"));
    return;
  }
  page.askOverride(vehicleSay(trip), stop, async ({ reason, supervisor }) => {
    if (supervisor) {
      await record({ act: "override", reason }, { supervisor });
      return;
    }
    trip.act = { act: "override", reason };
    arm();
    showTrip();
  }, ["vehicle", "plate"]);
}

function mainTripAct() {
  if (performance.now() < state.armed_at || state.phase === "settling") return;
  const { vehicle: asks, seats } = asking();
  if (asks) tripKind("vehicle");
  else if (seats.length > 0) settleDown();
  else void recordAll();
}

// ---- one key for everybody ----

function told(one, settled) {
  lastCrossing({ crossing: settled.crossing, time: settled.time, name: fullName(one.person), direction: settled.direction ?? state.direction, outcome: settled.outcome, kept: settled.kept, seq: settled.receipt.seq });
  if (settled.prompt === "report") oweReport(one);
}

async function recordAll() {
  if (state.trip.seats.length === 0 || fed > 0 || state.phase === "settling") return;
  try {
    await record(state.trip.act);
  } catch (error) {
    say(problemSay(error));
  }
}

/** Everybody and the vehicle in one request; a refusal is thrown, and all of them sit there as before. */
async function record(vehicleAct, signed = {}) {
  const { trip } = state;
  const people = open();
  state.phase = "settling";
  const body = { trip: trip.id, seats: people.map((one) => ({ scan: one.scan, ...trip.acts.get(one.scan) })), ...(vehicleAct ? { vehicle: vehicleAct } : {}), ...signed };
  try {
    const answer = await ask("POST", "/v1/trips/record", body, { idempotency: (trip.tries[JSON.stringify(body)] ??= key()) });
    people.forEach((one, i) => {
      one.settled = answer.crossings[i];
      told(one, one.settled);
    });
    state.done = { text: t(`done.record.${state.direction}`), name: [peopleSay(answer.occupants), trip.vehicle?.plate.toUpperCase()].filter(Boolean).join(" · "), kept: answer.kept, seq: answer.receipt.seq };
    begin();
    page.toAwait();
    aloud(`${state.done.text} ${state.done.name}.`);
  } catch (error) {
    state.phase = "await";
    showTrip();
    throw error;
  }
}

// ---- the screen ----

/** showSeat(): one who is not clear, as at any lane; what stands against the vehicle stands above everybody in it. */
export function showSeat() {
  const { trip } = state;
  showAdvice($("result"), $("desk-acts"), state.people, state.chosen, state.direction, page);
  if (trip.advice && trip.advice.advice !== "clear")
    $("result").prepend(make("p", { class: "of-vehicle", "data-tone": trip.advice.advice }, icon(trip.advice.advice, 20),
      make("span", {}, make("b", {}, t("trip.vehicle.against")), " ", name(vehicleSay(trip)), " · ", pick(trip.advice.reasons.find((one) => one.verdict !== "clear") ?? {}))));
}

function seatRow(one, i) {
  const done = one.settled ? t(`outcome.${one.settled.outcome}`) : state.trip.acts.has(one.scan) ? t(`trip.act.${state.trip.acts.get(one.scan).act}`) : t(one.advice.advice);
  return make("li", { "data-tone": one.advice.advice }, make("span", { class: "place-of" }, String(i + 1)), icon(one.advice.advice, 20), name(fullName(one.person)), make("small", {}, done));
}

function vehicleSay(trip) {
  if (!trip.vehicle) return t("trip.on-foot");
  return [trip.vehicle.plate.toUpperCase(), t(`vehicle.${trip.vehicle.kind}`), trip.said?.state ? stateName(trip.said.state) : ""].filter(Boolean).join(" · ");
}

/** A ferry's booking of this plate, and whether as many sit there as it names. Said, and stops nobody. */
function bookedSay(trip) {
  const booking = trip.said?.booking;
  if (!booking) return null;
  const more = booking.people === 0 ? 0 : trip.seats.length - booking.people;
  return [make("br"), make("b", { id: "booked" }, t(more > 0 ? "trip.booked.more" : more < 0 ? "trip.booked.fewer" : "trip.booked", { booking: booking.reference, n: booking.people, more: Math.abs(more) }))];
}

const peopleSay = (n) => (n === 0 ? t("trip.empty") : t("party.of", { n }));

/** How many are through, and how many the booking names, at a glance. */
function progressOf(trip) {
  const of = trip.said?.booking?.people ?? 0;
  const other = open().filter((one) => one.advice.advice !== "clear").length;
  return [make("span", { class: "facts", id: "trip-tally" }, t("trip.count", { adults: trip.adults, children: trip.children }), other > 0 ? [make("br"), t("trip.tally", { clear: trip.seats.length - other, other })] : null, bookedSay(trip), vinSay(trip)),
    of > 0 ? make("progress", { max: String(of), value: String(Math.min(of, trip.seats.length)), "aria-label": t("trip.booked", { booking: trip.said.booking.reference, n: of }) }) : null];
}

/** What the number of the chassis says of itself, when one was given. */
function vinSay(trip) {
  const vin = trip.vehicle?.vin ? trip.said?.vin : null;
  return vin ? [make("br"), make(vin === "wrong" || vin === "none" ? "b" : "span", { id: "vin-said" }, t(`trip.vin.${vin}`))] : null;
}

function vehicleReasons(trip) {
  if (!trip.advice || trip.advice.advice === "clear") return null;
  return make("ol", { class: "reasons", id: "vehicle-why" }, trip.advice.reasons.filter((one) => one.verdict !== "clear").map((one) => make("li", { "data-tone": one.verdict }, make("span", { class: "mark" }, icon(one.verdict, 24)), make("span", { class: "sentence" }, pick(one)),
    make("small", {}, [one.data?.list, one.data?.entry, one.data?.owner].filter(Boolean).join(" · ")))));
}

/** Whom the carrier's list has under this booking and who has not sat down yet. Where a row is, says who it is. */
function missing(trip) {
  const { voyage, list = [] } = trip.said?.booking ?? {};
  if (list.length === 0) return null;
  const here = new Set(trip.seats.filter((one) => one.arrival?.id === voyage).map((one) => one.arrival.row));
  const rest = list.filter((one) => !here.has(one.row));
  return make("div", { id: "missing" }, make("p", { class: "quiet" }, t(rest.length > 0 ? "trip.missing" : "trip.missing.none", { n: rest.length, of: list.length })),
    make("ol", { class: "seats" }, rest.map((one) => make("li", {}, make("span", { class: "place-of" }, "–"), name(fullName(one)), one.arrived ? make("small", {}, t("trip.came")) : null))));
}

/** showTrip(): who sits there, how many, and the one key. */
export function showTrip() {
  const { trip } = state;
  const box = $("result");
  const { vehicle: asks, seats } = asking();
  const tone = asks ? trip.advice.advice : seats.length > 0 ? "refer" : "clear";
  box.className = "card trip-card";
  box.dataset.tone = tone;
  box.setAttribute("aria-busy", String(fed > 0));
  box.replaceChildren(...[
    make("div", { class: "advice", id: "trip-head" }, icon(tone), make("strong", {}, peopleSay(trip.seats.length)), make("p", {}, name(vehicleSay(trip))), progressOf(trip)),
    vehicleReasons(trip),
    trip.seats.length > 0 ? make("ol", { class: "seats", id: "seats", "aria-label": t("party") }, trip.seats.map(seatRow)) : make("p", { class: "quiet" }, t("trip.scan")),
    missing(trip)].filter(Boolean));
  box.scrollTop = box.scrollHeight;
  $("desk-acts").replaceChildren(make("div", { class: "acts" },
    asks ? [act(t("trip.vehicle.refer"), "Enter", { main: true, run: () => tripKind("vehicle"), id: "main-act" }), act(t(tone === "stop" ? "override.stop" : "override.open"), "F2", { run: overrideVehicle, id: "override-open" })]
      : trip.seats.length > 0 ? act(t(`record.${state.direction}.party`, { n: open().length }), "Enter", { main: true, run: () => mainTripAct(), id: "main-act" }) : null,
    act(t("trip.end"), "Escape", { run: leaveTrip, id: "next" })));
  $("desk-acts").dataset.tone = tone;
}
