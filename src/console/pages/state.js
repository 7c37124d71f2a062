// What the lane page holds while an officer works, and its one line of words.
import { $ } from "./parts.js";

export const state = { session: null, lane: null, phase: "await", direction: "entry", people: [], chosen: null, done: null,
  armed_at: 0, turn: 0, reports: [], reminded: false, hand_ms: 0, read_ms: 0, trip: null, specimens: [], checked: null, chip: null };

/** say(text): one sentence above the buttons: what happened, or what to do next. */
export function say(text) {
  $("say").textContent = text;
  if (text !== "") aloud(text);
}

/** aloud(text): for those who listen; it stands on the page elsewhere. */
export function aloud(text) {
  $("aloud").textContent = text;
}
