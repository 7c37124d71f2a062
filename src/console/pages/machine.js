// What is known about the machine: one quiet line, loud only when it changes what the officer should do.
import { listSay, held, keepers, keptNow, lineName } from "./advice.js";
import { caseChanged, showLast, lastCrossing, fillLast } from "./aside.js";
import { alarm, alarmLists } from "./live.js";
import { $ } from "./parts.js";
import { ask } from "./session.js";
import { aloud, say, state } from "./state.js";
import { count, day, has, heightenedSay, span, t } from "./words.js";

export async function readLane() {
  const lane = await ask("GET", "/v1/lane");
  if (!state.session) return; // whoever asked has signed out
  state.lane = lane;
  state.read_ms = Date.now();
  sayMachine();
}

export function sayMachine() {
  const lane = state.lane;
  if (!lane) return;
  sayRung(lane);
  $("demonstration").hidden = !lane.demonstration;
  const since_s = (Date.now() - state.read_ms) / 1000;
  const oldest = lane.lists.reduce((most, list) => (!most || list.age_s > most.age_s ? list : most), null);
  $("lists-age").hidden = false;
  $("lists-age").textContent = oldest ? t("lists.age", { age: span(oldest.age_s + since_s) }) : t("lists.none");
  $("lists-age").classList.toggle("loud", !oldest);
  $("lists-age").title = lane.lists.map(listSay).join("\n");
  alarmLists(["former", "failed", "damaged"].includes(lane.lists_state) ? `lists-${lane.lists_state}` : "");
  $("heightened").hidden = lane.heightened.length === 0;
  $("heightened").textContent = lane.heightened.map(heightenedSay).join(" ");
  sayLedger(lane.ledger);
  $("ledger-say").title = t(`records.${lane.records.why}`, { day: day(lane.records.since) });
}

// Which fall-back, why, and since when; by direction when they differ.
function sayRung(lane) {
  const say = (rung) => (has(`rung.${rung}`) ? t(`rung.${rung}`) : rung);
  const same = lane.rung_entry === lane.rung_exit;
  const rungs = same ? say(lane.rung) : `${t("entry")}: ${say(lane.rung_entry)} · ${t("exit")}: ${say(lane.rung_exit)}`;
  $("rung").hidden = lane.rung === "normal";
  $("rung").className = "pill loud";
  $("rung").textContent = lane.cause === "none" ? rungs : `${rungs} · ${t(`cause.${lane.cause}`)}`;
  $("rung").title = lane.rung_since_ms ? t("rung.since", { age: span((Date.now() - lane.rung_since_ms) / 1000) }) : "";
}

export function sayLedger(ledger) {
  // what others could record takes no alarm down while the advice shown here is written nowhere: POST-3
  const unwritten = state.people.some((one) => one.kept === "not-recorded");
  if (ledger.recording && (ledger.recording !== "yes" || !unwritten)) alarm(ledger.recording === "yes" ? "" : ledger.recording);
  const late = ledger.site === "late";
  $("ledger-say").textContent = late ? t("ledger.late", { n: count(ledger.size) }) : t("ledger.say", { n: count(ledger.size) });
  $("ledger-say").classList.toggle("late", late);
  if (!keepers(ledger)) return;
  fillLast();
  const dots = state.phase === "await" && state.done ? document.querySelector("#result .done .held") : null;
  dots?.replaceWith(held(keptNow(state.done)));
}

export async function readLast() {
  const crossings = await ask("GET", "/v1/crossings?limit=12");
  if (state.session) showLast(crossings);
}

/** A demonstration's automatic lane is shown beside this one, as /v1/crossings does. */
export function heard(crossing) {
  const automatic = state.lane?.demonstration && crossing.lane?.startsWith("egate");
  if (!crossing.lane || crossing.lane === state.session?.lane || automatic) lastCrossing(crossing);
}

/** heardCase(event): how a case from this lane stands; an outcome is said above the buttons while no advice stands there. */
export function heardCase(event) {
  const row = caseChanged(event);
  if (!row || ["waiting", "taken"].includes(event.state)) return;
  const sentence = `${lineName(row.name || "–")}: ${t(`second.is.${event.state}`)}.`;
  if (state.phase === "await") say(sentence);
  else aloud(sentence);
}
