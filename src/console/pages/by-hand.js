// Screening by hand: sheets keyed by two people who do not see each other's reading, the account of every serial, and
// packs to print. The server checks every box; the page shows which one, and keeps what was typed.
import { KINDS } from "./advice.js";
import { key, Problem } from "./api.js";
import { problemSay } from "./dialogs.js";
import { call, ended, openDoor, POST_PAGES } from "./door.js";
import { $, make } from "./parts.js";
import { count, t } from "./words.js";

const STATES = ["settled", "keyed-once", "differs", "spoiled", "unused", "lost", "missing"];
let session = null;
let account = null;

/** failed(error, id): say what went wrong in that line, or go back to the door. */
function failed(error, id) {
  if (!ended(error)) $(id).textContent = error instanceof Problem ? problemSay(error) : t("error.not-recorded");
}

// ---- the account ----

function sayAccount() {
  if (!account) return;
  $("account-said").textContent = t(account.accounted ? "hand.closed" : "hand.open", { n: count(account.issued) });
  $("account").replaceChildren(...STATES.flatMap((state) => [make("dt", {}, t(`hand.is.${state}`)), make("dd", {}, count(account[state]))]));
  const waiting = new Set(account.next.map((sheet) => sheet.serial)); // as they are wanted; then those of which nobody has said anything
  const open = [...account.next, ...account.packs.flatMap((pack) => pack.open).filter((sheet) => !waiting.has(sheet.serial))].slice(0, 100);
  $("open-sheets").replaceChildren(...open.map((sheet) => make("li", {}, make("span", {}, ""), make("span", { class: "who" }, sheet.serial), make("span", {}, [t(`hand.is.${sheet.state}`), sheet.because === "match" || sheet.because === "stay" ? t(`hand.because.${sheet.because}`) : ""].filter(Boolean).join(" · ")))));
}

async function readAccount() {
  account = await call("GET", "/v1/packs");
  sayAccount();
}

// ---- keying ----

/** saySheet(answer): what became of the sheet, in one line. */
function saySheet(answer) {
  const fields = answer.differs.map((field) => t(`hand.box.${field}`)).join(", ");
  const said = [t(`hand.now.${answer.state}`, { serial: answer.serial, fields })];
  if (answer.missed) said.push(t("hand.missed"));
  $("sheet-said").textContent = said.join(" ");
}

/** markBoxes(detail): "line: the birth date's check digit is wrong; time: …": point at each box. */
function markBoxes(detail) {
  for (const box of $("sheet").elements) box.removeAttribute("aria-invalid");
  const named = (detail ?? "").split("; ").map((part) => part.split(": ")).filter(([field]) => $("sheet").elements[field]);
  for (const [field] of named) $("sheet").elements[field].setAttribute("aria-invalid", "true");
  if (named.length > 0) $("sheet").elements[named[0][0]].focus();
  return named.map(([field, text]) => `${t(`hand.box.${field}`)}: ${text}`).join(" · ");
}

async function send(event) {
  event.preventDefault();
  const form = $("sheet");
  $("sheet-wrong").textContent = "";
  $("sheet-said").textContent = "";
  markBoxes("");
  const boxes = Object.fromEntries([...new FormData(form)].filter(([, value]) => value !== ""));
  try {
    saySheet(await call("POST", "/v1/sheets", boxes, { idempotency: key() }));
    const kept = { direction: form.elements.direction.value, officer: form.elements.officer.value, time: form.elements.time.value };
    form.reset();
    for (const [name, value] of Object.entries(kept)) form.elements[name].value = value;
    $("serial").focus();
    await readAccount();
  } catch (error) {
    failed(error, "sheet-wrong");
    if (error instanceof Problem && error.code === "sheet-boxes") $("sheet-wrong").textContent = markBoxes(error.detail) || problemSay(error);
  }
}

// ---- telling, packs ----

async function tell(event) {
  event.preventDefault();
  $("told-wrong").textContent = "";
  const { pack, first, count: sheets, state, user, password } = Object.fromEntries(new FormData($("told")));
  const body = { pack: Number(pack) || 0, first: Number(first) || 0, count: Number(sheets) || 0, state };
  if (user.trim() !== "") body.second = { user: user.trim(), password };
  try {
    account = await call("POST", "/v1/sheets/told", body, { idempotency: key() });
    $("told").reset();
    sayAccount();
  } catch (error) {
    failed(error, "told-wrong");
  }
}

let packKey = key(); // of the pack that is asked for, until it is answered

async function makePack(event) {
  event.preventDefault();
  $("pack-wrong").textContent = "";
  try {
    const answer = await fetch("/v1/packs", { method: "POST", credentials: "same-origin", cache: "no-store",
      headers: { "Content-Type": "application/json", "X-Postern-Csrf": session.csrf, "Idempotency-Key": packKey }, body: JSON.stringify({ sheets: Number($("sheets").value) || 0 }) });
    if (answer.status !== 503) packKey = key(); // else it may be recorded, and the next try is for the same pack
    if (!answer.ok) throw new Problem(answer.status, await answer.json());
    const link = make("a", { download: `pack-${session.post.code}.pdf` });
    link.href = URL.createObjectURL(await answer.blob());
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 60000);
    await readAccount();
  } catch (error) {
    failed(error, "pack-wrong");
  }
}

// ---- the page ----

function words() {
  const chosenKind = $("referral").value;
  $("referral").replaceChildren(make("option", { value: "" }, "–"), ...KINDS.map((kind) => make("option", { value: kind }, t(`refer.${kind}`))));
  $("referral").value = chosenKind;
  sayAccount();
}

$("sheet").addEventListener("submit", send);
$("told").addEventListener("submit", tell);
$("pack").addEventListener("submit", makePack);
await openDoor({
  main: "hand", title: "hand", lane: "paper", pages: POST_PAGES, words,
  entered: (answer) => {
    session = answer;
    $("pack").hidden = session.role !== "supervisor";
    $("serial").focus();
    readAccount().catch((error) => failed(error, "sheet-wrong"));
  },
  left: () => { session = account = null; for (const id of ["account-said", "account", "open-sheets"]) $(id).replaceChildren(); },
});
