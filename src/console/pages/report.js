// The discreet report: asked for when the traveller has gone, and only of officers with that right.
import { discreetReasons, fullName } from "./advice.js";
import { key, Problem } from "./api.js";
import { openDialog } from "./dialogs.js";
import { $, kbd, make, name } from "./parts.js";
import { ask } from "./session.js";
import { say, state } from "./state.js";
import { clock, t } from "./words.js";

const GONE_MS = 15000; // by then the traveller has left the window

export function oweReport(one) {
  const report = { crossing: one.settled.crossing, time: one.settled.time, name: fullName(one.person), scan: one, shown: false };
  state.reports.push(report);
  state.reminded = false;
  setTimeout(() => { report.shown = true; sayReports(); }, GONE_MS);
}

export function showReportsNow() {
  for (const report of state.reports) report.shown = true;
  sayReports();
}

/** reportsFirst(): whoever leaves the lane is reminded once of a report that is due; asked again, they may go. */
export function reportsFirst() {
  if (state.reminded || !mayReport() || state.reports.length === 0) return false;
  state.reminded = true;
  openReport();
  return true;
}

function mayReport() {
  return state.session?.rights.includes("discreet") ?? false;
}

export function sayReports() {
  const due = mayReport() ? state.reports.filter((report) => report.shown).length : 0;
  $("report-open").hidden = due === 0;
  $("report-open").replaceChildren(make("span", { class: "note" }), make("span", { class: "unseen" }, `${t("report.due")}: `), make("span", {}, String(due)), kbd("F2"));
}

export function openReport() {
  showReportsNow();
  const report = state.reports[0];
  if (!report || !mayReport()) return;
  $("report-say").replaceChildren(make("b", {}, name(report.name)), ` · ${clock(report.time)}`, discreetReasons(report.scan));
  openDialog("report", { submit: async ({ note }) => {
    if (note.trim() === "") throw new Problem(422, { code: "needs-reason" });
    report.idempotency ??= key();
    await ask("POST", "/v1/reports", { crossing: report.crossing, note: note.trim() }, { idempotency: report.idempotency });
    state.reports = state.reports.filter((one) => one !== report);
    sayReports();
    say(t("report.done"));
  } });
}
