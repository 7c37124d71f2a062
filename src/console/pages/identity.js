// Who is said to be whom: a page is held, another is opened, and the two are joined; a joining is parted again. What takes a
// reason away needs a second person; the server says when.
import { Problem } from "./api.js";
import { bindDialog, openDialog } from "./dialogs.js";
import { call } from "./door.js";
import { $, make, name as bdi } from "./parts.js";
import { day, t } from "./words.js";

let held = null; // {key, person}: the first of two

const nameOf = (row) => row.name ?? [row.surname, row.given].filter(Boolean).join(", ");
const said = (row) => [nameOf(row), day(row.birth), row.nationality, [row.issuer, row.number].filter(Boolean).join(" ")].filter(Boolean).join(" · ");

/** Ask for a reason and, once it is known to be needed, for a second person; then decide. */
function decide(title, lines, body, needsSecond, done) {
  $("identity-title").textContent = t(title);
  $("identity-who").replaceChildren(...lines.map((line) => make("li", {}, bdi(line))));
  $("identity-second").hidden = !needsSecond;
  openDialog("identity", { submit: async ({ why: reason, user, password }) => {
    if (reason.trim() === "") throw new Problem(400, { code: "reason-needed" });
    const second = $("identity-second").hidden ? {} : { second: { user: user.trim(), password } };
    try {
      await call("POST", "/v1/identities", { ...body, reason: reason.trim(), ...second });
    } catch (error) {
      if (error instanceof Problem && error.code === "needs-second" && $("identity-second").hidden) {
        $("identity-second").hidden = false;
        $("identity-user").focus();
      }
      throw error;
    }
    held = null;
    await done();
  } });
  $("identity-why").focus();
}

/** hold(page, done): keep this page as the first of two; with another held, join them and call done. */
export function hold(page, done) {
  if (!held || held.key === page.key) held = { key: page.key, person: page.person };
  else decide("join.title", [said(held.person), said(page.person)], { one: held.key, other: page.key }, false, done);
}

export const drop = () => { held = null; };

/** holdParts(page, redraw, done): the line with the button that holds and joins. */
export function holdParts(page, redraw, done) {
  const other = held && held.key !== page.key;
  return make("p", { class: "hold" },
    make("button", { type: "button", id: "hold", class: "act", "aria-keyshortcuts": "M", onclick: () => { hold(page, done); redraw(); } },
      make("span", {}, t(other ? "join.with" : "join.hold")), " ", make("kbd", { "aria-hidden": "true" }, "M")),
    held ? make("span", { class: "quiet", role: "status" }, " ", t(other ? "join.held" : "join.holding", { name: said(held.person) })) : "",
    held ? make("button", { type: "button", class: "link", onclick: () => { drop(); redraw(); } }, t("join.drop")) : "");
}

/** joinRows(page, entry, time, opener, done): the decisions as lines of a table. */
export function joinRows(page, { entry, time, opener, done }) {
  const side = (row) => [row.key === page.key ? bdi(nameOf(row)) : opener(row), ` ${[day(row.birth), row.issuer, row.number].filter(Boolean).join(" ")}`];
  return page.joinings.map((row) => [time(row.time),
    [t(`join.${row.act}`), row.standing || row.act === "parted" ? "" : ` ${t("join.over")}`, row.lessens ? ` ${t("join.lessens")}` : ""],
    [make("div", {}, side(row.one)), make("div", {}, side(row.other))], row.reason, [row.officer, row.second].filter(Boolean).join(", "),
    [entry(row), row.standing ? make("button", { type: "button", class: "link", onclick: () => decide("join.part.title", [said(row.one), said(row.other)], { part: row.id }, true, done) }, t("join.part")) : ""]]);
}

export const bindIdentity = (after) => bindDialog("identity", after);
