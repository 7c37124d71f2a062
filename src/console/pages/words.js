// Words: one catalogue a language, dates and durations as people say them, and filling the page's text. A page loads the
// language it is shown in, and the other when somebody chooses it.
const catalogues = {};
const own = []; // names of the pages' own catalogues that are asked too
const read = async (file) => (await import(`./${file}.js`)).default;
const load = async (wanted) => { catalogues[wanted] ??= Object.assign({}, await read(wanted), ...(await Promise.all(own.map((one) => read(`${one}-${wanted}`))))); };
let language = document.documentElement.lang === "sq" ? "sq" : "en";
await load(language);

/** ownWords(name): what this page alone says is in a catalogue of its own, name-en.js and name-sq.js. Wait for it. */
export async function ownWords(name) {
  own.push(name);
  for (const wanted of Object.keys(catalogues)) Object.assign(catalogues[wanted], await read(`${name}-${wanted}`));
}

export function chosen() {
  return language;
}

/** t(key, values): the sentence for key in the chosen language, {name} replaced from values, {name|day|days} by the word for one or for any other number. */
export function t(key, values = {}) {
  const text = catalogues[language][key] ?? key;
  return text.replace(/\{(\w+)(?:\|([^|}]*)\|([^|}]*))?\}/g, (whole, name, one, more) => {
    if (!(name in values)) return whole;
    return one === undefined ? String(values[name]) : String(values[name]) === "1" ? one : more;
  });
}

/** has(key): does the catalogue know it? For words that depend on a code the server may add to. */
export function has(key) {
  return key in catalogues[language];
}

/** pick(thing): the server's sentence in the chosen language: text_sq where there is one, text otherwise. */
export function pick(thing, name = "text") {
  return (language === "sq" && thing[`${name}_sq`]) || thing[name] || "";
}

/** rulesSay(reasons): reasons on record: the rule's sentence, or the id of one that only its country can explain. */
export function rulesSay(reasons) {
  return reasons.map((one) => pick(one) || one.rule).join(" ");
}

/** heightenedSay(one): a heightened check that is in force: until when, and what it is about. */
export function heightenedSay(one) {
  return t("heightened", { until: day(one.until), text: pick(one) });
}

/** fill(root): put words into every element that names a key in data-t, data-t-label or data-t-placeholder. */
export function fill(root = document) {
  for (const element of root.querySelectorAll("[data-t]")) element.textContent = t(element.dataset.t);
  for (const element of root.querySelectorAll("[data-t-label]")) element.setAttribute("aria-label", t(element.dataset.tLabel));
  for (const element of root.querySelectorAll("[data-t-placeholder]")) element.placeholder = t(element.dataset.tPlaceholder);
  for (const button of root.querySelectorAll("button[data-language]"))
    button.setAttribute("aria-pressed", String(button.dataset.language === language));
}

/** choose(language): show the page's words in it; when they cannot be had, it stays as it is. Wait for it. */
export async function choose(next) {
  const wanted = next === "sq" ? "sq" : "en";
  try {
    await load(wanted);
  } catch {
    return;
  }
  language = wanted;
  document.documentElement.lang = language;
  try {
    localStorage.setItem("postern.language", language);
  } catch { /* storage switched off */ }
  fill();
}

/** day("1970-01-01"): "1 Jan 1970"; unknown parts (XX) are left out; "" for nothing. */
export function day(text) {
  const parts = /^([0-9X]{4})(?:-([0-9X]{2}))?(?:-([0-9X]{2}))?$/.exec(text ?? "");
  if (!parts) return text ?? "";
  const [, year, month, date] = parts.map((part) => (part && !part.includes("X") ? part : null));
  if (!year) return t("date.unknown");
  if (!month) return year;
  const named = t("months").split(" ")[Number(month) - 1] ?? month;
  return date ? `${Number(date)} ${named} ${year}` : `${named} ${year}`;
}

/** count(1204): "1,204" or "1 204", the way the language groups thousands. Browsers do not all know Albanian. */
export function count(number) {
  return String(number).replace(/\B(?=(\d{3})+$)/g, t("thousands"));
}

/** years("1970-01-01"): whole years from then to today, or null when a part is unknown. For the eye only. */
export function years(text) {
  const parts = /^(\d{4})-(\d{2})-(\d{2})$/.exec(text ?? "");
  if (!parts) return null;
  const now = new Date();
  const passed = (now.getMonth() + 1) * 100 + now.getDate() >= Number(parts[2]) * 100 + Number(parts[3]);
  return now.getFullYear() - Number(parts[1]) - (passed ? 0 : 1);
}

export function clock(text) {
  const time = text ? new Date(text) : new Date();
  if (Number.isNaN(time.getTime())) return "";
  return time.toLocaleTimeString("en-GB", { hour: "2-digit", minute: "2-digit", second: "2-digit" });
}

/** edition("2026-11-24T06:00:00.000Z"): "24 Nov 2026 07:00"; a list that names its edition another way is left as it is. */
export function edition(text) {
  const time = /^\d{4}-\d{2}-\d{2}T/.test(text ?? "") ? new Date(text) : null;
  if (time && text.slice(11, 16) === "00:00") return day(text.slice(0, 10));
  return time ? `${localDay(time)} ${clock(text).slice(0, 5)}` : /^\d{4}-\d{2}-\d{2}$/.test(text) ? day(text) : text;
}

function localDay(time) {
  return day(`${time.getFullYear()}-${String(time.getMonth() + 1).padStart(2, "0")}-${String(time.getDate()).padStart(2, "0")}`);
}

/** moment(time): the clock time today, otherwise the day. */
export function moment(text) {
  const time = new Date(text);
  return time.toDateString() === new Date().toDateString() ? clock(text) : localDay(time);
}

/** span(seconds): "40 s", "12 min", "3 h 05", "2 days": a duration with its unit. */
export function span(seconds) {
  if (seconds < 90) return t("span.seconds", { n: Math.max(0, Math.round(seconds)) });
  if (seconds < 5400) return t("span.minutes", { n: Math.round(seconds / 60) });
  if (seconds < 172800) {
    const minutes = Math.round(seconds / 60);
    return t("span.hours", { h: Math.floor(minutes / 60), m: String(minutes % 60).padStart(2, "0") });
  }
  return t("span.days", { n: Math.floor(seconds / 86400) });
}

let states = {};

/** loadStates(): fetch the names of States once; until then, and for codes not there, the code itself is shown. */
export async function loadStates() {
  const answer = await fetch("/console/states.json");
  if (answer.ok) states = await answer.json();
}

/** state("UTO"): "Utopia", in the chosen language, without what stands in brackets. */
export function state(code) {
  const names = states[code];
  return names ? names[language === "sq" ? 1 : 0].replace(/ \(.*\)$/, "") : (code ?? "");
}
