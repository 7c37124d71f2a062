// What arrives, in a real browser, without a mouse: a supervisor loads a ferry's list, an officer opens it, admits a
// passenger from it, and sees who has not come yet; in both languages.
import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import test, { after, before } from "node:test";
import axe from "axe-core";
import { advice, catalogues, launch, openLane, put, scanLines, signIn } from "./browser.mjs";
import { people, startPost } from "./post.mjs";

const SHOTS = process.env.POSTERN_SHOTS; // a folder for pictures of the page
let post;
let browser;
let folder;
const words = await catalogues("ship");

/** ferry(more): a FAL 6 list of a ferry due now. Nobody on it exists. */
function ferry(...more) {
  const now = new Date(Date.now() + 10 * 60000);
  const local = new Intl.DateTimeFormat("sv-SE", { timeZone: "Europe/Tirane", dateStyle: "short", timeStyle: "short" }).format(now).replace(" ", "T");
  const head = "Form;Name of ship;IMO number;Voyage number;Last port;Port of arrival;Date of arrival;Family name;Given names;Date of birth;Gender;Nationality;Nature of identity document;Number of identity document;Issuing State;Document expiry;Reservation";
  const first = `6;MV Utopia Star;9074729;V112;ITBRI;ALDRZ;${local};`;
  const rows = ["VONTRELI;ELIZIDA;1990-04-12;F;UTO;Passport;U00412907;UTO;2034-04-11;B7", "BORSHELI;ADRINAL;1985-05-05;M;UTO;Passport;U00509777;UTO;2033-09-08;B7", "KELVARI;ODRIN;1988-03-04;M;UTO;Passport;U00412915;UTO;2034-04-11;B9", ...more];
  return `${head}\n${rows.map((row) => first + row).join("\n")}\n`;
}

/** The tray's car of five, on the ferry under one reservation. */
const family = ["EDONAR;1980-01-01;M;UTO;Passport;U01001901;UTO;2035-06-30", "MIRALDA;1982-02-02;F;UTO;Identity card;U01002914;UTO;2033-09-11", "ANISELA;2012-03-03;F;UTO;Passport;U01003927;UTO;2031-08-05",
  "BENADON;2014-04-04;M;UTO;Passport;U01004930;UTO;2031-08-05", "LULISHA;2019-05-05;F;UTO;Passport;U01005943;UTO;2031-08-05"].map((one) => `MALSIDERI;${one};B11`);

