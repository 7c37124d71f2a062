// Packs of numbered sheets at all posts: how many of each were keyed once, twice, differ, are missing; what is open stands first.
// It names nobody, so it is no look, and is asked for every ten seconds.
import { call, DESK_PAGES, ended, openDoor, signedIn } from "./door.js";
import { $, make } from "./parts.js";
import { figure, since, table } from "./watching.js";
import { count, ownWords, t } from "./words.js";

const HEADS = ["packs.post", "packs.pack", "packs.made", "packs.issued", "packs.settled", "packs.keyed-once", "packs.differs", "packs.missing", "packs.lost", "packs.aside"];
const AGAIN_MS = 10000;
const words = ownWords("packs");
let told = null;
let timer = null;

/** number(n, needs): nothing is a quiet dot, so that what is open is seen; loud when it asks for somebody. */
const number = (n, needs) => (n === 0 ? make("span", { class: "quiet" }, "·") : needs ? make("b", { class: "needs" }, count(n)) : count(n));

function row(pack) {
  const missing = number(pack.missing, true);
  return { trouble: !pack.accounted, cells: [pack.post, [count(pack.pack), make("span", { class: "mono quiet" }, ` ${pack.ledger} ${pack.entry}`)], pack.made ? since(Date.parse(pack.made)) : "–",
    count(pack.issued), number(pack.settled), number(pack["keyed-once"], true), number(pack.differs, true),
    pack.missing > 0 && pack.shut > 0 ? [missing, " ", make("small", {}, t("packs.shut", { n: count(pack.shut) }))] : missing, number(pack.lost), number(pack.spoiled + pack.unused)] };
}

function show() {
  if (!told) return;
  const { packs, all } = told;
  const open = packs.filter((pack) => !pack.accounted).length;
  $("figures").replaceChildren(
    figure(count(open), t("packs.open", { n: count(all.packs) }), open > 0 ? "bad" : "good"),
    figure(count(all.missing), t("packs.all.missing"), all.missing > 0 ? "bad" : "good"),
    figure(count(all["keyed-once"]), t("packs.all.keyed-once"), null),
    figure(count(all.differs), t("packs.all.differs"), all.differs > 0 ? "bad" : null),
    figure(count(all.settled), t("packs.all.settled", { n: count(all.issued) }), null));
  const focused = document.activeElement === $("packs");
  $("packs").replaceChildren(packs.length > 0 ? table(t("packs.order"), HEADS, packs.map(row)) : make("p", { class: "quiet" }, t("packs.none")));
  if (focused) $("packs").focus();
  $("paper-foot").textContent = packs.length < all.packs ? t("packs.left", { n: count(all.packs - packs.length) }) : "";
}

async function look() {
  try {
    told = await call("GET", "/v1/packs");
    $("paper-alarm").textContent = "";
    show();
  } catch (error) {
    if (!ended(error)) $("paper-alarm").textContent = t("country.lost");
  }
}

await words;
await openDoor({
  main: "paper", title: "packs", pages: DESK_PAGES,
  entered: () => { void look(); timer = setInterval(() => { if (!document.hidden) void look(); }, AGAIN_MS); },
  left: () => { clearInterval(timer); told = null; for (const id of ["packs", "figures", "paper-foot"]) $(id).replaceChildren(); },
  words: show,
});
$("paper-again").addEventListener("click", () => void look());
document.addEventListener("keydown", (event) => {
  if (event.key === "r" && !event.ctrlKey && !event.metaKey && signedIn() && !/INPUT|SELECT|TEXTAREA/.test(document.activeElement?.tagName ?? "")) void look();
});
