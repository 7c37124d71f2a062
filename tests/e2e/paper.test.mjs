// Coming back from paper, at the lane: somebody whose entry may stand on a sheet not keyed yet shows a stamp, and the officer
// states it by keyboard alone, in both languages, on a real post in a real browser.
import assert from "node:assert/strict";
import test, { after, before } from "node:test";
import axe from "axe-core";
import { advice, catalogues, filled, launch, openLane, put, scanLines, signIn } from "./browser.mjs";
import { people, startPost } from "./post.mjs";

let post;
let browser;
const words = await catalogues("proof");
const digit = (text) => [...text].reduce((sum, c, i) => sum + (c === "<" ? 0 : /\d/.test(c) ? Number(c) : c.charCodeAt(0) - 55) * [7, 3, 1][i % 3], 0) % 10;
const second = ((no) => `${no}${digit(no)}UTO850202${digit("850202")}F390101${digit("390101")}${"<".repeat(14)}0`)("T0050001<");
const passport = `${"P<UTOZUVAAFAAAB<<QOXEBU".padEnd(44, "<")}\n${second}${digit(second.slice(0, 10) + second.slice(13, 20) + second.slice(21))}`; // of nobody
// A post's day is that of its country, wherever its computers are.
const timezone = "Europe/Tirane";
const dayAt = (ago) => {
  const parts = new Intl.DateTimeFormat("en", { timeZone: timezone, year: "numeric", month: "2-digit", day: "2-digit" }).formatToParts(Date.now() - ago * 86400000);
  const { year, month, day } = Object.fromEntries(parts.map(({ type, value }) => [type, value])); // in whatever order a language puts them
  return `${year}-${month}-${day}`;
};
const serial = (pack, sheet) => `${String(pack).padStart(5, "0")}-${String(sheet).padStart(3, "0")}-${String(98 - (((pack * 1000 + sheet) * 100) % 97)).padStart(2, "0")}`;

/** Somebody came in by a lane a hundred days ago. Today a sheet is keyed once, and another not at all: today is a paper day. */
before(async () => {
  const holder = "ZUVAAFAAAB,QOXEBU,1985-02-02,F,UTO,passport,UTO,T0050001,2039-01-01";
  post = await startPost({ past: `time,direction,surname,given,birth,sex,nationality,document-kind,document-issuer,document-number,document-expiry\n${dayAt(100)},entry,${holder}\n` });
  browser = await launch();
  await byHand(people.supervisor, async (page) => {
    await page.fill("#sheets", "2");
    await Promise.all([page.waitForEvent("download"), page.click("#pack button")]);
  });
  await byHand(people.officer, async (page) => {
    for (const [name, value] of Object.entries({ serial: serial(1, 1), line: "L898902C36UTO7408122F3404159", surname: "ERIKSSON", given: "ANNA", officer: "AH", time: `${dayAt(0)}T00:05` })) await page.fill(`#sheet [name=${name}]`, value);
    await page.press("#line", "Enter");
    await page.waitForFunction(() => document.querySelector("#sheet-said").textContent !== "");
  });
});

after(async () => {
  await browser?.close();
  await post?.stop();
});

async function byHand({ user, password }, work) {
  const { context, page } = await openLane(browser, post.address, { timezone });
  await page.goto(`${post.address}/by-hand`);
  await page.waitForSelector("#sign-in-user:focus");
  await put(page, user);
  await page.keyboard.press("Tab");
  await put(page, password);
  await page.keyboard.press("Enter");
  await page.waitForSelector("#serial:focus");
  await work(page);
  await context.close();
}

async function lane(language, work) {
  const { context, page, seen } = await openLane(browser, post.address, { language, timezone });
  try {
    await signIn(page, people.officer);
    await work(page, words[language]);
    seen.complaints = seen.complaints.filter((line) => !/status of 409/.test(line)); // the machine said no, as it should
    assert.deepEqual(seen.complaints, []);
  } finally {
    await context.close();
  }
}

const text = (page, selector) => page.innerText(selector);
const shownDay = (page, one) => page.evaluate(async (day) => (await import("/console/words.js")).day(day), one);
const hints = (page, sentence) => page.waitForFunction((hint) => document.querySelector("#proof-hint").textContent === hint, sentence);

