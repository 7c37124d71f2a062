// The lists that this centre publishes: which edition stands since when, what each brought and took, what went and is not
// confirmed -- with the record that an offline note would name -- and what waits for a second person, who agrees here.
import { problemSay } from "./dialogs.js";
import { call, DESK_PAGES, ended, openDoor, signedIn } from "./door.js";
import { $, make, name } from "./parts.js";
import { figure, since, table } from "./watching.js";
import { count, ownWords, t } from "./words.js";

await ownWords("lists");

const HEADS = ["editions.edition", "editions.when", "editions.made", "editions.by", "editions.rows", "editions.added", "editions.removed", "editions.changed"];
let told = null;

const sum = (of) => told.lists.reduce((total, list) => total + of(list), 0);
const people = (one) => [one.officer, one.second ? t("editions.with", { name: one.second }) : ""].filter(Boolean).join(" ");
const acts = (word) => t(`editions.act.${word}`);

function row(edition) {
  return { cells: [count(edition.edition), since(edition.time_ms), edition.made_ms ? since(edition.made_ms) : "–", people(edition), count(edition.rows), count(edition.added), count(edition.removed), count(edition.changed)] };
}

/** What went by one record, whom it named, and the line that takes it away for good. */
function gonePart(one) {
  const more = one.rows - one.entries.length;
  return make("li", {},
    make("b", { class: "needs" }, t("editions.gone", { n: count(one.rows), edition: count(one.edition) })), " ",
    entries(one.entries),
    more > 0 ? ` ${t("editions.more", { n: count(more) })}` : null,
    make("details", {}, make("summary", {}, t("editions.confirm")), make("p", { class: "quiet" }, t("editions.confirm.say")),
      make("p", { class: "plain-mono" }, `postern order remove --all --removes ${one.record}`)));
}

/** entries(all): ids with their names, in one line. */
const entries = (all) => all.map((entry, index) => [index > 0 ? " · " : "", name(entry.name ?? entry.entry), make("span", { class: "quiet" }, ` ${entry.entry}`)]);

/** What a second person agrees to: who would go, what it was and will be, and the act itself behind one more step. */
function heldPart(list) {
  const { held } = list;
  const more = held.taken - held.names.length;
  const wrong = make("p", { class: "wrong", role: "alert" });
  const agree = make("button", { type: "button", class: "act" }, t("editions.agree.do", { name: list.list }));
  agree.addEventListener("click", async () => {
    agree.disabled = true;
    try {
      const done = await call("POST", "/v1/lists", { list: list.list, snapshot: held.snapshot }, { timeout_ms: 120000 });
      await ask();
      $("lists-said").textContent = t("editions.agreed", { name: list.list, edition: count(done.edition) });
      $("lists-said").focus();
    } catch (error) {
      if (!ended(error)) wrong.textContent = problemSay(error);
      agree.disabled = false;
    }
  });
  return [
    make("p", { class: "needs" }, t("editions.held", { name: held.officer, taken: count(held.taken), former: count(held.former) }), " ", since(held.time_ms)),
    make("p", {}, t("editions.takes"), " ", entries(held.names), more > 0 ? ` ${t("editions.more", { n: count(more) })}` : null),
    make("details", {}, make("summary", {}, t("editions.agree")),
      make("p", { class: "quiet" }, t("editions.agree.say", { name: held.officer, rows: count(held.rows), former: count(held.former), added: count(held.added), gone: count(held.gone) })), agree, wrong),
  ];
}

function listPart(list) {
  return make("article", { class: list.not_confirmed > 0 || list.held ? "order trouble" : "order" },
    make("h3", {}, list.list),
    make("p", {}, make("b", {}, t("editions.is", { edition: count(list.edition), rows: count(list.rows) })), " · ", since(list.time_ms), " · ", people(list)),
    make("p", { class: "quiet" }, [t("editions.asks", { entry: acts(list.on_entry), exit: acts(list.on_exit), profile: list.profile }),
      list.set_by ? t("editions.set", { name: list.set_by, why: list.set_reason ?? "" }) : ""].filter(Boolean).join(" · ")),
    make("p", { class: "quiet plain-mono" }, `${t("editions.root")} ${list.root}`),
    list.held ? heldPart(list) : null,
    (list.gone ?? []).length > 0 ? make("ul", {}, list.gone.map(gonePart)) : null,
    make("div", { class: "scroll", tabindex: "0", role: "region", "aria-label": list.list }, table(t("editions.of", { name: list.list }), HEADS, list.editions.map(row), 4)));
}

function show() {
  if (!told) return;
  const doubted = sum((list) => list.not_confirmed);
  const held = sum((list) => (list.held ? 1 : 0));
  $("figures").replaceChildren(
    figure(count(told.lists.length), t("editions.lists"), null),
    figure(count(sum((list) => list.rows)), t("editions.rows-all"), null),
    figure(count(doubted), t("editions.doubted"), doubted > 0 ? "bad" : "good"),
    figure(count(held), t("editions.waiting"), held > 0 ? "bad" : "good"),
    figure(count(told.refused), t("editions.refused"), told.refused > 0 ? "bad" : "good"));
  $("editions").replaceChildren(...(told.lists.length > 0 ? told.lists.map(listPart) : [make("p", { class: "quiet" }, t("editions.none"))]));
}

async function ask() {
  try {
    told = await call("GET", "/v1/lists");
    $("lists-alarm").textContent = "";
    $("lists-said").textContent = "";
    show();
  } catch (error) {
    if (!ended(error)) $("lists-alarm").textContent = t("country.lost");
  }
}

await openDoor({
  main: "lists", title: "editions", pages: DESK_PAGES,
  entered: ask,
  left: () => { told = null; $("editions").replaceChildren(); $("figures").replaceChildren(); },
  words: show,
});
$("lists-again").addEventListener("click", ask);
document.addEventListener("keydown", (event) => {
  if (event.key === "r" && !event.ctrlKey && !event.metaKey && signedIn() && !/INPUT|SELECT|TEXTAREA/.test(document.activeElement?.tagName ?? "")) ask();
});
