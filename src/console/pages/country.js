// The country at a glance: one line a crossing point, what is wrong first. The server says what is trouble, and in which order.
import { call, DESK_PAGES, openDoor, signedIn } from "./door.js";
import { $, make } from "./parts.js";
import { ago, figure, hushWatch, now, rungPill, since, table, troubleOf, watch } from "./watching.js";
import { count, span, t } from "./words.js";

const HEADS = ["country.point", "country.now", "country.trouble", "country.lanes", "country.hour", "country.matches", "country.sheets", "country.lag", "country.held",
  "country.clock", "country.lists", "country.heard"];
const MISSED_MS = 10000;
let country = null;
let missed = null; // how many were let through and matched since: counts alone, no look
let timer = null;

const lagOf = (post) => (post.lag > 0 ? `${count(post.lag)} · ${ago(post.heard_ms)}` : "0");
const heldOf = (post) => (post.entries === undefined ? "–" : t(post.cosigned >= post.entries ? "country.quorum" : "country.no-quorum"));
const clockOf = (post) => (post.delay_ms === undefined ? "–" : post.delay_ms < -1000 ? t("country.ahead", { n: span(-post.delay_ms / 1000) }) : t("country.right"));

function row(post) {
  if (post.heard_ms === undefined) return { trouble: post.person, cells: [post.name ?? post.origin.split("/").pop(), rungPill(post), troubleOf(post), ...Array(6).fill("–"), "–", "–", "–"] };
  return { trouble: post.person, cells: [post.name, [rungPill(post), post.rung === "normal" ? null : [" ", since(post.rung_ms)]], troubleOf(post), count(post.lanes), count(post.hour),
    `${count(post.matches)} · ${count(post.referrals)}`, count(post.sheets_open), lagOf(post), heldOf(post), clockOf(post), ago(post.lists_ms), ago(post.heard_ms)] };
}

function show() {
  if (!country) return;
  const posts = country.posts;
  const needing = posts.filter((post) => post.person).length;
  const down = posts.filter((post) => post.rung && post.rung !== "normal").length;
  const centre = country.centres.find((one) => one.publishing);
  $("figures").replaceChildren(
    figure(count(needing), t("country.needing", { n: count(posts.length) }), needing > 0 ? "bad" : "good"),
    figure(count(down), t("country.down"), null),
    figure(count(posts.reduce((sum, post) => sum + (post.hour ?? 0), 0)), t("country.people"), null),
    figure(count(posts.reduce((sum, post) => sum + (post.sheets_open ?? 0), 0)), t("country.open"), null),
    missed ? figure(make("a", { href: "/late" }, count(missed.open)), t("country.missed"), missed.open > 0 ? "bad" : "good") : "");
  const focused = document.activeElement === $("posts");
  const { scrollLeft } = $("posts");
  $("posts").replaceChildren(table(t("country.order"), HEADS, posts.map(row)));
  $("posts").scrollLeft = scrollLeft;
  if (focused) $("posts").focus();
  $("country-foot").textContent = [t("country.asof", { age: span((now() - country.time_ms) / 1000) }), t("country.quorums", country.quorum),
    centre ? t("country.centre", { age: ago(centre.heard_ms) }) : ""].filter(Boolean).join(" · ");
}

function took(told) {
  country = told;
  $("country-alarm").textContent = "";
  show();
}

async function askMissed() {
  missed = await call("GET", "/v1/late-matches/standing").catch(() => null);
  show();
}

function lost() {
  $("country-alarm").textContent = t("country.lost");
}

await openDoor({
  main: "country", title: "country", pages: DESK_PAGES,
  entered: () => { watch(took, lost); void askMissed(); timer = setInterval(() => void askMissed(), MISSED_MS); },
  left: () => { hushWatch(); clearInterval(timer); country = null; missed = null; $("posts").replaceChildren(); $("figures").replaceChildren(); },
  words: show,
});
document.addEventListener("visibilitychange", () => { if (!document.hidden && signedIn()) watch(took, lost); });
