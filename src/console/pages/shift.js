// The shift: lanes and for whom they are, what went to the second line, how long the queue is, step down and consent, and the
// hand-over that two people sign. The server counts; this page shows, and asks again when the ledger grew.
import { key, Problem } from "./api.js";
import { problemSay, staffAlarm } from "./dialogs.js";
import { call, ended, openDoor, POST_PAGES, signedIn } from "./door.js";
import { askGate, clearGate, showGate } from "./gate.js";
import { hush, listen } from "./live.js";
import { $, make, name } from "./parts.js";
import { figure, now, rungPill, since, table, tell } from "./watching.js";
import { count, has, heightenedSay, ownWords, span, t } from "./words.js";

await ownWords("shift");

const NEXT = 4; // arrivals shown
const CATEGORIES = ["own-nationals", "all-passports", "crew", "coaches", "lorries", "local-border-traffic"];
const METHODS = ["queue-walk", "card", "arrival"];
const CAUSES = ["technical", "attack", "mistake", "drill"];
const HEADS = ["lane", "shift.state", "shift.category", "shift.officer", "shift.active", "country.hour"];
const AGAIN_MS = 1500; // between two questions, however fast lanes work
const EVERY_MS = 15000;
let shift = null;
let orders = null;
let coming = null;
let timer = null;
let asked_ms = 0;

// ---- what stands ----

function laneRow(lane) {
  const state = lane.open === undefined ? t("shift.not-told") : t(lane.open ? "shift.open" : "shift.closed");
  return { cells: [lane.lane, state, lane.open ? t(`shift.for.${lane.category}`) : "–", lane.officer ? name(lane.officer) : "–", lane.active_ms ? since(lane.active_ms) : "–", count(lane.hour)] };
}

function nextSay() {
  const forks = { nothing: "", itself: "shift.next.itself", duty: "shift.next.duty", sheets: "shift.next.sheets", gate: "shift.next.gate" };
  return forks[shift.next] ? t(forks[shift.next]) : "";
}

function sayFigures() {
  const open = shift.lanes.filter((lane) => lane.open).length;
  const second = shift.referrals.reduce((sum, one) => sum + one.count, 0);
  const matches = shift.referrals.find((one) => one.kind === "match")?.count ?? 0;
  const kinds = shift.referrals.map((one) => `${t(`refer.${one.kind}`)} ${one.count}`).join(", ");
  $("figures").replaceChildren(
    figure(count(open), t("shift.open-lanes", { n: count(shift.lanes.length) }), null),
    figure(count(shift.hour), t("shift.hour", { n: count(shift.ten * 6) }), null),
    figure(count(shift.crossings), t("shift.crossings", { age: shift.began_ms ? span((now() - shift.began_ms) / 1000) : "–" }), null),
    figure(count(matches), t("shift.matches"), matches > 0 ? "bad" : null),
    figure(count(shift.late_open), t("shift.late", { n: count(shift.late) }), shift.late_open > 0 ? "bad" : null),
    figure(count(second), kinds ? `${t("shift.referrals")}: ${kinds}` : t("shift.referrals"), null),
    figure(count(shift.overridden), t("shift.overridden"), null),
    figure(count(shift.sheets_open), t("shift.sheets", { n: count(shift.sheets), packs: count(shift.packs) }), shift.sheets_open > 0 ? "bad" : null),
    ...(shift.clock_off_s ? [figure(span(Math.abs(shift.clock_off_s)), t(shift.clock_off_s > 0 ? "shift.clock.ahead" : "shift.clock.behind"), "bad")] : []),
    ...shift.waits.map((wait) => figure(t("span.minutes", { n: wait.minutes }), t("shift.waited", { direction: t(wait.direction), method: t(`shift.by.${wait.method}`), age: span((now() - wait.time_ms) / 1000) }), null)));
}

/** paceAtOpen(): people an hour through the lanes that are open, at what each lane that worked let through in the last hour; 0: not known. */
function paceAtOpen() {
  const worked = shift.lanes.filter((lane) => lane.hour > 0);
  const open = shift.lanes.filter((lane) => lane.open).length || worked.length;
  return worked.length === 0 ? 0 : (worked.reduce((sum, lane) => sum + lane.hour, 0) / worked.length) * open;
}

function arrivalRow(one) {
  const left = Math.max(0, one.counts.people - one.counts.arrived);
  const pace = paceAtOpen();
  const title = one.kind === "ship" ? one.ship || one.imo : `${one.carrier ?? ""} ${one.number ?? ""}`.trim();
  return make("li", {}, since(Date.parse(one.due)), ` · ${title || one.name} · ${t("shift.coming", { n: count(left) })} · `,
    pace > 0 ? t("shift.pace", { n: count(Math.ceil((left * 60) / pace)) }) : t("shift.no-pace"));
}

