// An auditor's page in a real browser: who looked and what stands out, no traveller; by keyboard, in both languages, on a screen and a
// telephone. An officer's day at the lane, with one look that no crossing answers, comes from another system's ledger in the test.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import test, { after, before } from "node:test";
import axe from "axe-core";
import { catalogues, launch, put } from "./browser.mjs";
import { freePorts, people, postern, program } from "./post.mjs";

const folder = mkdtempSync(join(tmpdir(), "postern-looks-"));
const country = join(folder, "country");
const running = [];
const words = await catalogues("looks");
let browser;
let centre;

async function up(code, ...more) {
  const child = spawn(program(), ["up", join(country, code), ...more], { stdio: ["ignore", "pipe", "inherit"] });
  running.push(child);
  return new Promise((said, failed) => {
    child.stdout.once("data", (bytes) => said(String(bytes).trim()));
    child.once("exit", (status) => failed(new Error(`${code} ended with ${status}`)));
  });
}

/** Somebody crosses at the post, and the analyst looks for them. */
async function live(airport) {
  const context = await browser.newContext();
  const page = await context.newPage();
  const done = async (address, session, asks) => {
    await page.goto(address);
    return page.evaluate(async ([who, all]) => {
      const headers = { "Content-Type": "application/json" };
      const ask = async (path, body) => {
        const answer = await fetch(path, { method: "POST", headers, body: JSON.stringify(body) });
        return [answer.status, await answer.json()];
      };
      headers["X-Postern-Csrf"] = (await ask("/v1/session", who))[1].csrf;
      let last = {};
      for (const [path, body] of all) [, last] = await ask(path, body === "record" ? { scan: last.scan, act: "refer", kind: "document" } : body);
      return last;
    }, [session, asks]);
  };
  const person = { surname: "PERVOLI", given: "ELIRA", birth: "1988-02-03", nationality: "UTO", sex: "F", document: { kind: "passport", issuer: "UTO", number: "U55500012", expiry: "2034-01-01" } };
  await done(`${airport}/lane`, { user: "ina", password: "demo-officer", lane: "1" }, [["/v1/scans", { person, direction: "exit" }], ["/v1/crossings", "record"]]);
  for (let tries = 0; tries < 150; tries++) {
    const found = await done(`${centre}/room`, { user: people.officer.user, password: people.officer.password }, [["/v1/purpose", { purpose: "search", reason: "case 12" }], ["/v1/find", { text: "pervoli", count: 10 }]]);
    if (found.rows?.length > 0) break;
    await new Promise((go) => { setTimeout(go, 200); });
  }
  await context.close();
}

before(async () => {
  const { officer } = people;
  postern(["init", country, "--demonstration", "--keeper-port", String(await freePorts(12)), "--post", "airport:airport:Tirana airport"]);
  postern(["node", join(country, "centre"), "--officer", `${officer.user}=${officer.name}`, "--auditor", "vera=V. Auditi", "--passwords"], `${officer.user} ${officer.password}\nvera demo-auditor\n`);
  postern(["node", join(country, "airport"), "--officer", "ina=Ina", "--passwords"], "ina demo-officer\n");
  for (const keeper of "abcd") await up(`keeper-${keeper}`);
  centre = await up("centre", "--port", "0");
  browser = await launch();
  await live(await up("airport", "--no-travellers", "--port", "0"));
});

after(async () => {
  await browser?.close();
  for (const child of running) child.kill("SIGTERM");
  await Promise.all(running.map((child) => child.exitCode !== null || new Promise((gone) => child.once("exit", gone))));
  rmSync(folder, { recursive: true, force: true });
});

