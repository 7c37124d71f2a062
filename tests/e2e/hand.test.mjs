// Screening by hand in a real browser: a pack made, a sheet keyed by two people, the account closed; in both languages.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import test, { after, before } from "node:test";
import axe from "axe-core";
import { catalogues, filled, launch, openLane, put } from "./browser.mjs";
import { people, startPost } from "./post.mjs";

let post;
let browser;
const words = await catalogues();
const serial = (pack, sheet) => `${String(pack).padStart(5, "0")}-${String(sheet).padStart(3, "0")}-${String(98 - (((pack * 1000 + sheet) * 100) % 97)).padStart(2, "0")}`;
const boxes = { line: "L898902C36UTO7408122F3404159", surname: "ERIKSSON", given: "ANNA", officer: "AH", time: "2024-09-09T22:05" };

before(async () => {
  post = await startPost();
  browser = await launch();
});

after(async () => {
  await browser?.close();
  await post?.stop();
});

async function page(language, work) {
  const { context, page: one, seen } = await openLane(browser, post.address, { language });
  try {
    await one.goto(`${post.address}/by-hand`);
    await work(one, words[language]);
    assert.deepEqual(seen.complaints, []);
    assert.deepEqual(seen.requests.filter((url) => new URL(url).origin !== new URL(post.address).origin && !url.startsWith("blob:")), []);
  } finally {
    await context.close();
  }
}

async function signIn(one, who) {
  await one.waitForSelector("#sign-in-user:focus");
  await put(one, who.user);
  await one.keyboard.press("Tab");
  await put(one, who.password);
  await one.keyboard.press("Enter");
  await one.waitForSelector("#serial:focus");
}

async function signOut(one) {
  await one.click("#sign-out");
  await one.waitForSelector("#door:not([hidden])");
}

async function keySheet(one, number, more = {}) {
  for (const [name, value] of Object.entries({ serial: serial(1, number), ...boxes, ...more })) await one.fill(`#sheet [name=${name}]`, value);
  await one.press("#line", "Enter");
  await one.waitForFunction(() => document.querySelector("#sheet-said").textContent + document.querySelector("#sheet-wrong").textContent !== "");
  return one.evaluate(() => [document.querySelector("#sheet-said").textContent, document.querySelector("#sheet-wrong").textContent]);
}

async function accessible(one) {
  await one.evaluate(axe.source);
  const { violations } = await one.evaluate(() => window.axe.run(document, { runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"] }));
  assert.deepEqual(violations.map((one) => `${one.id}: ${one.nodes[0].html}`), []);
}

test("a pack, a sheet keyed by two people, and every serial accounted for", async () => {
  await page("en", async (one, t) => {
    await signIn(one, people.supervisor);
    await one.fill("#sheets", "3");
    const [download] = await Promise.all([one.waitForEvent("download"), one.click("#pack button")]);
    assert.equal(readFileSync(await download.path()).subarray(0, 5).toString(), "%PDF-");
    await one.waitForFunction((sentence) => document.querySelector("#account-said").textContent === sentence, filled(t["hand.open"], { n: 3 }));
    await accessible(one);
    await signOut(one);

    await signIn(one, people.officer);
    assert.equal(await one.isVisible("#pack"), false);
    const [, wrong] = await keySheet(one, 1, { line: "L898902C37UTO7408122F3404159" });
    assert.ok(wrong.startsWith(`${t["hand.box.line"]}: `), wrong);
    assert.equal(await one.getAttribute("#line", "aria-invalid"), "true");
    assert.deepEqual(await keySheet(one, 1), [filled(t["hand.now.keyed-once"], { serial: serial(1, 1) }), ""]);
    assert.deepEqual(await keySheet(one, 1), ["", t["error.sheet-same-person"]]);
    await signOut(one);
  });
  await page("sq", async (one, t) => {
    await signIn(one, people.relief);
    assert.deepEqual(await keySheet(one, 1, { surname: "Eriksson" }), [filled(t["hand.now.settled"], { serial: serial(1, 1) }), ""]);
    for (const [name, value] of Object.entries({ pack: "1", first: "2", count: "1" })) await one.fill(`#told [name=${name}]`, value);
    await one.click("#told button");
    await one.waitForFunction(() => document.querySelectorAll("#open-sheets li").length === 1);
    await one.selectOption("#told-state", "lost");
    for (const [name, value] of Object.entries({ pack: "1", first: "3", count: "1" })) await one.fill(`#told [name=${name}]`, value);
    await one.click("#told button");
    await one.waitForFunction(() => document.querySelector("#told-wrong").textContent !== "");
    assert.equal(await one.innerText("#told-wrong"), t["error.sheets-not-so"]);
    await one.fill("#told-user", people.officer.user);
    await one.fill("#told-password", people.officer.password);
    await one.click("#told button");
    await one.waitForFunction((sentence) => document.querySelector("#account-said").textContent === sentence, filled(t["hand.closed"], { n: 3 }));
    await accessible(one);
    if (process.env.POSTERN_SHOT) await one.screenshot({ path: process.env.POSTERN_SHOT });
    await signOut(one);
  });
});

for (const language of ["en", "sq"])
  test(`whom the lists ask about waits first for a second person, whoever was keyed before (${language})`, async () => {
    const pack = language === "en" ? 2 : 3;
    await page(language, async (one, t) => {
      await signIn(one, people.supervisor);
      await one.fill("#sheets", "3");
      await Promise.all([one.waitForEvent("download"), one.click("#pack button")]);
      await signOut(one);
      await signIn(one, people.officer);
      const [first] = await keySheet(one, 1, { serial: serial(pack, 1) });
      assert.equal(first, filled(t["hand.now.keyed-once"], { serial: serial(pack, 1) }));
      await keySheet(one, 2, { serial: serial(pack, 2), line: "U007015337UTO7010011M3203189", surname: "JEVRELOFF", given: "TICHORAD" });
      await one.waitForFunction((why) => document.querySelector("#open-sheets li")?.textContent.includes(why), t["hand.because.match"]);
      const rows = await one.$$eval("#open-sheets li", (all) => all.map((row) => row.innerText));
      assert.deepEqual(rows.filter((row) => row.includes(serial(pack, 0).slice(0, 5))).map((row) => /\d{5}-(\d{3})/.exec(row)[1]), ["002", "001", "003"]);
      assert.ok(!rows.some((row) => /JEVRELOFF|ERIKSSON/.test(row)), rows.join()); // the second one is told no name
      await accessible(one);
      if (process.env.SHOTS) await one.screenshot({ path: `${process.env.SHOTS}/next-${language}.png` });
      await signOut(one);
    });
  });