function sayComing() {
  const next = (coming?.arrivals ?? []).filter((one) => !one.leaves && one.state !== "cancelled" && one.due && one.counts && one.counts.people > one.counts.arrived && Date.parse(one.due) > now() - 4 * 3600000)
    .sort((a, b) => Date.parse(a.due) - Date.parse(b.due)).slice(0, NEXT);
  $("coming").replaceChildren(...(next.length > 0 ? next.map(arrivalRow) : [make("li", { class: "quiet" }, t("shift.none-coming"))]));
}

function orderRow(order) {
  const what = [t(`verb.${order.verb}`), order.rung === "normal" ? "" : t(`rung.${order.rung}`), order.cause === "none" ? "" : t(`cause.${order.cause}`), t(`fate.${order.fate}`)].filter(Boolean).join(" · ");
  const asked = order.fate === "waiting" && ["restore", "advance"].includes(order.verb);
  return make("li", {}, what, order.fate === "standing" || order.fate === "ended" ? "" : ` (${order.why}) `, " ", since(order.seen_ms), " ",
    !asked ? null : order.consented ? make("b", {}, t("shift.consented"))
      : make("button", { type: "button", class: "act", onclick: () => void consent(order.order) }, t("shift.consent")));
}

/** The staff list, and loudly what is wrong with it. */
function sayStaff() {
  const { list, version, people, keyed, left_s: left } = shift.staff;
  $("staff-alarm").replaceChildren(...staffAlarm(shift.staff));
  $("shift-staff").textContent = list ? t("staff.stands", { n: version, people: count(people), keyed: count(keyed), left: span(left) }) : t("staff.none");
}

const DAY_S = 86400;

/** Nothing can be recorded: why, and what to do. */
function sayRecording() {
  const key = `alarm.${shift.recording}`;
  $("ledger-alarm").textContent = has(key) ? `${t(key)} ${t(`${key}.say`)}` : "";
}

/** A damaged file of rules: what goes on instead. */
function sayRules() {
  const damaged = (state) => state === "former" || state === "failed";
  const said = [damaged(shift.rules_state) ? t(`shift.rules.${shift.rules_state}`) : "", damaged(shift.conditions_state) ? t(`shift.conditions.${shift.conditions_state}`) : ""];
  $("rules-alarm").textContent = said.join(" ").trim();
}

/** Heightened checks that are in force here today, and how many they met. */
function sayHeightened() {
  $("shift-heightened").replaceChildren(...shift.heightened.map((one) => make("li", {}, `${heightenedSay(one)} ${t("shift.met", { n: one.met })}`)));
}

/** Who asks about many people and settles few: is a list read out there? */
function sayIdle() {
  $("looks-alarm").textContent = shift.idle_looks.map((one) => t(one.lane ? "shift.idle.lane" : "shift.idle.officer", { name: one.lane ?? one.officer, asked: count(one.asked), settled: count(one.settled) })).join(" ");
}

/** How old the lists are, where somebody signs for it: past a day it stands out, past three it says what to do. */
function sayLists() {
  const bad = ["former", "failed", "damaged"].includes(shift.lists_state);
  $("lists-alarm").textContent = bad ? `${t(`alarm.lists-${shift.lists_state}`)} ${t(`shift.lists.${shift.lists_state}`)}` : "";
  const oldest = Math.max(0, ...shift.lists.map((list) => list.age_s));
  const line = $("over-lists");
  line.className = oldest > DAY_S ? "needs" : "";
  line.textContent = shift.lists.length === 0 ? t("lists.none") : t(oldest > 3 * DAY_S ? "shift.lists-three" : "shift.lists-sign", { age: span(oldest) });
}

function show() {
  choices();
  showGate();
  if (!shift) return;
  $("rung").replaceChildren(rungPill({ ...shift }));
  $("shift-next").textContent = nextSay();
  sayFigures();
  sayStaff();
  sayRecording();
  sayRules();
  sayHeightened();
  sayIdle();
  sayComing();
  $("lanes").replaceChildren(table(t("shift.lanes"), HEADS, shift.lanes.map(laneRow), 5));
  $("lane-names").replaceChildren(...shift.lanes.map((lane) => make("option", { value: lane.lane })));
  const lists = shift.lists.length > 0 ? shift.lists.map((list) => `${list.list}: ${span(list.age_s)}`).join(", ") : t("lists.none");
  $("shift-foot").textContent = `${t("country.lists")}: ${lists}`;
  $("shift-fold").hidden = !shift.fold_refused;
  $("shift-fold").textContent = shift.fold_refused ? t("shift.fold-refused") : "";
  sayLists();
  $("handed").replaceChildren(...(shift.handed ? [make("p", {}, since(shift.handed.time_ms), ` · ${t("shift.from-to", { by: shift.handed.by, to: shift.handed.to })}`),
    shift.handed.lists_age_h > 0 ? make("p", {}, t("shift.lists-taken", { age: span(shift.handed.lists_age_h * 3600) })) : null, make("p", { class: "kept-lines" }, shift.handed.words)].filter(Boolean) : [make("p", { class: "quiet" }, t("shift.never"))]));
  $("overrides").replaceChildren(...shift.overrides.map((one) => make("li", {}, since(one.time_ms), ` · ${t("lane")} ${one.lane} · ${one.officer}`, one.supervisor ? ` · ${t("shift.signed", { name: one.supervisor })}` : "")));
  if (shift.overrides.length === 0) $("overrides").append(make("li", { class: "quiet" }, t("country.nothing")));
  $("orders").replaceChildren(...(orders?.orders?.length > 0 ? orders.orders.slice(0, 12).map(orderRow) : [make("li", { class: "quiet" }, t("room.no-orders"))]));
}

