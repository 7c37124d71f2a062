// Who has met an order to leave: not yet, gone (where and when, with the entry that proves it), gone on paper, past the deadline. The
// server says what became of each person; the page counts the time that is left.
import { call, DESK_PAGES, ended, openDoor, signedIn } from "./door.js";
import { $, make, name } from "./parts.js";
import { figure, since, table } from "./watching.js";
import { count, day, ownWords, span, t } from "./words.js";

await ownWords("leave");

const HEADS = ["leave.person", "leave.state", "leave.where", "leave.when", "leave.proof"];
const AGAIN_MS = 60000;
let told = null;
let asked = 0; // when it was told, by this machine's own clock
let timer = null;

const nowMs = () => told.now_ms + (performance.now() - asked);
const gone = (person) => person.state === "left" || person.state === "left-paper";
const stateOf = (person, order) => (person.state === "not-yet" && nowMs() >= order.deadline_ms ? "overdue" : person.state);

function clockOf(order) {
  const left = order.deadline_ms - nowMs();
  return left > 0 ? t("leave.left", { span: span(left / 1000) }) : t("leave.passed", { span: span(-left / 1000) });
}

/** The printed order: of one person, or a page each. */
function paper(order, nth, word) {
  return make("a", { href: `/v1/leave/paper?id=${order.id}${nth ? `&nth=${nth}` : ""}`, target: "_blank", class: "print" }, t(word));
}

function row(order, person) {
  const state = stateOf(person, order);
  const who = [name([person.surname, person.given].filter(Boolean).join(", ") || person.name || person.number || "–"),
    person.birth ? ` ${day(person.birth)}` : "", person.number ? make("span", { class: "mono" }, ` ${person.issuer ?? ""} ${person.number}`) : null,
    person.dependant ? [" ", make("span", { class: "pill" }, t("leave.dependant"))] : null, order.annulled ? null : [" ", paper(order, person.nth, "leave.print-one")]];
  return { trouble: state === "overdue", cells: [who, make("b", { class: state === "overdue" ? "needs" : "" }, t(`leave.is.${state}`)), person.post ?? (person.sheet ? t("leave.sheet", { n: person.sheet }) : "–"),
    person.time_ms ? since(person.time_ms) : "–", person.ledger ? make("span", { class: "mono" }, `${person.ledger} ${person.entry}`) : "–"] };
}

function changeLine(change) {
  return make("li", {}, `${t(`leave.act.${change.act}`)}: “${change.reason ?? ""}” `, since(change.time_ms),
    change.in_force ? null : make("b", { class: "needs" }, ` ${t("leave.unconfirmed")}`), change.in_force ? null : make("span", { class: "plain-mono quiet" }, ` ${change.record}`));
}

function orderPart(order) {
  const met = order.people.filter(gone).length;
  const past = nowMs() >= order.deadline_ms;
  return make("article", { class: past && met < order.people.length && !order.annulled ? "order trouble" : "order" },
    make("h3", {}, `${order.reference} · ${order.issuer}`),
    make("p", {}, order.annulled ? t("leave.annulled") : make("b", {}, clockOf(order)), " · ", t("leave.met", { n: met, of: order.people.length }),
      order.annulled ? null : " · ", order.annulled ? null : paper(order, 0, "leave.print")),
    make("p", { class: "quiet" }, [order.points.length > 0 ? t("leave.points", { names: order.points.join(", ") }) : t("leave.any-point"), order.contact ? t("leave.contact", { text: order.contact }) : "",
      order.protocol ? t("leave.protocol", { text: order.liaison ?? "" }) : ""].filter(Boolean).join(" · ")),
    make("div", { class: "scroll", tabindex: "0", role: "region", "aria-label": order.reference }, table(order.reference, HEADS, order.people.map((person) => row(order, person)), 5)),
    order.changes.length > 0 ? make("ul", {}, order.changes.map(changeLine)) : null);
}

function show() {
  if (!told) return;
  const open = told.orders.filter((order) => !order.annulled);
  const people = open.flatMap((order) => order.people.map((person) => stateOf(person, order)));
  const of = (...states) => people.filter((one) => states.includes(one)).length;
  $("figures").replaceChildren(
    figure(count(of("not-yet")), t("leave.is.not-yet"), null),
    figure(count(of("left", "left-paper")), t("leave.is.left"), "good"),
    figure(count(of("told-paper")), t("leave.is.told-paper"), null),
    figure(count(of("overdue")), t("leave.is.overdue"), of("overdue") > 0 ? "bad" : "good"));
  $("orders").replaceChildren(...(told.orders.length > 0 ? told.orders.map(orderPart) : [make("p", { class: "quiet" }, t("leave.none"))]));
}

async function ask() {
  try {
    told = await call("GET", "/v1/leave");
    asked = performance.now();
    $("leave-alarm").textContent = "";
    show();
  } catch (error) {
    if (!ended(error)) $("leave-alarm").textContent = t("country.lost");
  }
}

await openDoor({
  main: "leave", title: "leave", pages: DESK_PAGES,
  entered: () => { ask(); timer = setInterval(() => { if (!document.hidden) ask(); }, AGAIN_MS); },
  left: () => { clearInterval(timer); told = null; $("orders").replaceChildren(); $("figures").replaceChildren(); },
  words: show,
});
$("leave-again").addEventListener("click", ask);
document.addEventListener("keydown", (event) => {
  if (event.key === "r" && !event.ctrlKey && !event.metaKey && signedIn() && !/INPUT|SELECT|TEXTAREA/.test(document.activeElement?.tagName ?? "")) ask();
});
