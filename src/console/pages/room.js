// The incident room: what to do first, who has answered which order, and the lines to type for the next one. It signs and sends nothing (ROOM-1): an
// order is signed on a machine that is on no network, by people's keys. What is out of service and who is asked, the server says.
import { call, DESK_PAGES, openDoor, POST_PAGES, signedIn } from "./door.js";
import { $, make } from "./parts.js";
import { ago, figure, hushWatch, now, rungPill, since, table, troubleOf, watch } from "./watching.js";
import { count, has, ownWords, pick, span, t } from "./words.js";

await ownWords("room");

const STEPS = 8;
const HEADS = ["country.point", "country.now", "country.trouble", "room.unanswered", "room.back", "country.sheets", "room.forks", "country.heard"];
const ACTS = ["local", "manual", "updates", "messages", "chips", "officer", "device", "key", "distrust", "void", "restore", "annul"];
const CAUSES = ["attack", "technical", "mistake", "drill"];
const ENDING = ["restore", "annul"];
const TARGETED = { officer: "--officer", device: "--device", key: "--key", distrust: "--key", void: "--key" };
let country = null;
let gate = null;
let post = null; // at a post: who it is

// ---- what stands ----

const silentOf = (order) => order.answers.filter((answer) => answer.silent);
const codeOf = (post) => post.code ?? post.origin.split("/").pop();
const openOf = (post) => country.orders.filter((order) => silentOf(order).some((answer) => answer.code === codeOf(post)));

function row(post) {
  const forks = post.forks ?? 0;
  return { trouble: post.person, cells: [post.name ?? post.origin, [rungPill(post), post.rung && post.rung !== "normal" ? [" ", since(post.rung_ms)] : null], troubleOf(post),
    count(openOf(post).length), post.stage ? [t(`stage.${post.stage}`), " ", since(post.stage_ms)] : "–", count(post.sheets_open ?? 0), count(forks), ago(post.heard_ms)] };
}

function whereOf(order) {
  const names = new Map(country.posts.map((post) => [post.origin, post.name ?? codeOf(post)]));
  return order.where.map((one) => (has(`room.where.${one}`) ? t(`room.where.${one}`) : names.get(one) ?? one)).join(", ");
}

function orderLine(order) {
  const silent = silentOf(order);
  const oldest = silent.length > 0 ? span((now() - order.seen_ms) / 1000) : "";
  const functions = order.functions.filter((one) => !one.startsWith("lanes")).map((one) => t(`function.${one}`));
  const what = [t(`verb.${order.verb}`), order.rung === "normal" ? "" : t(`rung.${order.rung}`), functions.join(", "), whereOf(order)].filter(Boolean).join(" · ");
  return make("article", { class: silent.length > 0 ? "order trouble" : "order" },
    make("h3", {}, what),
    make("p", {}, [order.cause === "none" ? "" : t(`cause.${order.cause}`), `“${order.reason}”`].filter(Boolean).join(": ")),
    make("p", { class: "quiet" }, since(order.given_ms), ` · ${t("room.by", { names: order.signers.length > 0 ? order.signers.join(", ") : t("room.nobody"), n: order.keepers })}`),
    make("p", {}, t("room.answered", { n: order.answers.length - silent.length, of: order.answers.length }),
      silent.length > 0 ? make("b", { class: "needs" }, ` ${t("room.silent", { names: silent.map((one) => one.name).join(", "), age: oldest })}`) : null),
    make("details", {}, make("summary", {}, t("room.answers")),
      make("ul", {}, order.answers.map((one) => make("li", {}, `${one.name}: `, one.silent ? t("room.none") : `${t(`fate.${one.fate}`)}${one.fate === "standing" ? "" : ` (${one.why})`}, ${t(`hand.by.${one.hand}`)}, `,
        one.silent ? null : since(one.time_ms)))),
      make("p", { class: "quiet plain-mono" }, order.order)));
}

/** gateParts(): at a post: what it lacks to come back, as the gate says it. */
function gateParts() {
  if (!gate?.wanted) return [];
  const stage = gate.stage === "none" ? t(gate.open ? "stage.gate" : "stage.down") : t(`stage.${gate.stage}`);
  return [make("h3", {}, `${t("room.gate")}: ${stage}`),
    make("ul", {}, gate.missing.map((one) => make("li", {}, `${pick(one)} `, make("small", { class: "quiet" }, pick(one, "remedy")))))];
}

