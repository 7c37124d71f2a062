// Out of service and back, in a real browser. First the whole story of a port whose readers died: its supervisor takes it out,
// two people key two sheets, one serial is missing and holds the return, it is found, and the lanes are back. Then an attack, on
// the shift page: what the gate lacks is named with its remedy, in both languages and themes; a serial that is missing goes from
// the list when the sheet is told of.
import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import test, { after, before } from "node:test";
import axe from "axe-core";
import { catalogues, filled, launch, openLane, put, signIn as signInLane } from "./browser.mjs";
import { people, postern, up } from "./post.mjs";

const words = await catalogues("shift");
const WANTED = ["cause", "swept", "software", "identity", "certificate", "credentials", "ledger", "kept"];
let folder;
let browser;
let running;
let address;
let land;
let node;
let country;

before(async () => {
  folder = mkdtempSync(join(tmpdir(), "postern-gate-"));
  land = join(folder, "land");
  node = join(land, "durres");
  const { supervisor, officer, relief } = people;
  postern(["init", land, "--demonstration", "--post", "durres:seaport:Durrës"]);
  postern(["node", node, "--officer", `${officer.user}=${officer.name}`, "--officer", `${relief.user}=${relief.name}`, "--supervisor", `${supervisor.user}=${supervisor.name}`, "--passwords"],
    [officer, relief, supervisor].map((one) => `${one.user} ${one.password}\n`).join(""));
  country = readFileSync(join(land, "roster"), "utf8").split("\n")[0];
  running = await up(node);
  address = running.address;
  browser = await launch();
});

/** order(keys, words): an order signed on "another machine" and brought by a stick. */
function order(keys, ...more) {
  const file = join(folder, "order");
  writeFileSync(file, postern(["order", ...more, "--country", country, "--reason", "A test."]));
  for (const key of keys) writeFileSync(file, postern(["authority", "sign", file, "--key", join(land, `offline/keys/${key}.key`), "--yes", "--passphrase-fd", "0"], "demonstration\n"));
  postern(["order", "apply", node, file]);
}

after(async () => {
  await browser?.close();
  await running?.stop();
  rmSync(folder, { recursive: true, force: true });
});

const missing = (page) => page.evaluate(() => [...document.querySelectorAll("#gate-missing li")].map((one) => one.dataset.word).sort());
const post = (page, path, body) => page.evaluate(async ([where, what]) => {
  const csrf = (await (await fetch("/v1/session")).json()).csrf;
  return (await fetch(where, { method: "POST", headers: { "Content-Type": "application/json", "X-Postern-Csrf": csrf, "Idempotency-Key": String(Math.random()).slice(2).padEnd(32, "0").slice(0, 32) }, body: JSON.stringify(what) })).status;
}, [path, body]);

// ---- the whole story of a port ----

const shot = (page, name) => process.env.POSTERN_SHOTS && page.screenshot({ path: `${process.env.POSTERN_SHOTS}/back-${name}.png`, fullPage: true });
const says = (page, selector, text) => page.waitForFunction(([where, what]) => document.querySelector(where)?.textContent.includes(what), [selector, text], { timeout: 20000 });
async function fill(page, form, values) {
  for (const [name, value] of Object.entries(values)) await page.fill(`${form} [name=${name}]`, value);
}
const serial = (sheet) => `00001-${String(sheet).padStart(3, "0")}-${String(98 - (((1000 + sheet) * 100) % 97)).padStart(2, "0")}`;

/** boxes(n): what a hand wrote of the nth traveller: name, the 28 characters, when. */
function boxes(n) {
  const digit = (text) => [...text].reduce((sum, one, index) => sum + (one >= "A" ? one.charCodeAt(0) - 55 : Number(one)) * [7, 3, 1][index % 3], 0) % 10;
  const number = `P00000${n}X${n}`;
  return { surname: ["KALLASHI", "VESHTORI"][n - 1], given: "ILIRA", line: `${number}${digit(number)}UTO900101${digit("900101")}F340101${digit("340101")}`, time: "2026-11-27T22:0" + n, officer: "AH" };
}

async function signIn(page, where, who) {
  await page.goto(`${address}${where}`);
  await page.waitForSelector("#sign-in-user:focus");
  await put(page, who.user);
  await page.keyboard.press("Tab");
  await put(page, who.password);
  await page.keyboard.press("Enter");
  await page.waitForSelector("#door", { state: "hidden" });
}

/** keySheets(who, language, word): two sheets keyed by one person; what the page says of each. */
async function keySheets(who, language, word) {
  const { context, page, seen } = await openLane(browser, address, { language });
  await signIn(page, "/by-hand", who);
  for (const sheet of [1, 2]) {
    await fill(page, "#sheet", { serial: serial(sheet), ...boxes(sheet) });
    await page.press("#line", "Enter");
    await says(page, "#sheet-said", words[language][word].replace("{serial}", serial(sheet)));
  }
  await shot(page, `sheets-${language}`);
  assert.deepEqual(seen.complaints, []);
  await context.close();
}

