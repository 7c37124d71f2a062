// The shift page in a real browser: a lane opened for somebody, a crossing counted as it is made, a wait, a hand-over that two people
// sign; by keyboard, in both languages and both themes, on a large screen and a telephone.
import assert from "node:assert/strict";
import test, { after, before } from "node:test";
import axe from "axe-core";
import { advice, answering, catalogues, filled, launch, openLane, put, scanLines, signIn as signInLane } from "./browser.mjs";
import { people, startPost, stolen } from "./post.mjs";

const words = await catalogues("shift");
let browser;
let post;

before(async () => {
  post = await startPost();
  browser = await launch();
});

after(async () => {
  await browser?.close();
  await post?.stop();
});

async function accessible(page) {
  await page.evaluate(axe.source);
  const { violations } = await page.evaluate(() => window.axe.run(document, { runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"] }));
  assert.deepEqual(violations.map((one) => `${one.id}: ${one.nodes[0].html}`), []);
}

async function open(who, options) {
  const { context, page, seen } = await openLane(browser, post.address, options);
  await page.goto(`${post.address}/shift`);
  await page.waitForSelector("#sign-in-user:focus");
  await put(page, who.user);
  await page.keyboard.press("Tab");
  await put(page, who.password);
  await page.keyboard.press("Enter");
  await page.waitForSelector("#shift:not([hidden])");
  return { context, page, seen };
}

const shot = (page, name) => process.env.POSTERN_SHOTS && page.screenshot({ path: `${process.env.POSTERN_SHOTS}/${name}.png`, fullPage: true });
const has = (page, selector, text) => page.waitForFunction(([where, what]) => document.querySelector(where)?.textContent.includes(what), [selector, text], { timeout: 30000 });

for (const [language, theme, width, height] of [["en", "day", 1280, 800], ["sq", "night", 390, 844]]) {
  test(`a shift by keyboard (${language}, ${theme}, ${width})`, async () => {
    const t = words[language];
    const { context, page, seen } = await open(people.supervisor, { language, theme, width, height });
    await page.waitForSelector("#lanes table");
    await page.focus("#lane");
    await page.keyboard.type("3");
    await page.keyboard.press("Tab");
    await page.keyboard.press("ArrowDown"); // own nationals, then all passports
    await page.keyboard.press("Tab");
    await page.keyboard.press("Enter");
    await has(page, "#lanes", t["shift.for.all-passports"]);

    const lane = await openLane(browser, post.address, {});
    await signInLane(lane.page, people.officer);
    const before = await page.innerText("#figures div:nth-child(3) b");
    await scanLines(lane.page, stolen);
    await advice(lane.page);
    await lane.page.keyboard.press("1");
    await lane.page.keyboard.press("Enter");
    await page.waitForFunction((former) => document.querySelector("#figures div:nth-child(3) b").textContent !== former, before, { timeout: 30000 });
    await has(page, "#lanes", people.officer.name);
    await lane.context.close();

    assert.ok(await page.isHidden("#shift-fold"));
    await answering(page, "/v1/shift", { fold_refused: true, lists_state: "damaged" });
    await page.fill("#minutes", "40");
    await page.press("#minutes", "Enter");
    await has(page, "#figures", t["shift.by.queue-walk"]);
    await has(page, "#shift-fold", t["shift.fold-refused"]);
    await has(page, "#lists-alarm", t["shift.lists.damaged"]);
    await shot(page, `fold-${language}`);
    await accessible(page);
    await answering(page, "/v1/shift", { fold_refused: false, lists_state: "current" });
    await page.fill("#minutes", "long");
    await page.press("#minutes", "Enter");
    await page.waitForFunction(() => document.querySelector("#wait-wrong").textContent !== "");

    await page.waitForFunction(() => document.querySelector("#over-lists").textContent !== "");
    await page.fill("#words", `The reader of lane 3 is slow (${language}).`);
    await page.fill("#over-user", people.relief.user);
    await page.fill("#over-password", "wrong");
    await page.press("#over-password", "Enter");
    await page.waitForFunction((sentence) => document.querySelector("#over-wrong").textContent.includes(sentence), t["error.wrong-credentials"]);
    await page.fill("#over-password", people.relief.password);
    await page.press("#over-password", "Enter");
    await has(page, "#handed", `slow (${language})`);
    await has(page, "#handed", t["shift.from-to"].replace("{by}", people.supervisor.user).replace("{to}", people.relief.user));
    assert.equal(await page.innerText("#figures div:nth-child(3) b"), "0");
    assert.doesNotMatch(await page.innerText("body"), /BORSHELI|U005097771/); // SHIFT-1
    assert.equal(await page.textContent("#rules-alarm"), "");
    assert.equal(await page.textContent("#ledger-alarm"), "");
    // from now on the post says that a file of rules is damaged, that its ledger went back, and who asks and settles nothing
    await answering(page, "/v1/shift", { rules_state: "failed", recording: "gone-back", idle_looks: [{ lane: "3", asked: 212, settled: 4 }, { officer: "s.gjoka", asked: 140, settled: 0 }] });
    await has(page, "#rules-alarm", t["shift.rules.failed"]);
    await has(page, "#looks-alarm", filled(t["shift.idle.lane"], { name: "3", asked: 212, settled: 4 })); // ACCESS-2
    await has(page, "#looks-alarm", filled(t["shift.idle.officer"], { name: "s.gjoka", asked: 140, settled: 0 }));
    await has(page, "#ledger-alarm", t["alarm.gone-back"]);
    await accessible(page);
    await shot(page, `shift-${language}-${theme}-${width}`);
    assert.deepEqual(seen.complaints.filter((line) => !/status of (400|401)/.test(line)), []);
    assert.deepEqual(seen.requests.filter((url) => new URL(url).origin !== new URL(post.address).origin), []);
    await page.click("#sign-out");
    await page.waitForSelector("#door:not([hidden])");
    await context.close();
  });
}

test("an officer is told that this page is the supervisor's", async () => {
  const { context, page } = await open(people.officer, { language: "en" });
  await page.waitForFunction((sentence) => document.querySelector("#shift-alarm").textContent === sentence, words.en["error.not-allowed"]);
  assert.equal(await page.$$eval("#shift .card:not([hidden])", (all) => all.length), 0);
  await context.close();
});

for (const [language, theme, width, height] of [["en", "day", 1280, 800], ["sq", "night", 390, 844]]) {
  test(`heightened checks stand at the lane and on the shift's page while they are in force (${language}, ${theme}, ${width})`, async () => {
    const t = words[language];
    const one = { rule: "summit", text: "A meeting in the capital is threatened.", text_sq: "Një takim në kryeqytet është i kërcënuar.", from: "2026-11-30", until: "2026-12-03", met: 12 };
    const { context, page, seen } = await openLane(browser, post.address, { language, theme, width, height });
    await answering(page, "/v1/lane", { heightened: [one] });
    await signInLane(page, people.supervisor);
    await page.waitForSelector("#heightened:not([hidden])");
    assert.ok((await page.innerText("#heightened")).endsWith(language === "sq" ? one.text_sq : one.text));
    await accessible(page);
    await shot(page, `lane-heightened-${language}-${theme}-${width}`);
    await page.goto(`${post.address}/shift`);
    await page.waitForSelector("#shift:not([hidden])");
    assert.equal(await page.locator("#shift-heightened li").count(), 0); // none here
    await answering(page, "/v1/shift", { heightened: [one] });
    await has(page, "#shift-heightened", filled(t["shift.met"], { n: 12 }));
    await accessible(page);
    await shot(page, `shift-heightened-${language}-${theme}-${width}`);
    assert.deepEqual(seen.complaints, []);
    await context.close();
  });
}