function options(select, values, words) {
  const chosen = select.value;
  select.replaceChildren(...values.map((value) => make("option", { value }, words(value))));
  select.value = values.includes(chosen) ? chosen : values[0];
}

function choices() {
  options($("category"), [...CATEGORIES, "closed"], (one) => (one === "closed" ? t("shift.close") : t(`shift.for.${one}`)));
  options($("method"), METHODS, (one) => t(`shift.by.${one}`));
  options($("step-rung"), ["local", "manual"], (one) => t(`rung.${one}`));
  options($("step-cause"), CAUSES, (one) => t(`cause.${one}`));
}

// ---- asking and telling ----

function took(answer) {
  shift = answer;
  tell(shift.time_ms);
  $("shift-alarm").textContent = "";
  show();
}

async function ask() {
  asked_ms = Date.now();
  try {
    took(await call("GET", "/v1/shift"));
    orders = await call("GET", "/v1/orders");
    coming = await call("GET", "/v1/arrivals");
    show();
    $("gate-wrong").textContent = "";
    await askGate((error) => failed(error, "gate-wrong"));
  } catch (error) {
    if (!ended(error)) $("shift-alarm").textContent = error instanceof Problem ? problemSay(error) : t("country.lost");
  }
}

/** soon(): the ledger grew: ask again, but not for each of many crossings. */
function soon() {
  if (timer !== null) return;
  timer = setTimeout(() => { timer = null; if (signedIn()) void ask(); }, Math.max(0, asked_ms + AGAIN_MS - Date.now()));
}

function failed(error, id) {
  if (!ended(error)) $(id).textContent = error instanceof Problem ? problemSay(error) : t("error.not-recorded");
}

/** form(id, wrong, send): send what a form holds; it empties when that went well. */
function form(id, wrong, send) {
  $(id).addEventListener("submit", async (event) => {
    event.preventDefault();
    $(wrong).textContent = "";
    try {
      await send(Object.fromEntries(new FormData($(id))));
      $(id).reset();
      show();
    } catch (error) {
      failed(error, wrong);
    }
  });
}

async function consent(order) {
  $("consent-wrong").textContent = "";
  try {
    await call("POST", "/v1/orders/consent", { order });
    soon();
  } catch (error) {
    failed(error, "consent-wrong");
  }
}

form("lane-form", "lane-wrong", async ({ lane, category }) => {
  const open = category !== "closed";
  took(await call("POST", "/v1/shift/lanes", { lane: lane.trim().toLowerCase(), open, ...(open ? { category } : {}) }));
});
form("wait-form", "wait-wrong", async ({ direction, minutes, method }) =>
  took(await call("POST", "/v1/shift/waits", { direction, minutes: /^\d+$/.test(minutes.trim()) ? Number(minutes) : -1, method })));
form("step-form", "step-wrong", async ({ rung, cause, reason }) => {
  await call("POST", "/v1/rung", { rung, cause, reason });
  soon();
});
form("over-form", "over-wrong", async ({ words, user, password }) =>
  took(await call("POST", "/v1/shift/handover", { words, second: { user: user.trim(), password } }, { idempotency: key() })));

// ---- the page ----

function entered(session) {
  if (session.role !== "supervisor") {
    $("shift-alarm").textContent = has("error.not-allowed") ? t("error.not-allowed") : "";
    for (const one of document.querySelectorAll("#shift .card")) one.hidden = true;
    return;
  }
  for (const one of document.querySelectorAll("#shift .card")) one.hidden = false;
  listen({ kept: soon, rung: soon, list: soon, staff: soon });
  void ask();
}

setInterval(() => { if (signedIn()?.role === "supervisor" && !document.hidden) soon(); }, EVERY_MS);
await openDoor({
  main: "shift", title: "shift", lane: "shift", pages: POST_PAGES, entered, words: show,
  left: () => { hush(); clearGate(); shift = orders = coming = null; for (const id of ["lanes", "figures", "orders", "overrides", "handed", "coming", "ledger-alarm", "staff-alarm", "lists-alarm", "rules-alarm", "looks-alarm", "shift-heightened"]) $(id).replaceChildren(); },
});