function show() {
  $("steps").replaceChildren(...Array.from({ length: STEPS }, (_, index) => make("li", {}, make("span", {}, t(`room.step.${index + 1}`)))));
  if (!country) return;
  const silent = country.posts.filter((post) => openOf(post).length > 0);
  const down = country.posts.filter((post) => post.rung && post.rung !== "normal").length;
  const centre = country.centres.find((one) => one.publishing);
  const forks = [...country.posts, ...country.centres, ...country.keepers].reduce((sum, one) => sum + (one.forks ?? 0), 0);
  $("figures").replaceChildren(
    figure(count(silent.length), t("room.have-not", { n: count(country.posts.length) }), silent.length > 0 ? "bad" : "good"),
    figure(count(down), t("country.down"), null),
    figure(count(country.posts.reduce((sum, post) => sum + (post.sheets_open ?? 0), 0)), t("country.open"), null),
    figure(count(forks), t("room.forked"), forks > 0 ? "bad" : "good"));
  $("silent").textContent = silent.length > 0 ? t("room.call", { names: silent.map((post) => post.name ?? codeOf(post)).join(", ") }) : "";
  $("posts").replaceChildren(table(t("country.order"), HEADS, country.posts.map(row)));
  const opened = new Set([...$("orders").querySelectorAll("details[open]")].map((one) => one.dataset.order));
  $("orders").replaceChildren(...(country.orders.length > 0 ? country.orders.map(orderLine) : [make("p", { class: "quiet" }, t("room.no-orders"))]), ...gateParts());
  for (const [index, details] of [...$("orders").querySelectorAll("details")].entries()) {
    details.dataset.order = country.orders[index].order;
    details.open = opened.has(details.dataset.order);
  }
  $("room-foot").textContent = [t("country.asof", { age: span((now() - country.time_ms) / 1000) }), t("room.from", { here: country.here }),
    centre ? t("country.centre", { age: ago(centre.heard_ms) }) : ""].filter(Boolean).join(" · ");
  choices();
}

// ---- the lines to type ----

/** quoted(text): one word of a shell, whatever is in it. */
const quoted = (text) => `'${text.replaceAll("'", "'\\''")}'`;

function options(select, values) {
  const chosen = new Set([...select.selectedOptions].map((one) => one.value));
  const before = [...select.options].map((one) => `${one.value}=${one.textContent}`).join();
  if (values.map(([value, words]) => `${value}=${words}`).join() === before) return;
  select.replaceChildren(...values.map(([value, words]) => make("option", { value, selected: chosen.has(value) }, words)));
  if (chosen.size === 0 && !select.multiple) select.selectedIndex = 0;
}

function choices() {
  const ending = ENDING.includes($("act").value);
  options($("act"), ACTS.map((act) => [act, t(`room.act.${act}`)]));
  options($("cause"), CAUSES.map((cause) => [cause, t(`cause.${cause}`)]));
  options($("where"), [["--all", t("room.where.all")], ...["airport", "seaport", "land"].map((kind) => [`--kind ${kind}`, t(`room.where.${kind}`)]),
    ...(country?.posts ?? []).map((post) => [`--post ${quoted(post.origin)}`, post.name ?? codeOf(post)])]);
  if ($("where").selectedOptions.length === 0) $("where").options[0].selected = true;
  $("cause").disabled = ending || $("act").value in TARGETED;
  $("target").disabled = !ending && !($("act").value in TARGETED);
  sayLines();
}

function orderWords() {
  const act = $("act").value;
  const where = [...$("where").selectedOptions].map((one) => one.value).join(" ");
  const cause = `--cause ${$("cause").value}`;
  const target = quoted($("target").value.trim() || "…");
  if (ENDING.includes(act)) return [act, where, `--ends ${target}`];
  if (act === "distrust" || act === "void") return [act, where, `--key ${target} --after SIZE`];
  if (act in TARGETED) return ["revoke", where, `${TARGETED[act]} ${target}`];
  if (act === "updates" || act === "messages" || act === "chips") return ["withdraw", `--function ${act}`, cause, where];
  return ["withdraw", `--to ${act}`, cause, where];
}

function sayLines() {
  const [verb, ...rest] = orderWords();
  const name = quoted(country?.country ?? "…");
  const reason = quoted($("why").value.trim() || "…");
  $("lines").textContent = [
    `postern order ${verb} --country ${name} ${rest.join(" ")} --reason ${reason} > order`,
    `# ${t("room.line.sign")}`,
    "postern authority sign order --key YOUR.key --out order.1",
    "postern authority combine order.1 order.2 --out order.note",
    `# ${t("room.line.give")}`,
    "postern order check order.note --roster DIR/roster",
    "postern order give DIR order.note",
  ].join("\n");
}

async function copy() {
  try {
    await navigator.clipboard.writeText($("lines").textContent);
    $("copied").textContent = t("room.copied");
  } catch {
    getSelection().selectAllChildren($("lines"));
    $("copied").textContent = t("room.selected");
  }
}

// ---- the page ----

function took(told) {
  country = told;
  $("room-alarm").textContent = "";
  show();
}

function lost() {
  $("room-alarm").textContent = t("country.lost");
}

async function askGate() {
  if (!signedIn()) return;
  gate = await call("GET", "/v1/gate").catch(() => gate);
  show();
}

function entered() {
  watch(took, lost);
  if (post) void askGate();
}

for (const id of ["act", "cause", "where"]) $(id).addEventListener("change", choices);
for (const id of ["target", "why"]) $(id).addEventListener("input", sayLines);
$("compose").addEventListener("submit", (event) => event.preventDefault());
$("copy").addEventListener("click", () => void copy());
$("print").addEventListener("click", () => print());
({ post = null } = await call("GET", "/healthz").catch(() => ({})));
setInterval(() => { if (post && !document.hidden) void askGate(); }, 15000);
await openDoor({
  main: "room", title: "room", lane: post ? "room" : null, pages: post ? POST_PAGES : DESK_PAGES,
  entered, left: () => { hushWatch(); country = gate = null; $("posts").replaceChildren(); $("orders").replaceChildren(); }, words: () => { show(); choices(); },
});
