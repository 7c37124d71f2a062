// Back from an attack: what the gate lacks and what to do about each thing, how far the return is, and the lanes that a supervisor
// lets in. The post judges; this card shows and asks.
import { call } from "./api.js";
import { $, make } from "./parts.js";
import { count, moment, pick, t } from "./words.js";

const WAYS = ["entry", "exit"];
const TIMES = [["system_ms", "gate.system"], ["service_ms", "gate.service"], ["backlog_ms", "gate.backlog"]];
let gate = null;
let failed = () => {};

function said() {
  if (!gate.wanted) return t(gate.stage === "none" ? "gate.none" : `gate.stage.${gate.stage}`);
  return gate.open ? t("gate.open") : t("gate.shut", { n: count(gate.missing.length) });
}

function lacking(row) {
  return make("li", { "data-word": row.word }, make("strong", {}, pick(row)), make("br"), make("span", { class: "quiet" }, pick(row, "remedy")));
}

async function letIn(lane, direction) {
  try {
    gate = await call("POST", "/v1/gate/lanes", { lane, direction });
    showGate();
  } catch (error) {
    failed(error);
  }
}

function laneRow(lane) {
  return make("li", {}, `${t("lane")} ${lane.lane}: `, WAYS.map((way) => (lane[way] ? make("span", { class: "pill" }, t("gate.in", { direction: t(way) }))
    : make("button", { type: "button", class: "act", onclick: () => void letIn(lane.lane, way) }, t("gate.let-in", { direction: t(way) })))));
}

/** showGate(): the card as the post last said it, in the chosen language. */
export function showGate() {
  if (!gate) return;
  $("gate-say").textContent = said();
  $("gate-missing").replaceChildren(...gate.missing.map(lacking));
  $("gate-lanes").replaceChildren(...(gate.places > 0 ? gate.lanes.map(laneRow) : []));
  $("gate-places").textContent = gate.places > 0 ? t("gate.places", { n: count(gate.places) }) : "";
  $("gate-steady").textContent = gate.steady_ms ? t("gate.steady", { time: moment(gate.steady_ms) }) : "";
  $("gate-times").replaceChildren(...(gate.attack_ms ? TIMES.map(([key, word]) => make("li", {}, `${t(word)}: ${gate[key] ? moment(gate[key]) : t("gate.not-yet")}`)) : []));
}

/** askGate(onError): ask the post and show it. */
export async function askGate(onError) {
  failed = onError;
  gate = await call("GET", "/v1/gate");
  showGate();
}

export function clearGate() {
  gate = null;
  for (const id of ["gate-say", "gate-missing", "gate-lanes", "gate-places", "gate-steady", "gate-times"]) $(id).replaceChildren();
}
