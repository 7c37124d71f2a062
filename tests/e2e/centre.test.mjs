// The centre's page in a real browser: a post's crossing found under another spelling, the person's page, by keyboard; in both languages.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import test, { after, before } from "node:test";
import axe from "axe-core";
import { launch, openLane, scanLines, advice, signIn as signInLane } from "./browser.mjs";
import { people, postern, program, root } from "./post.mjs";

const folder = mkdtempSync(join(tmpdir(), "postern-centre-"));
const country = join(folder, "country");
const running = [];
const words = {};
for (const language of ["en", "sq"]) words[language] = (await import(`data:text/javascript,${encodeURIComponent(readFileSync(`${root}src/console/pages/${language}.js`, "utf8"))}`)).default;
let browser;
let centre;

/** up(code): run a node of the country; the line it says when it is ready. */
async function up(code, ...words) {
  const child = spawn(program(), ["up", join(country, code), ...words], { stdio: ["ignore", "pipe", "inherit"] });
  running.push(child);
  return new Promise((said, failed) => {
    child.stdout.once("data", (bytes) => said(String(bytes).trim()));
    child.once("exit", (status) => failed(new Error(`${code} ended with ${status}`)));
  });
}

before(async () => {
  const { officer } = people;
  postern(["init", country, "--demonstration", "--keeper-port", String(20000 + (process.pid % 20000)), "--post", "airport:airport:Tirana airport"]);
  for (const code of ["airport", "centre"]) postern(["node", join(country, code), "--officer", `${officer.user}=${officer.name}`, "--passwords"], `${officer.user} ${officer.password}\n`);
  for (const keeper of "abcd") await up(`keeper-${keeper}`);
  const post = await up("airport", "--no-travellers", "--port", "0");
  centre = await up("centre", "--port", "0");
  browser = await launch();
  const { context, page } = await openLane(browser, post);
  await signInLane(page, officer);
  await scanLines(page, "P<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<<<<<<<<<\nL898902C36UTO7408122F3404159ZE184226B<<<<<10");
  await advice(page);
  await page.keyboard.press("1"); // whatever the advice: to the second line, or nothing when it is clear
  await page.keyboard.press("Enter");
  await page.waitForTimeout(1500);
  await context.close();
});

after(async () => {
  await browser?.close();
  for (const child of running) child.kill("SIGTERM");
  await Promise.all(running.map((child) => child.exitCode !== null || new Promise((gone) => child.once("exit", gone))));
  rmSync(folder, { recursive: true, force: true });
});

async function accessible(page) {
  await page.evaluate(axe.source);
  const { violations } = await page.evaluate(() => window.axe.run(document, { runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"] }));
  assert.deepEqual(violations.map((one) => `${one.id}: ${one.nodes[0].html}`), []);
}

for (const language of ["en", "sq"]) {
  test(`whoever crossed is found under another spelling, by keyboard (${language})`, async () => {
    const t = words[language];
    const { context, page, seen } = await openLane(browser, centre, { language });
    await accessible(page);
    await page.keyboard.type(people.officer.user);
    await page.keyboard.press("Tab");
    await page.keyboard.type(people.officer.password);
    await page.keyboard.press("Enter");
    await page.waitForSelector("#reason:focus");
    await page.fill("#name", "Ana Ericson");
    await page.press("#name", "Enter");
    await page.waitForFunction((sentence) => document.querySelector("#question-wrong").textContent === sentence, t["ask.reason.needed"]);
    await page.fill("#reason", "case 12");
    for (let tries = 0; tries < 50; tries++) {
      await page.press("#name", "Enter");
      await page.waitForSelector("#found-title:focus");
      if (await page.$("#found tbody tr")) break;
      await page.waitForTimeout(200);
    }
    assert.equal(await page.innerText("#found-said"), t["ask.count"].replace("{n}", "1"));
    await accessible(page);
    assert.match(await page.innerText("#found tbody tr"), /ERIKSSON, ANNA MARIA/);
    await page.focus("#found .link");
    await page.keyboard.press("Enter");
    await page.waitForSelector("#back:not([hidden])");
    assert.ok((await page.$$("#found table")).length >= 2);
    await accessible(page);
    if (process.env.POSTERN_SHOT) await page.screenshot({ path: process.env.POSTERN_SHOT });
    await page.keyboard.press("Escape");
    await page.waitForSelector("#back", { state: "hidden" });
    await page.selectOption("#find", "crossings");
    await page.fill("#name", "");
    await page.fill("#number", "L898902C3");
    await page.press("#number", "Enter");
    await page.waitForFunction((caption) => document.querySelector("#found caption")?.textContent === caption, t["ask.crossings"]);
    assert.deepEqual(seen.complaints, []);
    assert.deepEqual(seen.requests.filter((url) => new URL(url).origin !== new URL(centre).origin || /ericson|eriksson|L898902C3/i.test(url)), []);
    await page.click("#sign-out");
    await page.waitForSelector("#door:not([hidden])");
    await context.close();
  });
}
