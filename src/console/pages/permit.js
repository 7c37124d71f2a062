// The visa or permit a traveller shows: stated in a dialog, sent with one scan of one traveller, then forgotten.
import { Problem } from "./api.js";
import { openDialog } from "./dialogs.js";
import { $ } from "./parts.js";
import { day, t } from "./words.js";

let stated = null;

/** permit(): what waits to be sent with the next scan, as /v1/scans takes it; or null. */
export function permit() {
  return stated;
}

export function clearPermit() {
  stated = null;
  sayPermit();
}

/** permitSay(one): "Residence permit RP 7, until 31 Dec 2027". */
export function permitSay(one) {
  return [[t(`permit.${one.kind}`), one.issuer, one.number].filter(Boolean).join(" "), t("permit.to", { day: day(one.until) })].join(", ");
}

export function sayPermit() {
  $("permit-say").textContent = stated ? permitSay(stated) : t("permit.open");
}

/** statePermit(then): ask for it; then() runs when it is stated. */
export function statePermit(then) {
  openDialog("permit", { submit: async (values) => {
    const upper = (text) => text.trim().toUpperCase();
    if (values.number.trim() === "" || values.until.trim() === "") throw new Problem(422, { code: "permit-missing" });
    if (!/^[0-9]{4}-[0-9]{2}-[0-9]{2}$/.test(values.until.trim())) throw new Problem(422, { code: "permit-date" });
    stated = { kind: values.kind, number: upper(values.number), until: values.until.trim() };
    if (values.issuer.trim() !== "") stated.issuer = upper(values.issuer);
    if (values.used) stated.used_before = true;
    sayPermit();
    setTimeout(then, 0); // when the dialog has closed
  } });
}
