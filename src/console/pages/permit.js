// What a traveller shows beside the passport: a visa or permit, and at exit what proves an entry on paper. Stated in a
// dialog, sent with one scan of one traveller, then forgotten.
import { Problem } from "./api.js";
import { openDialog } from "./dialogs.js";
import { $ } from "./parts.js";
import { state } from "./state.js";
import { day, t } from "./words.js";

let stated = {};

/** shown(): what waits to be sent with the next scan, as /v1/scans takes it: permit, proof, or nothing. */
export function shown() {
  return { ...stated };
}

/** show(what): permit or proof, stated now; undefined takes one back. */
export function show(what) {
  stated = Object.fromEntries(Object.entries({ ...stated, ...what }).filter(([, one]) => one !== undefined));
  sayShown();
}

export function clearShown() {
  show({ permit: undefined, proof: undefined });
}

/** permitSay(one): "Residence permit RP 7, until 31 Dec 2027". */
export function permitSay(one) {
  return [[t(`permit.${one.kind}`), one.issuer, one.number].filter(Boolean).join(" "), t("permit.to", { day: day(one.until) })].join(", ");
}

/** proofSay(one): "Stamp, 12 Sep 2026". */
export function proofSay(one) {
  return [t(`proof.${one.kind}`), day(one.entered)].filter(Boolean).join(", ");
}

/** paperStay(one): what the advice says of paper days within this stay, while no proof is stated; or undefined. */
export function paperStay(one) {
  return one?.advice.reasons.find((each) => each.rule === "stay.paper")?.data;
}

export function sayShown() {
  $("permit-say").textContent = stated.permit ? permitSay(stated.permit) : t("permit.open");
  $("proof-say").textContent = stated.proof ? proofSay(stated.proof) : t("proof.open");
  $("proof-open").hidden = state.direction !== "exit";
  $("proof-open").classList.toggle("loud", state.people.some(paperStay));
}

/** statePermit(then): ask for it; then() runs when it is stated. */
export function statePermit(then) {
  openDialog("permit", { submit: async (values) => {
    const upper = (text) => text.trim().toUpperCase();
    if (values.number.trim() === "" || values.until.trim() === "") throw new Problem(422, { code: "permit-missing" });
    if (!/^[0-9]{4}-[0-9]{2}-[0-9]{2}$/.test(values.until.trim())) throw new Problem(422, { code: "permit-date" });
    const permit = { kind: values.kind, number: upper(values.number), until: values.until.trim() };
    if (values.issuer.trim() !== "") permit.issuer = upper(values.issuer);
    if (values.used) permit.used_before = true;
    show({ permit });
    setTimeout(then, 0); // when the dialog has closed
  } });
}