test("a port is taken out, two people key two sheets, the missing one is found, and it returns", async () => {
  const { context, page, seen } = await openLane(browser, address, { language: "en", height: 1100 });
  const lane = await openLane(browser, address, { language: "sq" });
  const en = words.en;
  const sq = words.sq;
  await signInLane(lane.page, people.officer);
  assert.equal(await lane.page.isVisible("#rung"), false);

  // the pack lies there before it is needed
  await signIn(page, "/by-hand", people.supervisor);
  await page.fill("#sheets", "3");
  const [download] = await Promise.all([page.waitForEvent("download"), page.click("#pack button")]);
  assert.equal(readFileSync(await download.path()).subarray(0, 5).toString(), "%PDF-");

  // out of service, by the supervisor on the spot
  await page.goto(`${address}/shift`);
  await page.waitForSelector("#step-form");
  await page.selectOption("#step-rung", "manual");
  await page.selectOption("#step-cause", "technical");
  await page.fill("#step-reason", "The readers are dead.");
  await page.press("#step-reason", "Enter");
  await says(page, "#rung", `${en["rung.manual"]} · ${en["cause.technical"]}`);
  await says(page, "#shift-next", en["shift.next.sheets"]);
  await says(lane.page, "#rung", sq["rung.manual"]);
  await shot(page, "out");

  // two people, neither sees what the other wrote
  await keySheets(people.officer, "en", "hand.now.keyed-once");
  await keySheets(people.relief, "sq", "hand.now.settled");

  // a duty officer signs the return, the supervisor agrees, and the gap holds it
  const own = await page.evaluate(async () => (await (await fetch("/v1/orders")).json()).orders.find((one) => one.own).order);
  order(["duty-1"], "restore", "--all", "--ends", own);
  await page.waitForSelector("#orders button", { timeout: 20000 });
  await page.click("#orders button");
  await says(page, "#orders", "Not every sheet's serial is accounted for.");
  await says(page, "#orders", en["shift.consented"]);
  await says(page, "#rung", en["rung.manual"]);
  await shot(page, "held");

  // which serial it is, and that it was never used
  await page.click('#pages a[href="/by-hand"]');
  await says(page, "#account-said", filled(en["hand.open"], { n: 3 }));
  await says(page, "#open-sheets", serial(3));
  await shot(page, "missing");
  await fill(page, "#told", { pack: "1", first: "3", count: "1" });
  await page.click("#told button");
  await says(page, "#account-said", en["hand.closed"].replace("{n}", "3"));

  // that was all it waited for
  await page.click('#pages a[href="/shift"]');
  await says(page, "#rung", en["rung.normal"]);
  await says(page, "#orders", en["fate.ended"]);
  await lane.page.waitForSelector("#rung", { state: "hidden", timeout: 20000 });
  await shot(page, "back");
  await shot(lane.page, "lane");
  assert.deepEqual([seen.complaints, lane.seen.complaints], [[], []]);
  await lane.context.close();
  await context.close();
});

// ---- the gate after an attack ----

let pack = 1; // the story's
for (const [language, theme, width, height] of [["en", "day", 1280, 900], ["sq", "night", 390, 844]]) {
  test(`the gate names what is missing (${language}, ${theme}, ${width})`, async () => {
    if (pack === 1) order(["duty-1", "duty-2"], "withdraw", "--to", "manual", "--cause", "attack", "--all");
    const { context, page, seen } = await openLane(browser, address, { language, theme, width, height });
    await page.goto(`${address}/shift`);
    await page.waitForSelector("#sign-in-user:focus");
    await put(page, people.supervisor.user);
    await page.keyboard.press("Tab");
    await put(page, people.supervisor.password);
    await page.keyboard.press("Enter");
    await page.waitForSelector("#gate-missing li");
    assert.equal(await post(page, "/v1/packs", { sheets: 2 }), 200);
    pack += 1;
    await page.waitForSelector('#gate-missing li[data-word="serials"]', { timeout: 20000 });
    assert.deepEqual(await missing(page), [...WANTED, "serials"].sort());
    assert.equal(await page.textContent("#gate-say"), words[language]["gate.shut"].replace("{n}", "9"));
    await page.evaluate(axe.source);
    const { violations } = await page.evaluate(() => window.axe.run(document, { runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"] }));
    assert.deepEqual(violations.map((one) => `${one.id}: ${one.nodes[0].html}`), []);
    if (process.env.POSTERN_SHOTS) await page.screenshot({ path: `${process.env.POSTERN_SHOTS}/gate-${language}.png`, fullPage: true });
    assert.equal(await post(page, "/v1/sheets/told", { pack, first: 1, count: 2, state: "unused" }), 200);
    await page.waitForSelector('#gate-missing li[data-word="serials"]', { state: "detached", timeout: 20000 });
    assert.deepEqual(await missing(page), [...WANTED].sort());
    assert.deepEqual(seen.complaints, []);
    await context.close();
  });
}
