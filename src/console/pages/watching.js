// The country as the server last told it, asked for every five seconds; and the parts that two pages show of it.
import { Lost } from "./api.js";
import { goOut } from "./door.js";
import { make } from "./parts.js";
import { clock, has, moment, span, t } from "./words.js";

const EVERY_MS = 5000;
let watching = null; // {timer, etag, told} of whoever watches now
let ahead_ms = 0; // how far the server's clock is ahead of this one

/** now(): the time by the server's clock. */
export function now() {
  return Date.now() + ahead_ms;
}

/** tell(time_ms): the server just said that it is that time there. */
export function tell(time_ms) {
  ahead_ms = time_ms - Date.now();
}

/** One question. What is answered when whoever asked has gone, or asks anew, is nobody's: neither what it says nor that it failed. */
async function ask(mine, took, lost) {
  let answer;
  let told = mine.told;
  try {
    answer = await fetch("/v1/country", { credentials: "same-origin", cache: "no-store", headers: mine.etag ? { "If-None-Match": mine.etag } : {}, signal: AbortSignal.timeout(8000) });
    if (answer.status === 200) told = await answer.json();
    else if (answer.status !== 401 && (answer.status !== 304 || !told)) throw new Lost(String(answer.status));
  } catch (error) {
    if (mine === watching) lost(error);
    return;
  }
  if (mine !== watching) return;
  if (answer.status === 401) {
    goOut();
    return;
  }
  if (answer.status === 200) {
    mine.etag = answer.headers.get("ETag") ?? "";
    mine.told = told;
    tell(told.time_ms);
  }
  took(told);
}

/** watch(took, lost): call took with the country now and every five seconds, lost when nobody answers. */
export function watch(took, lost) {
  hushWatch();
  const mine = { timer: null, etag: "", told: null };
  const turn = () => void ask(mine, took, lost);
  watching = mine;
  mine.timer = setInterval(turn, EVERY_MS);
  turn();
}

export function hushWatch() {
  clearInterval(watching?.timer);
  watching = null;
}

/** ago(ms): how long ago that was, or a dash for never. */
export function ago(ms) {
  return ms ? span((now() - ms) / 1000) : "–";
}

/** since(ms): a clock time today, else the day, with how long ago in the title. */
export function since(ms) {
  const time = new Date(ms).toISOString();
  return make("time", { datetime: time, title: clock(time) }, moment(time));
}

/** rungOf(post): where it stands, by direction when they differ, and why. */
export function rungOf(post) {
  if (!post.rung) return t("country.unknown");
  const same = post.rung_entry === post.rung_exit;
  const rungs = same ? t(`rung.${post.rung}`) : `${t("entry")}: ${t(`rung.${post.rung_entry}`)} · ${t("exit")}: ${t(`rung.${post.rung_exit}`)}`;
  return post.cause === "none" || !has(`cause.${post.cause}`) ? rungs : `${rungs} · ${t(`cause.${post.cause}`)}`;
}

/** rungPill(post): the same as a pill with a sign, loud when it is no ordinary state. */
export function rungPill(post) {
  const sign = !post.rung ? "?" : { normal: "●", local: "◐", manual: "▤" }[post.rung];
  const kind = !post.rung ? "pill" : { normal: "pill", local: "pill loud", manual: "pill by-hand" }[post.rung];
  return make("span", { class: kind }, make("span", { "aria-hidden": "true" }, sign), rungOf(post));
}

/** troubleOf(post): what is wrong, in words; a person is asked for first. */
export function troubleOf(post) {
  const words = post.trouble.map((one) => (has(`trouble.${one}`) ? t(`trouble.${one}`) : one));
  if (words.length === 0) return make("span", { class: "quiet" }, t("country.nothing"));
  return make("span", {}, post.person ? make("b", { class: "needs" }, t("country.person"), ": ") : null, words.join(" · "));
}

/** table(caption, heads, rows, left): rows are {cells, trouble}; heads name words; columns after the first left ones are numbers. */
export function table(caption, heads, rows, left = 3) {
  const side = (index) => (index < left ? null : "n");
  const cells = (row) => row.cells.map((cell, index) => make(index === 0 ? "th" : "td", { scope: index === 0 ? "row" : null, class: side(index), "data-head": t(heads[index]) }, cell ?? ""));
  return make("table", {}, make("caption", {}, caption),
    make("thead", {}, make("tr", {}, heads.map((head, index) => make("th", { scope: "col", class: side(index) }, t(head))))),
    make("tbody", {}, rows.map((row) => make("tr", { class: row.trouble ? "trouble" : null }, cells(row)))));
}

/** figure(number, words, kind): one big number with what it counts. */
export function figure(number, words, kind) {
  return make("div", { class: kind }, make("b", {}, number), make("small", {}, words));
}
