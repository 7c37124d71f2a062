// The line to the post's machine: events as they come, and noticing at once, loudly, when nobody answers.
import { call, Lost } from "./api.js";
import { $, make } from "./parts.js";
import { t } from "./words.js";

const PROBE_MS = 1500;
let events = null;
let lost = false;
let waiting = [];
let standing = "";

let lists = "";
const people = new Set(); // lines of their own, of people whom something came out about too late

function show() {
  const alarm = $("alarm");
  const keys = [lost ? "lost" : standing, lists].filter(Boolean);
  alarm.hidden = keys.length + people.size === 0;
  alarm.classList.toggle("worst", keys.includes("lists-failed") || keys.includes("lists-damaged") || keys.includes("gone-back") || people.size > 0);
  alarm.replaceChildren(...keys.map((key) => make("p", {}, make("span", {}, t(`alarm.${key}`)), make("small", {}, t(`alarm.${key}.say`)))), ...[...people].map((line) => line(() => { people.delete(line); show(); })));
}

/** alarmPerson(line): line(done) makes it, in the language of then; done() takes it down. Without one, all are taken down. */
export function alarmPerson(line) {
  if (line) people.add(line);
  else people.clear();
  show();
}

/** alarmLists(key): the same for the lists ("lists-former", "lists-failed", "lists-damaged"), beside what else is wrong. */
export function alarmLists(key) {
  if (key === lists) return;
  lists = key;
  show();
}

/** unwritten(answer): the alarm for an advice that nobody has written down. */
export function unwritten(answer) {
  const code = answer.warning?.code;
  return code === "disk-full" || code === "gone-back" ? code : "not-recorded";
}

/** alarm(key): stand a loud line up ("disk-full", "gone-back", "failing", "not-recorded"), or take it down with "". */
export function alarm(key) {
  if (key === standing) return;
  standing = key;
  show();
}

export function sayAlarmAgain() {
  show();
}

async function probe() {
  try {
    await call("GET", "/healthz", undefined, { timeout_ms: 2000 });
  } catch (error) {
    if (error instanceof Lost) {
      setTimeout(probe, PROBE_MS);
      return;
    }
  }
  lost = false;
  show();
  const ready = waiting;
  waiting = [];
  for (const wake of ready) wake();
}

/** connectionLost(): raise the alarm and go on asking until somebody answers. */
export function connectionLost() {
  if (lost) return;
  lost = true;
  show();
  setTimeout(probe, PROBE_MS);
}

export function isLost() {
  return lost;
}

/** answering(): resolves when the machine answers again; at once when it never stopped. */
export function answering() {
  return lost ? new Promise((wake) => waiting.push(wake)) : Promise.resolve();
}

/** patiently(ask): ask, and when nobody answers ask again as soon as somebody does. */
export async function patiently(ask) {
  for (;;) {
    try {
      return await ask();
    } catch (error) {
      if (!(error instanceof Lost)) throw error;
      connectionLost();
      await answering();
    }
  }
}

/** listen(handlers): follow the post's events; handlers is {crossing, kept, list, session}. */
export function listen(handlers) {
  hush();
  events = new EventSource("/v1/events");
  for (const [kind, take] of Object.entries(handlers))
    events.addEventListener(kind, (event) => {
      let data = null;
      try {
        data = JSON.parse(event.data);
      } catch { /* an event we do not know how to read is no reason to stop */ }
      if (data !== null) take(data);
    });
  events.addEventListener("error", () => {
    const mine = events;
    setTimeout(() => {
      if (mine !== events || mine.readyState === EventSource.OPEN) return;
      call("GET", "/healthz", undefined, { timeout_ms: 2000 }).catch((error) => { if (error instanceof Lost) connectionLost(); });
      if (mine.readyState === EventSource.CLOSED) answering().then(() => { if (mine === events) listen(handlers); });
    }, PROBE_MS);
  });
}

/** listening(): resolves when events come, so that what is asked for then misses none; or after two seconds without. */
export function listening() {
  if (!events || events.readyState === EventSource.OPEN) return Promise.resolve();
  return new Promise((open) => { events.addEventListener("open", open, { once: true }); setTimeout(open, 2000); });
}

export function hush() {
  events?.close();
  events = null;
}
