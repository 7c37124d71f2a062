// A crossing was recorded wrong: who says so, what is right, and what shows it. The crossing stays; both stand on the page.
import { Problem } from "./api.js";
import { bindDialog, openDialog } from "./dialogs.js";
import { call } from "./door.js";
import { $, make, name as bdi } from "./parts.js";
import { day, t } from "./words.js";

const FIELDS = ["surname", "given", "birth", "nationality", "issuer", "number"];

/** correct(page, row, done): ask what is right of that crossing, and by whom. */
export function correct(page, row, done) {
  $("correction-of").textContent = [day(row.time.slice(0, 10)), row.post, t(row.direction), [row.surname, row.given].filter(Boolean).join(", ") || row.name, [row.issuer, row.number].filter(Boolean).join(" ")].filter(Boolean).join(" · ");
  openDialog("correction", { submit: async (fields) => {
    const said = Object.fromEntries(["direction", "date", ...FIELDS].map((key) => [key, (fields[key] ?? "").trim()]).filter(([, value]) => value !== ""));
    if (fields.why.trim() === "") throw new Problem(400, { code: "reason-needed" });
    if (Object.keys(said).length === 0) throw new Problem(400, { code: "nothing-said" });
    const user = fields.user.trim();
    await call("POST", "/v1/corrections", { key: page.key, ledger: row.ledger, entry: row.entry, ...said, reason: fields.why.trim(), ...(user ? { second: { user, password: fields.password } } : {}) });
    await done();
  } });
  $("correction-direction").focus();
}

/** What is right, where it is another thing than was recorded. */
function right(row) {
  const parts = [row.direction ? t(row.direction) : "", row.date ? day(row.date) : ""];
  for (const key of FIELDS) if (row.right && row.right[key] !== row.person[key]) parts.push(`${t(`correction.${key}`)}: ${key === "birth" ? day(row.right[key]) : row.right[key] ?? "–"}`);
  return parts.filter(Boolean).join(" · ");
}

/** correctionRows(page, ways): corrections as lines of a table. */
export function correctionRows(page, { entry, time }) {
  return page.corrections.map((row) => [time(row.time), bdi([row.person.surname, row.person.given].filter(Boolean).join(", ") || row.person.number || ""),
    row.of ? entry(row.of) : t("correction.elsewhere"), right(row), row.reason, [row.officer, row.second].filter(Boolean).join(", ") + (row.second ? "" : ` ${t("correction.one")}`), entry(row)]);
}

/** words(): the choices of the dialog, in the chosen language. */
export function correctionWords() {
  $("correction-direction").replaceChildren(make("option", { value: "" }, t("correction.as-recorded")), ...["entry", "exit"].map((one) => make("option", { value: one }, t(one))));
}

export const bindCorrection = (after) => bindDialog("correction", after);
