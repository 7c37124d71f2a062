// A boarding pass scanned at the lane: it says which flight's list the next document is looked for on first, and never who
// somebody is. Loaded when the first one is read.
import { problemSay } from "./dialogs.js";
import { $ } from "./parts.js";
import { ask } from "./session.js";
import { say, state } from "./state.js";
import { day, ownWords, t } from "./words.js";

const words = ownWords("pass");

/** readPass(text): the flight of this barcode is the next document's. */
export async function readPass(text) {
  await words;
  $("mrz").value = "";
  try {
    const { carrier, number, date, flight } = await ask("POST", "/v1/boarding-passes", { text });
    state.flight = flight ?? null;
    say(t(flight ? "pass.flight" : "pass.none", { flight: [carrier, number, date ? day(date) : ""].filter(Boolean).join(" ") }));
  } catch (error) {
    say(problemSay(error));
  }
}
