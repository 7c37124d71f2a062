// Signing in, relief, signing out; and asking the server, which signs in again on the spot when a session has ended.
import { call, Problem, useCsrf } from "./api.js";
import { showLast, showTray } from "./aside.js";
import { openDialog, sayProblem } from "./dialogs.js";
import { alarmLists, alarmPerson, hush, listen, patiently } from "./live.js";
import { $, kbd, make, name } from "./parts.js";
import { say, state } from "./state.js";
import { chosen as language, t } from "./words.js";

const page = {}; // what the page does when somebody comes or goes

/** bindSession({resume, toAwait, readLane, readLast, sayMarks, sayReports, reportsFirst, sendSpecimen, events}) */
export function bindSession(hooks) {
  Object.assign(page, hooks);
}

/** ask(...): call, but when the session has ended sign in again on the spot and go on; nothing typed is lost. */
export async function ask(method, path, body, options) {
  for (;;) {
    try {
      return await patiently(() => call(method, path, body, options));
    } catch (error) {
      if (!(error instanceof Problem) || error.status !== 401 || error.code === "wrong-credentials" || !state.session) throw error;
      await signInAgain();
    }
  }
}

function took(session) {
  state.session = session;
  state.hand_ms = Date.now();
  useCsrf(session.csrf);
  $("post-name").textContent = session.post.name;
  sayOfficer();
  for (const id of ["officer", "sign-out"]) $(id).hidden = false;
  sayLane();
}

export function sayOfficer() {
  $("officer").replaceChildren(name(state.session.name), make("span", { class: "unseen" }, ` · ${t("relief.title")}`), kbd("F10"));
}

export function sayLane() {
  if (!state.session) return;
  $("lane-name").textContent = `${t("lane")} ${state.session.lane} · ${t(state.direction === "entry" ? "arrivals" : "departures")}`;
  document.title = `${t("lane")} ${state.session.lane} · ${state.session.post.name} · Postern`;
}

export async function enter(session) {
  took(session);
  $("door").hidden = true;
  $("lane").hidden = false;
  $("foot").hidden = false;
  listen(page.events);
  showLast([]);
  page.resume();
  page.toAwait();
  await Promise.all([page.readLane(), page.readLast()]);
  state.specimens = state.lane?.demonstration ? await ask("GET", "/v1/specimens") : [];
  showTray(state.specimens, page.sendSpecimen);
}

export function door() {
  state.session = null;
  useCsrf(null);
  state.turn++; // what is still asked is answered to nobody
  Object.assign(state, { people: [], chosen: null, done: null, reports: [], phase: "await", checked: null, lane: null, trip: null });
  hush();
  alarmLists("");
  alarmPerson();
  $("mrz").value = "";
  for (const id of ["lane", "foot", "officer", "sign-out", "rung", "lists-age", "demonstration"]) $(id).hidden = true;
  $("result").replaceChildren();
  showLast([]);
  page.sayMarks();
  page.sayReports();
  for (const dialog of document.querySelectorAll("dialog[open]")) dialog.close();
  $("door").hidden = false;
  sayPost().catch(() => {});
  $("lane-name").textContent = "";
  document.title = "Postern";
  try {
    $("sign-in-lane").value ||= localStorage.getItem("postern.lane") ?? "1";
  } catch { /* storage switched off */ }
  $("sign-in-password").value = "";
  $("sign-in-user").focus();
}

/** Before anybody has signed in, the post says its own name. */
async function sayPost() {
  const { post } = await patiently(() => call("GET", "/healthz"));
  if (!state.session && post) $("post-name").textContent = post.name;
}

export async function signIn(event) {
  event.preventDefault();
  const form = $("sign-in");
  const wrong = $("sign-in-wrong");
  wrong.textContent = "";
  const lane = form.elements.lane.value.trim().toLowerCase();
  try {
    const session = await call("POST", "/v1/session", { user: form.elements.user.value.trim(), password: form.elements.password.value, lane, language: language() });
    try {
      localStorage.setItem("postern.lane", lane);
    } catch { /* storage switched off */ }
    form.elements.password.value = "";
    form.elements.user.value = "";
    await enter(session);
  } catch (error) {
    sayProblem(wrong, error);
    form.elements.password.select();
  }
}

let again = null;

export function signInAgain() {
  again ??= new Promise((resolve) => {
    openDialog("again", { hold: true, user: state.session.user, submit: async (values) => {
      const session = await call("POST", "/v1/session", { ...values, lane: state.session.lane, language: language() });
      took(session);
      listen(page.events);
      again = null;
      resolve();
    } });
  });
  return again;
}

export function relief() {
  if (!state.session) return;
  if (page.reportsFirst()) return;
  $("relief-say").textContent = t("relief.say", { name: state.session.name, lane: state.session.lane });
  openDialog("relief", { submit: async (values) => {
    const before = state.session.name;
    took(await ask("POST", "/v1/session/relief", { ...values, language: language() }));
    listen(page.events);
    page.sayReports();
    say(t("relief.done", { before, now: state.session.name }));
  } });
}

export async function signOut() {
  if (page.reportsFirst()) return;
  try {
    await ask("DELETE", "/v1/session");
  } catch (error) {
    if (!(error instanceof Problem)) throw error; // already out
  }
  door();
}