async function open(user, password, language, width, path) {
  const context = await browser.newContext({ viewport: { width, height: 800 } });
  const page = await context.newPage();
  await page.goto(`${centre}${path}`);
  await page.waitForSelector("#sign-in-user:focus"); // before that a button does nothing
  await page.click(`button[data-language=${language}]`);
  await page.waitForFunction((wanted) => document.documentElement.lang === wanted, language);
  await page.keyboard.press("Tab"); // whatever was focused: the fields are filled by keyboard from here
  await page.focus("#sign-in-user");
  await put(page, user);
  await page.keyboard.press("Tab");
  await put(page, password);
  await page.keyboard.press("Enter");
  return { context, page };
}

async function clean(page) {
  await page.evaluate(axe.source);
  const { violations } = await page.evaluate(() => window.axe.run(document, { runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"] }));
  assert.deepEqual(violations.map((one) => `${one.id}: ${one.nodes[0].html}`), []);
}

for (const [language, width] of [["en", 1280], ["sq", 390]]) {
  test(`who looked, and no traveller (${language}, ${width})`, async () => {
    const { context, page } = await open("vera", "demo-auditor", language, width, "/"); // the centre's first page sends an auditor on
    await page.waitForSelector("#looks-why:focus");
    assert.equal(new URL(page.url()).pathname, "/looks");
    assert.deepEqual(await page.locator("#pages a").allTextContents(), [words[language].country, words[language].looks]);
    await clean(page);
    await page.keyboard.press("Enter"); // without a reason nothing is asked
    await page.waitForFunction((sentence) => document.querySelector("#looks-alarm").textContent === sentence, words[language]["error.reason-needed"]);
    assert.ok(await page.isHidden("#answer"));
    await put(page, "review 4");
    await page.keyboard.press("Enter");
    await page.waitForSelector("#answer-title:focus");
    const text = await page.textContent("#looks");
    assert.ok(text.includes("ina") && text.includes(people.officer.user) && text.includes("case 12") && text.includes(words[language]["looks.for.first-line"]), text);
    for (const word of ["PERVOLI", "pervoli", "ELIRA", "U55500012"]) assert.ok(!text.includes(word), word);
    assert.match(text, /P-[0-9a-f]{10}/);
    await clean(page);
    assert.deepEqual(await page.evaluate(() => [...document.querySelectorAll("body *")].filter((one) => one.getBoundingClientRect().right > document.documentElement.clientWidth && !one.closest(".scroll")).map((one) => one.outerHTML.slice(0, 120))), [], "wider than the screen");
    assert.ok(await page.evaluate(() => document.documentElement.scrollWidth <= document.documentElement.clientWidth), "the page scrolls sideways");
    await page.locator("#officers .link", { hasText: "ina" }).focus();
    await page.keyboard.press("Enter"); // only this officer's
    await page.waitForFunction((sentence) => document.querySelector("#looks-of").textContent === sentence, words[language]["looks.by-officer"].replace("{officer}", "ina").replace("{post}", "airport"));
    await page.waitForFunction(() => [...document.querySelectorAll("#rows tbody tr")].every((row) => row.cells[1].textContent === "ina"));
    if (process.env.POSTERN_SHOTS) await page.screenshot({ path: join(process.env.POSTERN_SHOTS, `looks-${language}-${width}.png`), fullPage: true });
    await page.keyboard.press("Escape"); // everybody's again
    await page.waitForFunction((user) => document.querySelector("#looks-of").textContent === "" && document.querySelector("#rows").textContent.includes(user), people.officer.user);
    await context.close();
  });
}

test("whoever is no auditor is told so, and shown nothing", async () => {
  const { context, page } = await open(people.officer.user, people.officer.password, "en", 1280, "/looks");
  await page.waitForFunction((sentence) => document.querySelector("#looks-alarm").textContent === sentence, words.en["looks.not-yours"]);
  await put(page, "curious");
  await page.keyboard.press("Enter");
  await page.waitForFunction((sentence) => document.querySelector("#looks-alarm").textContent.startsWith(sentence), words.en["error.not-allowed"]);
  assert.ok(await page.isHidden("#answer"));
  await context.close();
});