async function accessible(page) {
  await page.evaluate(axe.source);
  const { violations } = await page.evaluate(() => window.axe.run(document, { runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"] }));
  assert.deepEqual(violations.map((one) => `${one.id}: ${one.nodes[0].html}`), []);
}

for (const language of ["en", "sq"])
  test(`a stamp of an entry on paper is stated by keyboard, and the stay is counted from it (${language})`, async () => {
    await lane(language, async (page, t) => {
      // at entry there is nothing to prove, and the page says where there is
      assert.equal(await page.isVisible("#proof-open"), false);
      await page.keyboard.press("Shift+F2");
      assert.equal(await text(page, "#say"), t["proof.exit"]);
      await page.keyboard.press("F1");
      await page.waitForSelector("#proof-open:not([hidden])");
      await scanLines(page, passport);
      assert.equal(await advice(page), "refer");
      const today = await shownDay(page, dayAt(0));
      assert.ok((await text(page, ".reasons")).includes(filled(t["fact.paper_from"], { value: today })), await text(page, ".reasons"));
      assert.match(await page.getAttribute("#proof-open", "class"), /loud/);

      await page.keyboard.press("Shift+F2");
      await page.waitForSelector("#proof[open] #proof-kind:focus");
      await hints(page, filled(t["proof.days"], { from: today, until: today }));
      await accessible(page);
      await page.keyboard.press("Tab");
      await page.keyboard.type("2026-1");
      await page.keyboard.type("3"); // said while it is typed
      await hints(page, t["error.proof-date"]);
      assert.equal(await page.getAttribute("#proof-entered", "aria-invalid"), "true");
      await page.keyboard.press("Enter"); // and not sent
      await page.waitForFunction((wrong) => document.querySelector("#proof .wrong").textContent === wrong, t["error.proof-date"]);
      await page.fill("#proof-entered", "2026-02-30");
      await hints(page, t["error.proof-impossible"]);
      await page.fill("#proof-entered", dayAt(-3));
      await hints(page, t["error.proof-future"]);
      await page.fill("#proof-entered", dayAt(5)); // nobody was on paper then: said at once, and the machine refuses it
      await hints(page, filled(t["proof.beside"], { day: await shownDay(page, dayAt(5)), from: today, until: today }));
      if (process.env.SHOTS) await page.screenshot({ path: `${process.env.SHOTS}/proof-${language}.png` });
      await page.keyboard.press("Enter");
      await page.waitForFunction((wrong) => document.querySelector("#proof .wrong").textContent === wrong, t["error.proof-not-paper"]);
      assert.equal(await page.locator("#proof[open]").count(), 1);
      await page.fill("#proof-entered", dayAt(0));
      await hints(page, filled(t["proof.counts"], { day: today }));
      await page.keyboard.press("Enter");
      await page.waitForSelector("#proof", { state: "hidden" });
      assert.equal(await advice(page), "clear");
      assert.ok((await text(page, ".person")).includes(`${t["proof.stamp"]}, ${today}`), await text(page, ".person"));
      assert.doesNotMatch(await page.getAttribute("#proof-open", "class"), /loud/);
      assert.equal(await text(page, "#proof-say"), t["proof.open"]); // it was this one traveller's
      if (process.env.SHOTS) await page.screenshot({ path: `${process.env.SHOTS}/proved-${language}.png` });

      // stated before the document it waits for it, and goes when the lane turns round
      await page.keyboard.press("Escape");
      await page.keyboard.press("Shift+F2");
      await page.waitForSelector("#proof[open] #proof-kind:focus");
      await hints(page, t["proof.none"]);
      await page.selectOption("#proof-kind", "ticket");
      await page.keyboard.press("Tab");
      await put(page, dayAt(0));
      await page.keyboard.press("Enter");
      await page.waitForSelector("#proof", { state: "hidden" });
      assert.equal(await text(page, "#proof-say"), `${t["proof.ticket"]}, ${today}`);
      await page.keyboard.press("F1");
      await page.keyboard.press("F1");
      assert.equal(await text(page, "#proof-say"), t["proof.open"]);
      await page.keyboard.press("?");
      await page.waitForSelector("#keys[open]");
      assert.ok((await text(page, "#keys-list")).includes(t["keys.proof"]));
    });
  });
