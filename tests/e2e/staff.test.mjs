// A staff list that ends within the day, in a real browser: the shift page says so, and two people let it run longer on a page that
// nobody signs in to; in both languages and themes.
import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import test, { after, before } from "node:test";
import axe from "axe-core";
import { catalogues, launch, openLane, put } from "./browser.mjs";
import { people, postern, up } from "./post.mjs";

const words = await catalogues("staff");
const { officer, supervisor } = people;
let folder;
let browser;
let post;
let address;
let version = 0;

const at = (...parts) => join(folder, ...parts);

/** A list for so many hours, given to the post itself. */
function give(hours) {
  version += 1;
  postern(["staff", "sign", at("people"), "--roster", at("land/roster"), "--post", "utopia.example/durres", "--version", `${version}`, "--hours", `${hours}`,
    "--key", at("land/offline/keys/personnel-1.key"), "--passphrase-fd", "0", "--yes", "--out", at("list")], "demonstration\n");
  postern(["staff", "put", at("land/durres"), at("list"), "--here"]);
}

before(async () => {
  folder = mkdtempSync(join(tmpdir(), "postern-staff-"));
  postern(["init", at("land"), "--demonstration", "--post", "durres:seaport:Durrës"]);
  postern(["staff", "new", at("people")]);
  for (const [one, role] of [[officer, "officer"], [supervisor, "supervisor"]])
    postern(["staff", "add", at("people"), "--user", one.user, "--name", one.name, "--role", role, "--password-fd", "0"], one.password);
  post = await up(at("land/durres"));
  address = post.address;
  browser = await launch();
});

after(async () => {
  await browser?.close();
  await post?.stop();
  rmSync(folder, { recursive: true, force: true });
});

async function accessible(page) {
  await page.evaluate(axe.source);
  const { violations } = await page.evaluate(() => window.axe.run(document, { runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"] }));
  assert.deepEqual(violations.map((one) => `${one.id}: ${one.nodes[0].html}`), []);
}

const shot = (page, name) => process.env.POSTERN_SHOTS && page.screenshot({ path: `${process.env.POSTERN_SHOTS}/${name}.png`, fullPage: true });
const has = (page, selector, text) => page.waitForFunction(([where, what]) => document.querySelector(where)?.textContent.includes(what), [selector, text], { timeout: 30000 });
const start = (text) => text.split("{")[0];

async function type(page, texts) {
  for (const [place, text] of texts.entries()) {
    if (place > 0) await page.keyboard.press("Tab");
    await put(page, text);
  }
  await page.keyboard.press("Enter");
}

for (const [language, theme, width, height] of [["en", "day", 1280, 800], ["sq", "night", 390, 844]]) {
  test(`a list that ends is said, and run longer by two (${language}, ${theme}, ${width})`, async () => {
    const t = words[language];
    give(12);
    const { context, page, seen } = await openLane(browser, address, { language, theme, width, height });
    await page.goto(`${address}/shift`);
    await page.waitForSelector("#sign-in-user:focus");
    for (let tries = 0; tries < 120 && (await page.$("#shift[hidden]")); tries++) { // until the post has taken the list
      await page.fill("#sign-in-user", supervisor.user);
      await page.fill("#sign-in-password", supervisor.password);
      await page.press("#sign-in-password", "Enter");
      await page.waitForFunction(() => !document.querySelector("#shift").hidden || document.querySelector("#sign-in-wrong").textContent !== "");
      await page.waitForTimeout(250);
    }
    await has(page, "#staff-alarm", start(t["staff.ends"]));
    await has(page, "#shift-staff", start(t["staff.stands"]) + version);
    await accessible(page);
    await shot(page, `shift-staff-${language}-${theme}-${width}`);

    await page.click("#staff-alarm a");
    await page.waitForSelector("#first-user:focus");
    await type(page, [officer.user, officer.password, supervisor.user, supervisor.password]);
    await has(page, "#longer-wrong", t["staff.who"]);
    await page.fill("#first-user", supervisor.user);
    await page.fill("#first-password", "wrong");
    await page.fill("#second-user", officer.user);
    await page.fill("#second-password", officer.password);
    await page.press("#second-password", "Enter");
    await has(page, "#longer-wrong", t["error.wrong-credentials"]);
    await accessible(page);
    await shot(page, `staff-${language}-${theme}-${width}`);
    await page.fill("#first-password", supervisor.password);
    await page.press("#first-password", "Enter");
    await has(page, "#longer-said", start(t["staff.done"]));
    assert.equal(await page.inputValue("#second-password"), "");

    await page.goto(`${address}/shift`);
    await has(page, "#shift-staff", start(t["staff.stands"]));
    await page.waitForFunction(() => document.querySelector("#staff-alarm").textContent === "");
    assert.deepEqual(seen.complaints.filter((line) => !/status of (401|403)/.test(line)), []);
    await context.close();
  });
}
