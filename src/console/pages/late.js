// Who was let through and matched since, at all posts: the newest first, and what the post made of each. Every ten seconds the page
// asks how many there are, which names nobody; it asks for the rows, which is a look, when there is something new.
import { Problem } from "./api.js";
import { call, DESK_PAGES, ended, openDoor, signedIn } from "./door.js";
import { $, make, name } from "./parts.js";
import { figure, since, table } from "./watching.js";
import { count, day, has, t } from "./words.js";

const HEADS = ["late.found", "ask.name", "late.crossed", "late.list", "missed.score", "late.case-is", "ask.entry"];
const AGAIN_MS = 10000;
let standing = null;
let rows = [];
let next = "";
let posts = []; // codes that had one
let timer = null;

const actionOf = (row) => (has(`editions.act.${row.action}`) ? t(`editions.act.${row.action}`) : row.action);
const caseOf = (row) => t(row.case === "none" ? "late.discreet" : row.case === "not-opened" ? "missed.not-opened" : row.case === "open" ? "missed.open" : `second.is.${row.case}`);

function row(one) {
  const who = [name([one.surname, one.given].filter(Boolean).join(", ") || one.name || one.number || "–"), one.birth ? ` ${day(one.birth)}` : "", one.number ? make("span", { class: "mono" }, ` ${one.issuer ?? ""} ${one.number}`) : null];
  const how = [one.post, " · ", t(one.direction), " · ", since(one.crossed), one.rung === "normal" ? null : ` · ${t(`rung.${one.rung}`)}`];
  return { trouble: one.case === "not-opened", cells: [since(one.found), who, how, [`${one.list} ${one.listed} · ${actionOf(one)} · `, t(one.then ? "late.then" : "late.since")],
    t("ask.alike", { n: Math.round(one.score * 100) }), make("b", { class: one.case === "not-opened" ? "needs" : "" }, caseOf(one)), make("span", { class: "mono" }, `${one.ledger} ${one.entry}`)] };
}

function showPosts() {
  const chosen = $("missed-post").value;
  $("missed-post").replaceChildren(make("option", { value: "" }, t("missed.all")), ...posts.map((post) => make("option", { value: post }, post)));
  $("missed-post").value = chosen;
}

function show() {
  if (!standing) return;
  $("figures").replaceChildren(
    figure(count(standing.found), t("missed.found"), standing.found > 0 ? null : "good"),
    figure(count(standing.open), t("missed.not-opened"), standing.open > 0 ? "bad" : "good"));
  showPosts();
  $("matches").replaceChildren(...(rows.length > 0 ? [table(t("late.title"), HEADS, rows.map(row), 7)] : [make("p", { class: "quiet" }, t("missed.none"))]));
  $("missed-more").hidden = next === "";
}

function failed(error) {
  if (!ended(error)) $("missed-alarm").textContent = error instanceof Problem && error.code === "not-recorded" ? t("ask.not-recorded") : t("country.lost");
}

async function page(from) {
  const post = $("missed-post").value;
  const query = new URLSearchParams({ ...(post ? { post } : {}), ...(from ? { next: from } : {}) });
  const answer = await call("GET", `/v1/late-matches${query.size > 0 ? `?${query}` : ""}`);
  rows = from ? [...rows, ...answer.matches] : answer.matches;
  next = answer.next ?? "";
  posts = [...new Set([...posts, ...rows.map((one) => one.post)])].sort();
}

/** look(always): the rows, when the counts say that there is something new. */
async function look(always) {
  try {
    const told = await call("GET", "/v1/late-matches/standing");
    const same = standing && ["found", "open", "newest_ms", "case_steps"].every((key) => told[key] === standing[key]);
    if (always || !same) {
      await page("");
      standing = told;
      show();
    }
    $("missed-alarm").textContent = "";
  } catch (error) {
    failed(error);
  }
}

await openDoor({
  main: "missed", title: "missed", pages: DESK_PAGES,
  entered: () => { void look(true); timer = setInterval(() => { if (!document.hidden) void look(false); }, AGAIN_MS); },
  left: () => { clearInterval(timer); standing = null; rows = []; next = ""; posts = []; $("matches").replaceChildren(); $("figures").replaceChildren(); },
  words: show,
});
$("missed-again").addEventListener("click", () => void look(true));
$("missed-post").addEventListener("change", () => void look(true));
$("missed-more").addEventListener("click", () => void page(next).then(show, failed));
document.addEventListener("keydown", (event) => {
  if (event.key === "r" && !event.ctrlKey && !event.metaKey && signedIn() && !/INPUT|SELECT|TEXTAREA/.test(document.activeElement?.tagName ?? "")) void look(true);
});
