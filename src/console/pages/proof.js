// At exit: what the officer saw of an entry on paper, and the day it names, looked at while it is typed. Loaded when it is
// first asked for. Whether somebody screened by hand on that day only the server knows.
import { Problem } from "./api.js";
import { openDialog } from "./dialogs.js";
import { $ } from "./parts.js";
import { paperStay, show } from "./permit.js";
import { state } from "./state.js";
import { day, fill, ownWords, t } from "./words.js";

const words = ownWords("proof");
const BEGUN = /^(?:\d{0,4}|\d{4}-(?:0|1|0[1-9]|1[0-2])?|\d{4}-(?:0[1-9]|1[0-2])-(?:[0-3]|0[1-9]|[12]\d|3[01])?)$/;

/** faultOf(text): why this is no day on which somebody can have entered; "" when it is one, null while it is not whole. */
function faultOf(text) {
  if (!BEGUN.test(text)) return "proof-date";
  if (text.length < 10) return null;
  const [year, month, date] = text.split("-").map(Number);
  const time = new Date(year, month - 1, date);
  if (time.getMonth() !== month - 1) return "proof-impossible";
  return time > new Date() ? "proof-future" : "";
}

/** What is to be said of the day as it stands, and whether it is wrong. */
function sayOf(text) {
  const fault = faultOf(text);
  const stay = paperStay(state.chosen);
  const days = stay && { from: day(stay.paper_from), until: day(stay.paper_until) };
  if (fault) return [true, t(`error.${fault}`)];
  if (text === "") return [false, days ? t("proof.days", days) : t("proof.none")];
  if (fault === null) return [false, days ? t("proof.days", days) : ""];
  if (stay && (text < stay.paper_from || text > stay.paper_until)) return [true, t("proof.beside", { day: day(text), ...days })];
  return [false, t("proof.counts", { day: day(text) })];
}

function typed() {
  const [wrong, text] = sayOf($("proof-entered").value.trim());
  $("proof-hint").textContent = text;
  $("proof-hint").className = wrong ? "bad" : "quiet";
  $("proof-entered").setAttribute("aria-invalid", String(wrong));
  document.querySelector("#proof .wrong").textContent = "";
}

/** stateProof(ask): ask for it; ask() sends it, and what it throws is said in the form, which stays. */
export async function stateProof(ask) {
  await words;
  fill($("proof"));
  $("proof-entered").oninput = typed;
  openDialog("proof", { submit: async ({ kind, entered }) => {
    const text = entered.trim();
    const fault = text === "" ? "" : (faultOf(text) ?? "proof-date");
    if (fault) throw new Problem(422, { code: fault });
    show({ proof: { kind, ...(text === "" ? {} : { entered: text }) } });
    await ask();
  } });
  typed();
}
