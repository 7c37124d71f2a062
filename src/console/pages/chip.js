// The chip of the document that was scanned last, read by the lane's reader while the officer looks. Nothing waits for it: when it
// comes, the same scan is asked again with it, and the advice says what it adds. Loaded when a lane has a reader.
import { fullName } from "./advice.js";
import { call, key } from "./api.js";
import { alarmPerson } from "./live.js";
import { $, kbd, make, name } from "./parts.js";
import { state } from "./state.js";
import { day, ownWords, pick, t } from "./words.js";

const WAIT_MS = 60000; // longer than any reader takes: it has gone, or what it said was missed
const AGAIN_MS = 5000;
const TRIES = 5;

const words = ownWords("chip");
let reading = null; // {answer, whole, scan, id, said}; said: "" (the post is asked), "reading", "no-chip", "failed", "asked"
let last = null; // what was heard last: it may come before the id is known

const chipReasons = (answer) => answer.advice.reasons.filter((one) => one.rule.startsWith("chip."));
const pause = (ms) => new Promise((on) => { setTimeout(on, ms); });

/** readChip(answer, whole, scan): have the chip read of what was sent as whole and answered so; scan sends it again. */
export async function readChip(answer, whole, scan) {
  await words;
  state.chip = { say, heard, again };
  const same = ["", "reading"].includes(reading?.said) && reading.whole.mrz === whole.mrz; // asked again meanwhile, with a visa or another century
  if (same) Object.assign(reading, { answer, whole });
  else await start({ answer, whole, scan });
  say();
}

async function start(one) {
  const mine = { ...one, id: null, said: "" };
  reading = mine;
  say();
  try {
    mine.id = (await call("POST", "/v1/chips", { mrz: mine.whole.mrz })).id;
    mine.said = "reading";
  } catch { // no reader any more, an order, lines that open no chip: the lane goes on as without one
    if (reading === mine) reading = null;
    return;
  } finally {
    say();
  }
  setTimeout(() => void heard({ id: mine.id, state: "failed" }), WAIT_MS);
  if (last?.id === mine.id) void heard(last);
}

/** again(): once more, where none was found or it could not be read. */
function again() {
  if (isShown() && canAgain()) void start(reading);
}

const isShown = () => reading !== null && state.phase === "advice" && state.people.includes(reading.answer);
const canAgain = () => ["no-chip", "failed"].includes(reading.said);

function sentence({ said, answer }) {
  if (said === "") return "";
  if (said !== "asked") return t(`chip.${said}`);
  const [first] = chipReasons(answer);
  if (!first) return "";
  return first.rule === "chip.genuine" ? t("chip.genuine", { day: day(first.data.signer_until) }) : t("chip.found", { text: pick(first) });
}

function say() {
  const text = isShown() ? sentence(reading) : "";
  if ($("chip-say").textContent !== text) $("chip-say").textContent = text; // what stands there is not said twice
  const button = $("chip-again");
  button.hidden = !isShown() || !canAgain();
  button.replaceChildren(make("span", {}, t("chip.again")), kbd("⇧F8"));
  button.onclick = again;
}

async function chipOf({ id, state: came }) {
  if (came === "refused") return { state: came };
  return came === "read" ? call("GET", `/v1/chips/${id}`) : null;
}

/** heard(event): what came of it. */
async function heard(event) {
  last = event;
  const mine = reading;
  if (mine === null || mine.id === null || event.id !== mine.id) return;
  mine.id = null; // once
  const chip = await chipOf(event).catch(() => null);
  if (chip === null) {
    mine.said = event.state === "no-chip" ? "no-chip" : "failed";
    say();
    return;
  }
  // an advice does not change under a dialog that speaks of it, nor while it is acted on or others are asked about
  while (state.session && isBusy(mine)) await pause(100);
  if (!state.session) return;
  mine.said = "asked";
  if (mine.answer.settled) await askLate(mine, chip);
  else if (state.people.includes(mine.answer)) await askAgain(mine, chip);
}

const isBusy = ({ answer }) => document.querySelector("dialog[open]") !== null || ["checking", "settling"].includes(state.phase)
  || (state.phase === "await" && state.people.includes(answer) && !answer.settled);

async function askAgain(mine, chip) {
  const sent = await mine.scan({ ...mine.answer.asked, chip });
  if (sent) mine.answer = state.people.at(-1);
  say();
}

/**
 * They were let through or sent on before the chip was read. The same is asked once more, only to see: it stands in the ledger, so
 * that what the chip said is found there, and counts as no other person asked about, as the same one was.
 */
async function askLate({ answer, whole }, chip) {
  for (let i = 0; i < TRIES && state.session; i++) {
    try {
      const found = chipReasons(await call("POST", "/v1/scans", { ...whole, chip }, { idempotency: key() })).filter((one) => one.verdict !== "clear");
      if (found.length > 0) alarmPerson((done) => lateLine(answer, found, done));
      return;
    } catch {
      await pause(AGAIN_MS);
    }
  }
}

function lateLine({ person, settled }, found, done) {
  const how = settled.outcome === "referred" ? "referred" : "passed";
  return make("p", { class: "late-chip" }, make("span", {}, name(fullName(person)), ": ", found.map((one) => pick(one)).join(" ")), make("small", {}, t(`chip.late.${how}`)),
    make("button", { type: "button", class: "pill", onclick: () => { done(); $("mrz").focus(); } }, t("chip.seen")));
}
