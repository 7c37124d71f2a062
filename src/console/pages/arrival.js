// A traveller's row on a carrier's list, as the lane shows it; and a row chosen on the page of arrivals, on its way to the
// lane's form. What goes from page to page is where the row stands, never who it is.
import { call, Problem } from "./api.js";
import { make, name } from "./parts.js";
import { day, has, moment, t } from "./words.js";

const PICK = "postern.pick";

export function choosePick(pick) {
  try {
    sessionStorage.setItem(PICK, JSON.stringify(pick));
  } catch { /* storage switched off: the lane opens empty */ }
}

/** takePick(): the row chosen last, read anew from the server (the look is recorded), or null. Throws Problem. */
export async function takePick() {
  let pick = null;
  try {
    pick = JSON.parse(sessionStorage.getItem(PICK) ?? "null");
    sessionStorage.removeItem(PICK);
  } catch { /* storage switched off */ }
  if (!pick) return null;
  const { voyage, version, row, at } = pick;
  const answer = await call("GET", `/v1/arrivals/${voyage}?from=${at}&limit=1`);
  const person = answer.rows.find((one) => one.row === row);
  if (!person || answer.version !== version) throw new Problem(409, { code: "arrival-changed" });
  return { arrival: { voyage, version, row }, person, title: voyageTitle(answer) };
}

export function voyageTitle(one) {
  return one.kind === "ship" ? [one.ship || one.imo, one.number].filter(Boolean).join(" ") : `${one.carrier ?? ""} ${one.number ?? ""}`.trim();
}

const KINDS = { P: "passport", I: "id-card", A: "id-card", C: "id-card", V: "visa" };

/** formOf(person): a row's person as the form for a person without lines has it. */
export function formOf(person) {
  const paper = person.documents.find((one) => !(one.type ?? "").startsWith("V")) ?? person.documents[0] ?? {};
  return { surname: person.surname, given: person.given, birth: person.birth ?? "", sex: person.sex ?? "", nationality: person.nationality ?? "",
    kind: KINDS[(paper.type ?? "P").charAt(0)] ?? "other", number: paper.number ?? "", issuer: paper.issuer ?? "", expiry: paper.expiry ?? "" };
}

function wrote(one) {
  const value = /^\d{4}-\d{2}/.test(one.wrote) ? day(one.wrote) : one.wrote;
  return [t(`wrote.${one.field}`), " ", make("b", {}, name(value))];
}

/** rowParts(scan): what carriers wrote of this person, beside the advice and never part of it; or null. */
export function rowParts(scan) {
  const row = scan.arrival;
  if (!row) return scan.not_listed ? make("p", { class: "row-found none" }, t("row.none")) : null;
  const due = row.due ? t("row.due", { time: moment(row.due).replace(/:\d\d$/, "") }) : "";
  const facts = [t(`coming.role.${row.role}`), row.rank, [row.from, row.to].filter(Boolean).join(" → "), due, row.how === "document" ? "" : t(`row.how.${row.how}`),
    row.state === "expected" ? "" : t(`coming.state.${row.state}`), row.not_on_board ? t("coming.row.not-on-board") : "", row.arrived ? t("row.again", { time: moment(row.arrived) }) : "", row.others ? t("row.others") : ""].filter(Boolean);
  return make("div", { class: "row-found" }, make("p", {}, make("b", {}, t("row.on", { voyage: voyageTitle(row) })), " ", facts.join(" · ")),
    scan.filled ? make("p", { class: "compare" }, t("row.filled")) : null,
    row.differs.length > 0 ? make("p", {}, t("row.wrote"), " ", row.differs.filter((one) => has(`wrote.${one.field}`)).map((one, i) => [i > 0 ? " · " : "", wrote(one)])) : null);
}