before(async () => {
  folder = mkdtempSync(join(tmpdir(), "postern-ferry-"));
  post = await startPost();
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

const shot = async (page, name) => { if (SHOTS) await page.screenshot({ path: join(SHOTS, `arrivals-${name}.png`) }); };

test("a supervisor loads a ferry's list; what cannot be used says what to mend", async () => {
  const { context, page, seen } = await openLane(browser, post.address, { language: "en" });
  await signIn(page, people.supervisor);
  await page.keyboard.press("Shift+F4");
  await page.waitForSelector("#load:not([hidden])");
  for (const [name, text, where] of [["broken.csv", "this is no list", "#load-wrong"], ["ferry.csv", ferry(...family), "#load-said"]]) {
    writeFileSync(join(folder, name), text);
    await page.setInputFiles("#load-file", join(folder, name));
    await page.click("#load button");
    await page.waitForSelector(`${where}:not(:empty)`);
  }
  await page.waitForSelector("#voyages button");
  assert.match(await page.textContent("#voyages"), /MV Utopia Star V112/);
  assert.deepEqual(seen.complaints, []);
  await context.close();
});

for (const language of ["en", "sq"])
  test(`a ferry passenger is admitted from the list (${language})`, async () => {
    const say = words[language];
    const { context, page, seen } = await openLane(browser, post.address, { language });
    await signIn(page, people.officer);
    await page.keyboard.press("Shift+F4");
    await page.waitForSelector("#voyages button:focus");
    await page.keyboard.press("Enter");
    await page.waitForSelector("#rows button[data-at]:focus");
    assert.equal(await page.textContent("#rows tr[data-tone] button"), "BORSHELI, Adrinal"); // trouble comes first
    await page.waitForSelector("#about li");
    await accessible(page);
    await shot(page, `list-${language}`);
    await page.keyboard.press("/");
    await put(page, language === "en" ? "vontreli" : "kelvari");
    await page.keyboard.press("Enter");
    await page.keyboard.press("Enter");
    await page.waitForSelector("#typed[open]");
    assert.equal(await page.inputValue("#typed-surname"), language === "en" ? "VONTRELI" : "KELVARI");
    assert.equal(await page.inputValue("#typed-expiry"), "2034-04-11");
    await shot(page, `form-${language}`);
    await page.keyboard.press("Enter");
    assert.equal(await advice(page), "clear");
    const found = await page.textContent(".row-found");
    assert.ok(found.includes("MV Utopia Star V112") && found.includes(say["row.filled"]), found);
    await accessible(page);
    await shot(page, `advice-${language}`);
    await page.keyboard.press("Enter");
    await page.waitForSelector("#result .done");
    await page.keyboard.press("Shift+F4");
    await page.waitForSelector("#voyages button:focus");
    await page.keyboard.press("Enter");
    await page.waitForSelector(".came");
    await page.click('button[data-show="open"]');
    assert.equal(await page.isVisible(".came"), false); // who has not come yet
    assert.equal(page.url(), `${post.address}/arrivals`); // nothing of a person in an address
    assert.deepEqual(seen.complaints, []);
    await context.close();
  });

test("the lane says what the carrier wrote otherwise, and who is on no list", async () => {
  const { context, page, seen } = await openLane(browser, post.address, { language: "en" });
  await signIn(page, people.relief);
  await scanLines(page, "P<UTOVONTRELI<<ELISIDA<<<<<<<<<<<<<<<<<<<<<<\nU004129073UTO9004126F3404115<<<<<<<<<<<<<<06");
  await advice(page);
  assert.match(await page.textContent(".row-found"), /The carrier wrote: name VONTRELI, ELIZIDA/);
  await shot(page, "scan-en");
  await page.keyboard.press("Escape");
  await scanLines(page, "P<UTOMERENDI<<SOLVA<<<<<<<<<<<<<<<<<<<<<<<<<\nU004129235UTO9107049F3404115<<<<<<<<<<<<<<04");
  await advice(page);
  assert.equal(await page.textContent(".row-found"), words.en["row.none"]);
  await shot(page, "none-en");
  await page.keyboard.press("Escape");
  await scanLines(page, "M1KELVARI/ODRIN       EX7K2LM XQATIAUX 0204 333Y012A0041 100"); // a boarding pass: no document
  await page.waitForFunction(() => /^Boarding pass: UX 204 2[89] Nov/.test(document.querySelector("#say").textContent));
  assert.equal(await page.inputValue("#mrz"), "");
  await page.keyboard.press("F3");
  await page.fill("#typed-number", "U00412915");
  await page.keyboard.press("Enter");
  await advice(page);
  assert.match(await page.textContent("#result .person"), /KELVARI, Odrin/);
  assert.deepEqual(seen.complaints, []);
  await context.close();
});

test("a supervisor loads a ferry's booking file: which vehicles come, and what is wrong in it", async () => {
  const { context, page, seen } = await openLane(browser, post.address, { language: "en" });
  await signIn(page, people.supervisor);
  await page.keyboard.press("Shift+F4");
  await page.waitForSelector("#load:not([hidden])");
  writeFileSync(join(folder, "bookings.csv"), "booking,plate,kind,people\nB11,UT 204 KX,car,5\nB7,UT 431 MB,car,2\n,UT 1,car,1\n");
  await page.setInputFiles("#load-file", join(folder, "bookings.csv"));
  await page.click("#load button");
  await page.waitForSelector("#load-said:not(:empty)");
  assert.match(await page.textContent("#load-said"), /^2 bookings are known at every lane\. Line 4: /);
  await page.waitForSelector("#booked-list li");
  assert.equal(await page.textContent("#booked-say"), words.en["coming.came"].replace("{n}", "0").replace("{of}", "2"));
  await accessible(page);
  await shot(page, "booked-en");
  assert.deepEqual(seen.complaints, []);
  await context.close();
});

for (const language of ["en", "sq"])
  test(`a car off a ferry: plate, booking and list are one flow (${language})`, async () => {
    const say = words[language];
    const { context, page, seen } = await openLane(browser, post.address, { language });
    await signIn(page, people.officer);
    await page.keyboard.press("Shift+F1");
    await page.keyboard.press("F4");
    await put(page, language === "en" ? "ut-204 kx" : "ut 431 mb");
    await page.keyboard.press("Enter");
    await page.waitForSelector("#missing li");
    const names = await page.locator("#missing li bdi").allTextContents();
    assert.deepEqual(names, language === "en" ? ["MALSIDERI, Edonar", "MALSIDERI, Miralda", "MALSIDERI, Anisela", "MALSIDERI, Benadon", "MALSIDERI, Lulisha"] : ["VONTRELI, Elizida", "BORSHELI, Adrinal"]);
    await accessible(page);
    if (language === "en") {
      await page.keyboard.press("F12");
      await page.waitForFunction(() => document.querySelectorAll('#seats li[data-tone="clear"]').length === 5 && document.querySelector("#result").getAttribute("aria-busy") === "false");
      assert.equal(await page.textContent("#missing p"), say["trip.missing.none"].replace("{of}", "5"));
    } else {
      await scanLines(page, "P<UTOVONTRELI<<ELISIDA<<<<<<<<<<<<<<<<<<<<<<\nU004129073UTO9004126F3404115<<<<<<<<<<<<<<06");
      await page.waitForFunction(() => document.querySelectorAll("#seats li").length === 1 && document.querySelectorAll("#missing li").length === 1);
      assert.match(await page.textContent("#booked"), /B7/);
    }
    await shot(page, `car-${language}`);
    await page.waitForTimeout(400);
    await page.keyboard.press("Enter");
    await page.waitForSelector("#result .done");
    await page.keyboard.press("Shift+F4");
    await page.waitForSelector("#booked-list .came");
    assert.equal(await page.locator("#booked-list .came").count(), language === "en" ? 1 : 2);
    await shot(page, `through-${language}`);
    assert.deepEqual(seen.complaints, []);
    await context.close();
  });

const VONTRELI = "P<UTOVONTRELI<<ELISIDA<<<<<<<<<<<<<<<<<<<<<<\nU004129073UTO9004126F3404115<<<<<<<<<<<<<<06";
const MERENDI = "P<UTOMERENDI<<SOLVA<<<<<<<<<<<<<<<<<<<<<<<<<\nU004129235UTO9107049F3404115<<<<<<<<<<<<<<04";

/** gangway(page): the page of ships, at whose field the hands are. */
async function gangway(page) {
  await page.goto(`${post.address}/ship`);
  await page.waitForSelector("#ship:not([hidden])");
}

/** counted(page, words): the page says so of the last scan. */
const counted = (page, words) => page.waitForFunction((said) => document.querySelector("#said").textContent.includes(said), words);

test("a ship's call: people go ashore and come back, one scan each, and the last is missing at the close", async () => {
  const say = words.en;
  const { context, page, seen } = await openLane(browser, post.address, { language: "en", width: 1366, height: 768 });
  await signIn(page, people.supervisor);
  await gangway(page);
  await page.waitForSelector("#open-voyage option", { state: "attached" });
  await page.fill("#open-imo", "9074728");
  await page.fill("#open-sails", "23:30");
  await page.click("#open button");
  await page.waitForFunction((text) => document.querySelector("#open-wrong").textContent === text, say["error.call-no-ship"]);
  await page.fill("#open-imo", "IMO 9074729");
  await page.click("#open button");
  await page.waitForSelector("#mrz:focus");
  await scanLines(page, VONTRELI);
  await counted(page, `${say["ship.done.out"]} VONTRELI, Elizida`);
  assert.equal(await page.textContent("#aboard"), say["ship.ashore"].replace("{n}", "1"));
  await scanLines(page, VONTRELI); // again: nobody is counted twice
  await counted(page, "Counted already, ashore since");
  await page.keyboard.press("Escape");
  await page.focus("#people");
  await page.keyboard.press("/");
  await put(page, "kelv");
  await page.keyboard.press("Enter");
  await page.waitForSelector("#people button[data-at]:focus");
  await page.keyboard.press("Enter"); // by hand, from the list
  await counted(page, `${say["ship.done.out"]} KELVARI, Odrin`);
  await page.waitForFunction(() => document.querySelectorAll("#people tbody tr").length === 2);
  await page.keyboard.press("F1");
  await scanLines(page, MERENDI); // on no list of the ship
  assert.equal(await advice(page), "refer");
  await accessible(page);
  await shot(page, "ship-stranger-en");
  await page.keyboard.press("Enter");
  await counted(page, `${say["ship.done.refer"]} MERENDI, Solva`);
  await page.waitForSelector("#mrz:focus");
  await scanLines(page, VONTRELI);
  await counted(page, `${say["ship.done.in"]} VONTRELI, Elizida`);
  assert.match(await page.textContent("#people tbody"), /KELVARI, Odrin.*B9/);
  await accessible(page);
  await shot(page, "ship-en");
  await page.click("#close-open");
  await page.waitForSelector("#close[open]");
  assert.equal(await page.textContent("#close-say"), say["ship.close.say"].replace("{n}", "1"));
  await page.click("#close button.main");
  await page.waitForFunction((text) => document.querySelector("#aboard").textContent === text, say["ship.missing"].replace("{n}", "1"));
  assert.match(await page.textContent("#people tbody"), /KELVARI, Odrin/);
  await shot(page, "ship-closed-en");
  assert.deepEqual(seen.complaints.filter((one) => !one.includes("409")), []); // who was counted already
  await context.close();
});

test("the page of ships in Albanian: all are aboard when it is so, and who signs off crosses", async () => {
  const say = words.sq;
  const { context, page, seen } = await openLane(browser, post.address, { language: "sq", width: 1366, height: 768 });
  await signIn(page, people.supervisor);
  await gangway(page);
  await page.waitForSelector("#open-voyage option", { state: "attached" });
  await page.click("#open button"); // another call of the same voyage
  await page.waitForSelector("#mrz:focus");
  await scanLines(page, VONTRELI);
  await counted(page, say["ship.done.out"]);
  await page.keyboard.press("F1");
  await scanLines(page, VONTRELI);
  await counted(page, say["ship.done.in"]);
  assert.equal(await page.textContent("#aboard"), say["ship.all-aboard"]);
  await accessible(page);
  await shot(page, "ship-sq");
  await page.keyboard.press("F1");
  await page.keyboard.press("F3");
  await scanLines(page, VONTRELI);
  assert.equal(await advice(page), "clear");
  await shot(page, "ship-off-sq");
  await page.keyboard.press("Enter");
  await counted(page, say["ship.done.off"]);
  assert.deepEqual(seen.complaints, []);
  await context.close();
});
