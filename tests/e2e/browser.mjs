// Debian's Chromium without a window: nothing in the background, nothing to other hosts. The shell without the browser's own
// surroundings (tabs, menus) takes half as long; CHROMIUM=/usr/bin/chromium walks the whole one.
import { readFileSync } from "node:fs";
import { chromium } from "playwright-core";

const QUIET = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync"];

export function launch() {
  return chromium.launch({ executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium-headless-shell", headless: true, args: QUIET });
}

/** openLane(browser, address, options): a page of its own, watched: what it asked, what it sent, what it complained about. */
export async function openLane(browser, address, { theme = "day", language = "en", width = 1280, height = 800, touch = false, timezone = undefined } = {}) {
  const context = await browser.newContext({ viewport: { width, height }, hasTouch: touch, locale: "en-GB", timezoneId: timezone });
  await context.addInitScript(([chosen, words]) => {
    if (sessionStorage.getItem("test.ready")) return;
    sessionStorage.setItem("test.ready", "yes");
    localStorage.setItem("postern.theme", chosen);
    localStorage.setItem("postern.language", words);
    localStorage.setItem("postern.lane", "3");
  }, [theme, language]);
  const page = await context.newPage();
  const seen = { requests: [], complaints: [], sent: [] }; // sent: what was more than a question
  page.on("request", (request) => {
    seen.requests.push(request.url());
    if (request.method() !== "GET") seen.sent.push(`${request.method()} ${new URL(request.url()).pathname}`);
  });
  page.on("pageerror", (error) => seen.complaints.push(String(error)));
  page.on("console", (line) => {
    if (line.type() === "error" && !/status of (401|403|422|429)/.test(line.text())) seen.complaints.push(line.text());
  });
  await page.goto(new URL(address).pathname === "/" ? `${address}/` : address);
  await page.waitForSelector("#sign-in-user:focus");
  return { context, page, seen };
}

export async function signIn(page, { user, password }) {
  await page.waitForSelector("#sign-in-user:focus");
  await put(page, user);
  await page.keyboard.press("Tab");
  await put(page, password);
  await page.keyboard.press("Enter");
  await page.waitForSelector("#mrz:focus");
}

const catalogue = async (name) => (await import(`data:text/javascript,${encodeURIComponent(readFileSync(new URL(`../../src/console/pages/${name}.js`, import.meta.url), "utf8"))}`)).default;

/** catalogues(...own): {en, sq}: what the pages say, and what pages with words of their own say, such as "ship". */
export async function catalogues(...own) {
  const whole = async (language) => Object.assign({}, ...(await Promise.all([language, ...own.map((one) => `${one}-${language}`)].map(catalogue))));
  return { en: await whole("en"), sq: await whole("sq") };
}

/** filled(sentence, values): a catalogue's sentence as a page says it: {n} and, by what n is, {n|day|days}. */
export const filled = (sentence, values) => sentence.replace(/\{(\w+)(?:\|([^|}]*)\|([^|}]*))?\}/g, (_, name, one, more) => (one === undefined ? values[name] : String(values[name]) === "1" ? one : more));

/** put(page, text): text where the cursor is, in one piece: a browser takes ten times as long for key after key. */
export const put = (page, text) => page.keyboard.insertText(text);

/** wedge(page, mrz): what a keyboard-wedge reader does: every character, and Enter after each line. */
export async function wedge(page, mrz) {
  for (const line of mrz.split("\n")) {
    await page.keyboard.type(line);
    await page.keyboard.press("Enter");
  }
}

/** scanLines(page, mrz): the same, a line in one piece. */
export async function scanLines(page, mrz) {
  for (const line of mrz.split("\n")) {
    await put(page, line);
    await page.keyboard.press("Enter");
  }
}

/** advice(page): wait for advice that may be acted on; "clear", "refer" or "stop". */
export async function advice(page) {
  await page.waitForSelector("#result[data-tone] .advice");
  await page.waitForTimeout(400); // the buttons arm themselves 350 ms after the advice is shown
  return page.getAttribute("#result", "data-tone");
}

/** answering(page, path, said, inside): from now on the page hears this, besides what the machine answers there; inside one of its objects where that is named. */
export const answering = (page, path, said, inside = null) => page.evaluate(([asks, more, within]) => {
  const asked = window.fetch;
  window.fetch = async (where, how) => {
    const answer = await asked(where, how);
    if (!String(where).endsWith(asks) || !answer.ok) return answer;
    const whole = await answer.json();
    return new Response(JSON.stringify(within ? { ...whole, [within]: { ...whole[within], ...more } } : { ...whole, ...more }), { status: answer.status, headers: answer.headers });
  };
}, [path, said, inside]);
