// Beside the advice: the last crossings with how many machines hold each, and the demonstration's tray.
import { held, keptNow, lineName } from "./advice.js";
import { $, kbd, make, name } from "./parts.js";
import { chosen, moment, t } from "./words.js";

const SHOWN = 12;
let crossings = [];

export function showLast(next) {
  crossings = next.slice(0, SHOWN);
  fillLast();
}

/** lastCrossing(crossing): the newest on top; one already shown is brought up to date in its place. */
export function lastCrossing(crossing) {
  const at = crossings.findIndex((one) => one.crossing === crossing.crossing);
  if (at >= 0) crossings[at] = { ...crossings[at], ...crossing };
  else crossings = [crossing, ...crossings].slice(0, SHOWN);
  fillLast();
}

/** caseChanged({case, state}): the second line took a case, or ended it: its traveller's row says so. True when it stands here. */
export function caseChanged(event) {
  const at = crossings.findIndex((one) => one.crossing === event.case);
  if (at < 0) return null;
  crossings[at] = { ...crossings[at], second_line: event.state };
  fillLast();
  return crossings[at];
}

export function fillLast() {
  const rows = crossings.map((one) => make("li", {}, held(keptNow(one)), make("span", { class: "who" }, name(lineName(one.name || "–"))), make("time", { datetime: one.time }, moment(one.time)),
    make("span", { class: "what" }, [t(one.direction), one.second_line && one.second_line !== "waiting" ? t(`second.is.${one.second_line}`) : t(`outcome.${one.outcome}`), one.lane?.startsWith("egate") ? one.lane : ""].filter(Boolean).join(" · "))));
  $("last").replaceChildren(...(rows.length > 0 ? rows : [make("li", { class: "none" }, t("last.none"))]));
}

export function showTray(specimens, send) {
  $("tray-card").hidden = specimens.length === 0;
  $("tray").replaceChildren(...specimens.map((one) => make("button", { type: "button", "aria-keyshortcuts": one.key, onclick: () => void send(one) }, make("span", {}, chosen() === "sq" ? one.title_sq : one.title), kbd(one.key.slice(0, 3)))));
}
