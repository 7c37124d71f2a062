// The door of a page that somebody signs in to, its language buttons, and the way to the pages beside it.
import { call as send, Problem, useCsrf } from "./api.js";
import { sayProblem, staffAlarm } from "./dialogs.js";
import { $, make } from "./parts.js";
import { choose, chosen as language, fill, t } from "./words.js";

/** The pages of a centre's desk: an auditor has those that say so, and those for all. */
export const DESK_PAGES = [["/centre", "ask"], ["/country", "country", "all"], ["/looks", "looks", "auditor"], ["/late", "missed"], ["/paper", "packs"], ["/lists", "editions"], ["/leave", "leave"], ["/room", "room"]];

/** The pages of a post; a shift is a supervisor's. */
export const POST_PAGES = [["/lane", "lane"], ["/arrivals", "coming"], ["/ship", "ship"], ["/by-hand", "hand"], ["/shift", "shift", "supervisor"], ["/room", "room"]];

const hooks = {}; // {main, title, lane, pages, entered(session), left(), words()}
let session = null;

/** Those of the page's list that whoever is signed in has something to do on, and the page that they are on. */
function ways() {
  const theirs = (role) => role === "all" || role === session.role || (!role && session.role !== "auditor");
  return hooks.pages.filter(([path, , role]) => theirs(role) || path === location.pathname);
}

/** signedIn(): who is, as the server says it; or null. */
export function signedIn() {
  return session;
}

/** A centre tells its supervisor when the staff list ends; a post does on the shift's page. */
function warn() {
  $("staff-ends")?.remove();
  const said = session?.staff ? staffAlarm(session.staff) : [""];
  if (said[0]) $(hooks.main).prepend(make("p", { id: "staff-ends", class: "wrong", role: "alert" }, said));
}

function took(answer) {
  session = answer;
  useCsrf(session.csrf);
  $("post-name").textContent = session.post.name;
  $("officer").textContent = session.name;
  for (const id of ["officer", "sign-out", hooks.main]) $(id).hidden = false;
  $("door").hidden = true;
  $("pages")?.replaceChildren(...ways().map(([path, key]) => make("a", { href: path, "aria-current": path === location.pathname ? "page" : null }, t(key))));
  warn();
  hooks.entered(session);
}

/** goOut(): nobody is signed in any more: what the page held is gone with them. */
export function goOut() {
  session = null;
  useCsrf(null);
  for (const id of ["officer", "sign-out", hooks.main]) $(id).hidden = true;
  $("pages")?.replaceChildren();
  warn();
  for (const form of document.querySelectorAll("form")) form.reset();
  hooks.left();
  $("door").hidden = false;
  $("sign-in-user").focus();
}

/** An answer that came when whoever asked had gone: nobody sees it, neither what it says nor that it failed. */
class Gone extends Error {}

/** call(...): as in api.js, for whoever is signed in, and for as long as they are. */
export async function call(...asked) {
  const who = session;
  try {
    const answer = await send(...asked);
    if (session === who) return answer;
  } catch (error) {
    if (session === who) throw error;
  }
  throw new Gone();
}

/** ended(error): true, and the door is shown, when the session is over; true when it was over already. */
export function ended(error) {
  if (error instanceof Gone) return true;
  if (!(error instanceof Problem) || error.code !== "not-signed-in") return false;
  goOut();
  return true;
}

async function signIn(event) {
  event.preventDefault();
  const form = $("sign-in");
  $("sign-in-wrong").textContent = "";
  const who = { user: form.elements.user.value.trim(), password: form.elements.password.value, language: language() };
  try {
    took(await send("POST", "/v1/session", hooks.lane ? { ...who, lane: hooks.lane } : who));
    form.reset();
  } catch (error) {
    if (error instanceof Problem) sayProblem($("sign-in-wrong"), error);
    else $("sign-in-wrong").textContent = t("error.not-recorded");
    form.elements.password.select();
  }
}

function words() {
  fill();
  document.title = `${t(hooks.title)} · Postern`;
  if (session) for (const [index, link] of [...($("pages")?.children ?? [])].entries()) link.textContent = t(ways()[index][1]);
  warn();
  hooks.words();
}

/** openDoor(hooks): wire the page once, and go in when somebody is signed in already; with `only`, at the page's own lane. */
export async function openDoor(given) {
  Object.assign(hooks, given);
  for (const button of document.querySelectorAll("button[data-language]"))
    button.addEventListener("click", async () => { await choose(button.dataset.language); words(); });
  $("sign-in").addEventListener("submit", signIn);
  $("sign-out").addEventListener("click", async () => { await send("DELETE", "/v1/session").catch(() => {}); goOut(); });
  words();
  try {
    const answer = await send("GET", "/v1/session");
    if (hooks.only && answer.lane !== hooks.lane) goOut();
    else took(answer);
  } catch {
    goOut();
  }
}
