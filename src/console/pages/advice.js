// The advice on the screen: colour, word and icon; who; why. It shows what the server decided and decides nothing.
//
// A clear traveller and one under a discreet check look the same: same colour, same parts, same timing. The one
// difference is a ring nine pixels wide beside "held by", there for officers with the right and room kept for everyone.
import { rowParts } from "./arrival.js";
import { act, icon, kbd, make, name } from "./parts.js";
import { permitSay, proofSay } from "./permit.js";
import { day, edition, has, pick, span, state, t, years } from "./words.js";

export const KINDS = ["match", "document", "identity", "conditions", "minor", "trafficking", "protection", "vehicle", "unwell"];
const COUNTRY_FRESH_S = 600;
const GRAVITY = ["clear", "refer", "stop"];

/** worst(people): the person whose advice weighs most; the first of equals. */
export function worst(people) {
  return people.reduce((most, person) => (GRAVITY.indexOf(person.advice.advice) > GRAVITY.indexOf(most.advice.advice) ? person : most), people[0]);
}

function spoken(text) {
  return text.toLowerCase().replace(/(^|[\s'’-])(\p{L})/gu, (all, before, letter) => before + letter.toUpperCase());
}

/** fullName(person): "SPECIMEN, Ana Maria", or the whole name where it is not split. */
export function fullName(person) {
  if (!person.surname && !person.given) return person.name || t("no-name");
  if (!person.given) return person.surname;
  return `${person.surname || "–"}, ${spoken(person.given)}`;
}

/** lineName("SPECIMEN, ANA"): the same for a name that comes as one line. */
export function lineName(text) {
  const at = text.indexOf(", ");
  return at < 0 ? text : fullName({ surname: text.slice(0, at), given: text.slice(at + 2) });
}

export function keptSay(kept) {
  return t(has(`kept.${kept}`) ? `kept.${kept}` : "kept.local");
}

// What the machine last said of who holds its entries: {site, site_size, kept_size, quorum_size}.
let sizes = null;

/** keepers(ledger): learn who holds how much. True when that changes what is shown. */
export function keepers(ledger) {
  const former = sizes;
  sizes = ledger;
  return !former || ["site", "site_size", "kept_size", "quorum_size"].some((one) => former[one] !== ledger[one]);
}

/** keptNow(one): who holds a crossing by now; what it was answered with only ever grows. */
export function keptNow({ kept, seq }) {
  if (!sizes || seq === undefined || kept === "not-recorded") return kept;
  for (const [level, size] of [["quorum", sizes.quorum_size], ["kept", sizes.kept_size], ["site-kept", sizes.site_size]])
    if (size > seq) return level;
  return kept;
}

/** alone(kept): this machine is alone with it, and a second one should hold it. */
function alone(kept) {
  return kept === "local" && sizes?.site === "late";
}

/** held(kept): two dots: ●○ this machine, ●● two machines or more; red when the second does not answer. */
export function held(kept) {
  const how = kept === "not-recorded" ? "held lost" : alone(kept) ? "held one late" : kept === "local" ? "held one" : "held";
  const text = alone(kept) ? t("kept.late") : keptSay(kept);
  return make("span", { class: how, role: "img", "aria-label": text, title: text }, make("i"), make("i"));
}

function headline(people, person, direction) {
  const tone = person.advice.advice;
  const discreet = people.some((one) => one.advice.actions.includes("report"));
  const seconds = people.reduce((sum, one) => sum + one.took_us, 0) / 1e6;
  const count = people.length;
  const say = tone === "clear" && count > 1 ? t(`clear.say.party.${direction}`, { n: count }) : t(`${tone}.say${tone === "clear" ? `.${direction}` : ""}`);
  return make("div", { class: "advice fresh" }, icon(tone), make("strong", {}, t(tone)), make("p", {}, say),
    make("span", { class: "facts" }, t("took", { ms: Math.max(1, Math.round(seconds * 1000)) }), make("br"),
      make("b", {}, keptSay(person.kept)), make("span", { class: discreet ? "note" : "note none" }, discreet ? make("span", { class: "unseen" }, t("note")) : null)));
}

function fact(key, value, { wide, small, button } = {}) {
  return make("div", { class: wide ? "wide" : null }, make("dt", {}, t(key), small ? make("small", {}, ` · ${small}`) : null, button), make("dd", {}, value || "–"));
}

/** How far back the days are known, how many of them that leaves open, and how old what other posts said is, when that is more than minutes. */
function sinceSay(stay) {
  if (!stay?.known_since) return "";
  const since = t(stay.unknown_days > 0 ? "stay.since.open" : "stay.since", { day: day(stay.known_since), n: stay.unknown_days });
  if (!stay.country) return since;
  return `${since} · ${stay.country.age_s < COUNTRY_FRESH_S ? t("stay.country") : t("stay.country.old", { age: span(stay.country.age_s) })}`;
}

function staySay(stay) {
  if (!stay) return t("stay.none");
  if (stay.used === null || stay.used === undefined) return t("stay.not-known");
  return t("stay.days", { used: stay.used, all: stay.limit ?? stay.used + stay.left });
}

/** otherBirth(scan, run): the same birth date in the other century, where the document's two digits allow both. */
function otherBirth(scan, run) {
  if (!scan.other_birth) return null;
  const words = t("birth.other", { day: day(scan.other_birth) });
  return make("button", { type: "button", class: "other", id: "born", "aria-keyshortcuts": "0", "aria-label": words, title: words, onclick: run.born }, `${scan.other_birth.slice(0, 4)}? `, kbd("0"));
}

function about(scan, run) {
  const { person, advice } = scan;
  const paper = person.document ?? {};
  const age = years(person.birth);
  const stay = advice.stay;
  const kind = has(`kind.${paper.kind}`) ? t(`kind.${paper.kind}`) : paper.kind;
  return make("dl", { class: "person" },
    fact("name", name(fullName(person)), { wide: true }), fact("birth", day(person.birth), { small: age === null ? "" : t("age", { n: age }), button: otherBirth(scan, run) }),
    fact("nationality", state(person.nationality), { small: person.nationality }), fact("sex", person.sex ? t(`sex.${person.sex}`) : ""),
    fact("document", name(paper.number ?? ""), { wide: true, small: [kind, paper.issuer && state(paper.issuer)].filter(Boolean).join(" · ") }), fact("expiry", day(paper.expiry)),
    fact("stay", staySay(stay), { small: sinceSay(stay) }),
    fact("leave-by", stay?.leave_by ? day(stay.leave_by) : ""), scan.permit ? fact("permit", permitSay(scan.permit), { wide: true }) : null, scan.proof ? fact("proof", proofSay(scan.proof), { wide: true }) : null);
}

/** factSay(key, value, scan): one piece of the data behind a reason, in words; "" for what is shown elsewhere. */
function factSay(key, value, scan) {
  if (Array.isArray(value)) return value.map((one) => factSay(key, one, scan)).filter(Boolean).join(", ");
  if (key === "nationality" || key === "issuer") return t(`fact.${key}`, { value: `${state(value)} (${value})` });
  if (key === "problem") {
    const problem = scan.mrz?.problems?.find((one) => one.code === value);
    return problem && problem.weight !== "error" ? "" : pick(problem ?? { text: String(value) });
  }
  if (key === "unknown_days" && Number(value) === 0) return "";
  if (key === "age_s") return t("fact.age_s", { value: span(Number(value)) });
  if (!has(`fact.${key}`)) return `${key.replaceAll("_", " ")} ${value}`;
  const words = typeof value === "string" && has(`fact.${key}.${value}`) ? t(`fact.${key}.${value}`) : value;
  return t(`fact.${key}`, { value: typeof words === "string" && /^\d{4}-\d{2}/.test(words) ? day(words) : words });
}

function factsSay(data, scan, skip = []) {
  if (!data) return "";
  if (typeof data === "string") return data;
  return Object.entries(data).filter(([key]) => !skip.includes(key)).map(([key, value]) => factSay(key, value, scan)).filter(Boolean).join(" · ");
}

function reason(one, tone, scan, match = null) {
  const mark = one.verdict ?? tone;
  const facts = match ? matchFacts(match, one.data ?? {}) : factsSay(one.data, scan);
  return make("li", { "data-tone": mark }, make("span", { class: "mark" }, icon(mark, 24)), make("span", { class: "sentence" }, pick(one)),
    match ? whys(match) : null, facts ? make("small", {}, facts) : null, match?.cleared ? make("small", {}, t("second.lane.cleared", { day: day(match.cleared.on), edition: edition(match.cleared.edition) })) : null);
}

/**
 * whys(match): what agrees and what does not. The server says one sentence for each pair of name parts; pairs that agree
 * in the same way share one line: JEVRELOFF = ДЖЕВРЕЛОВ, TICHORAD = Тихорад: the same name in another script.
 */
function whys(match) {
  const lines = [];
  for (const why of match.why) {
    const text = pick(why);
    const pair = /^"([^"]+)" \p{L}+ "([^"]+)": (.+?)\.?$/u.exec(text);
    const like = pair && lines.find((line) => line.how?.slice(1) === pair[3].slice(1));
    if (like) like.pairs.push(pair);
    else lines.push(pair ? { how: pair[3].charAt(0).toLowerCase() + pair[3].slice(1), pairs: [pair] } : { text });
  }
  return make("ul", { class: "why" }, lines.map((line) => make("li", {}, line.pairs ? [line.pairs.flatMap(([, a, b], i) => [i > 0 ? ", " : "", make("b", {}, name(a)), " = ", make("b", {}, name(b))]), `: ${line.how}`] : quoted(line.text))));
}

/** quoted(text): what stands in quotation marks is a piece of a name: bold, and in its own direction. */
function quoted(text) {
  return text.split('"').map((piece, i) => (i % 2 === 1 ? make("b", {}, name(piece)) : piece)).filter((piece) => piece !== "");
}

function matchFacts(match, data) {
  const facts = [`${match.list} ${match.entry}`, data.owner, match.edition && t("edition", { edition: edition(match.edition) }), data.age_s !== undefined && t("old", { age: span(data.age_s) }), Number(match.score).toFixed(2)];
  return facts.filter(Boolean).join(" · ");
}

/** matchParts(match): a match by itself: whose name, what agrees, from which list. */
export function matchParts(match) {
  return [make("span", { class: "sentence" }, t("same-as"), " ", make("b", {}, name(match.name)), match.alias === "weak" ? ` (${t("alias.weak")})` : "", "?"), whys(match),
    match.effect ? make("small", {}, pick(match, "effect")) : null, make("small", {}, matchFacts(match, {})), match.cleared ? make("small", {}, t("second.lane.cleared", { day: day(match.cleared.on), edition: edition(match.cleared.edition) })) : null];
}

/** listSay(list): "UN of 27 Feb 2026 (270 days)". */
export function listSay(list) {
  return list.edition ? t("list.age", { list: list.list, edition: edition(list.edition), age: span(list.age_s) }) : t("list.age.not-said", { list: list.list });
}

function matchOf(scan, one) {
  return one.kind === "match" ? scan.matches.find((each) => each.list === one.data?.list && each.entry === one.data?.entry) ?? null : null;
}

/** discreetReasons(scan): what the officer with the right is asked to report on. Never shown beside the advice. */
export function discreetReasons(scan) {
  return make("ol", { class: "reasons" }, scan.advice.reasons.filter((one) => one.discreet).map((one) => reason(one, "clear", scan, matchOf(scan, one))));
}

function reasons(scan) {
  const { advice, matches } = scan;
  const tone = advice.advice;
  const quiet = tone === "clear";
  const left = new Set(quiet ? [] : matches);
  const shown = advice.reasons.filter((one) => !one.discreet).map((one) => {
    const match = matchOf(scan, one);
    left.delete(match);
    return reason(one, tone, scan, match);
  });
  if (quiet && shown.length === 0)
    shown.push(reason({ text: t("clear.reason"), data: advice.lists.map(listSay).join(" · ") }, tone, scan));
  return make("ol", { class: "reasons" }, shown,
    [...left].map((match) => make("li", { "data-tone": "refer" }, make("span", { class: "mark" }, icon("refer", 24)), matchParts(match))));
}

/** kindOf(scan): what the second line would look at first, as the server said with its gravest reason; or null. */
export function kindOf(scan) {
  const { advice, reasons: all } = scan.advice;
  return all.find((one) => one.verdict === advice && KINDS.includes(one.kind))?.kind ?? null;
}

function party(people, chosen, choose) {
  if (people.length < 2) return null;
  const family = people.every((one) => one.person.given && one.person.surname === people[0].person.surname); // one surname: said once, above
  return make("ol", { class: "party", "aria-label": t("party") }, people.map((one) => make("li", { "data-tone": one.advice.advice },
    make("button", { type: "button", "aria-pressed": String(one === chosen), onclick: () => choose(one) }, icon(one.advice.advice, 20), name(family ? spoken(one.person.given) : fullName(one.person)), make("span", { class: "unseen" }, t(one.advice.advice))))));
}

function acts(tone, people, direction, run) {
  const record = people.length > 1 ? t(`record.${direction}.party`, { n: people.length }) : t(`record.${direction}`);
  const main = tone === "clear" ? act(record, "Enter", { main: true, run: run.record, id: "main-act" })
    : act(t("refer.act"), "Enter", { main: true, run: run.refer, id: "main-act" });
  const pass = tone === "clear" ? null : act(t(tone === "stop" ? "override.stop" : "override.open"), "F2", { run: run.override, id: "override-open" });
  return make("div", { class: "acts" }, main, pass, act(t("next"), "Escape", { run: run.next, id: "next" }));
}

function kinds(suggested, run) {
  return make("div", { class: "kinds", role: "group", "aria-label": t("second-line") },
    KINDS.map((kind, i) => make("button", { type: "button", "data-kind": kind, "aria-pressed": String(kind === suggested), "aria-keyshortcuts": String(i + 1), onclick: () => run.kind(kind) }, kbd(String(i + 1)), t(`refer.${kind}`))));
}

/** showAdvice(box, desk, people, chosen, direction, run): fill the box and the desk of buttons. run holds what they do. */
export function showAdvice(box, desk, people, chosen, direction, run) {
  const gravest = worst(people);
  const tone = gravest.advice.advice;
  box.className = "card";
  box.dataset.tone = tone;
  // Why somebody may not just pass stands before what a carrier said of them: it is not scrolled out of sight.
  const [row, why] = [rowParts(chosen), reasons(chosen)];
  box.replaceChildren(...[headline(people, gravest, direction), party(people, chosen, run.choose), about(chosen, run), ...(tone === "clear" ? [row, why] : [why, row])].filter(Boolean));
  box.append(make("button", { type: "button", class: "more", "aria-keyshortcuts": "PageDown", hidden: true, onclick: () => turnReasons(box, 1) }, make("span", {}), kbd("PgDn")));
  box.scrollTop = 0;
  desk.dataset.tone = tone;
  desk.replaceChildren(acts(tone, people, direction, run), kinds(tone === "clear" ? null : kindOf(gravest), run));
}

/** turnReasons(box, way): a screen of what stands in it further down, or up. */
export function turnReasons(box, way) {
  box.scrollBy({ top: way * 0.8 * box.clientHeight });
}

/** watchReasons(box): from now on it says what lies below its edge, whatever size it is. */
export function watchReasons(box) {
  new ResizeObserver(() => sayMore(box)).observe(box);
  new MutationObserver(() => sayMore(box)).observe(box, { childList: true });
  box.addEventListener("scroll", () => sayMore(box), { passive: true });
}

/** sayMore(box): nobody lets somebody pass because the second reason lay below the edge. */
function sayMore(box) {
  const more = box.querySelector(".more");
  if (!more) return;
  more.hidden = box.scrollHeight - box.scrollTop - box.clientHeight < 4;
  const edge = box.getBoundingClientRect().bottom;
  const n = [...box.querySelectorAll(".reasons .sentence")].filter((one) => one.getBoundingClientRect().bottom > edge).length;
  more.firstChild.textContent = n > 0 ? t("more.reasons", { n }) : t("more");
}

/** showAwaiting(box, desk, done, busy): the quiet page before a document, with what was last recorded. */
export function showAwaiting(box, desk, done, busy) {
  desk.replaceChildren();
  box.className = "card await";
  delete box.dataset.tone;
  const words = busy ? [make("strong", {}, t("checking"))] : [make("strong", {}, t("await")), make("span", {}, t("await.say"))];
  box.replaceChildren(...[done ? make("p", { class: "done" }, held(keptNow(done)), make("span", {}, done.text, " ", name(done.name))) : null, make("span", { class: "place" }, icon("scan", 72)), ...words].filter(Boolean));
}
