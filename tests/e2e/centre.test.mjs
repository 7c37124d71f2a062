// The centre's page in a real browser: a post's crossing found under another spelling, the person's page, by keyboard; in both languages.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import test, { after, before } from "node:test";
import axe from "axe-core";
import { advice, catalogues, launch, openLane, put, scanLines, signIn as signInLane } from "./browser.mjs";
import { freePorts, people, postern, program } from "./post.mjs";

const folder = mkdtempSync(join(tmpdir(), "postern-centre-"));
const country = join(folder, "country");
const running = [];
const words = await catalogues("centre", "staff");
let browser;
let centre;
let post;

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
  postern(["init", country, "--demonstration", "--keeper-port", String(await freePorts(12)), "--post", "airport:airport:Tirana airport"]);
  for (const code of ["airport", "centre"]) postern(["node", join(country, code), "--officer", `${officer.user}=${officer.name}`, "--passwords"], `${officer.user} ${officer.password}\n`);
  postern(["node", join(country, "airport"), "--second", `${people.second.user}=${people.second.name ?? people.second.user}`, "--passwords"], `${people.second.user} ${people.second.password}\n`);
  writeFileSync(join(folder, "permits.csv"), "number,kind,birth,document-issuer,document-number,until\nRP-7712,residence,1974-08-12,UTO,L898902C3,2099-12-31\n");
  postern(["import", "permits", join(country, "centre"), join(folder, "permits.csv"), "--source", "permits"]);
  for (const keeper of "abcd") await up(`keeper-${keeper}`);
  post = await up("airport", "--no-travellers", "--port", "0");
  centre = await up("centre", "--port", "0");
  browser = await launch();
  const { context, page } = await openLane(browser, post);
  await signInLane(page, officer);
  // a mother, her son right behind her, and somebody with her passport's number and another birth date
  for (const lines of ["P<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<<<<<<<<<\nL898902C36UTO7408122F3404159ZE184226B<<<<<10", "P<UTOERIKSSON<<LUKAS<<<<<<<<<<<<<<<<<<<<<<<<\nL898902D40UTO1203048M3404159<<<<<<<<<<<<<<<2", "P<UTOMARTELLI<<DITA<<<<<<<<<<<<<<<<<<<<<<<<<\nL898902C36UTO9105067F3404159<<<<<<<<<<<<<<<0"]) {
    await page.waitForSelector("#mrz:focus");
    await scanLines(page, lines);
    await advice(page);
    await page.keyboard.press("1"); // whatever the advice: to the second line, or nothing when it is clear
    await page.keyboard.press("Enter");
    await page.waitForSelector("#result:not([data-tone])");
  }
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
    await put(page, people.officer.user);
    await page.keyboard.press("Tab");
    await put(page, people.officer.password);
    await page.keyboard.press("Enter");
    await page.waitForSelector("#reason:focus"); // why, once a shift
    await accessible(page);
    await page.keyboard.press("Enter");
    await page.waitForFunction((sentence) => document.querySelector("#why .wrong").textContent === sentence, t["error.reason-needed"]);
    await put(page, "case 12");
    await page.keyboard.press("Enter");
    await page.waitForSelector("#box:focus");
    assert.match(await page.innerText("#why-said"), /case 12/);
    await put(page, "Ana Ericson 1974-08-12");
    for (let tries = 0; tries < 150; tries++) {
      await page.press("#box", "Enter");
      await page.waitForFunction(() => document.querySelector("#found-said").textContent !== "");
      if (await page.$("#found tbody tr")) break;
      await page.waitForTimeout(200);
    }
    await page.waitForSelector("#found tbody .link:focus");
    assert.match(await page.innerText("#found-said"), new RegExp(t["ask.count"].replace("{n}", "1")));
    assert.match(await page.innerText("#found tbody tr"), /ERIKSSON, ANNA MARIA/);
    await accessible(page);
    if (process.env.POSTERN_SHOT) await page.screenshot({ path: `${process.env.POSTERN_SHOT}-found-${language}.png` });
    await page.keyboard.press("ArrowUp");
    await page.waitForSelector("#box:focus");
    await page.keyboard.press("ArrowDown");
    await page.waitForSelector("#found tbody .link:focus");
    await page.keyboard.press("Enter");
    await page.waitForSelector("#back:not([hidden])");
    assert.ok((await page.$$("#found table")).length >= 2);
    assert.ok(await page.$('#found a[href^="/v1/proof"]'));
    const permits = await page.innerText("#found");
    for (const said of [t["ask.permits"], t["permit.residence"], "RP-7712", t["ask.permit.valid"]]) assert.ok(permits.toLowerCase().includes(said.toLowerCase()), said);
    for (const said of [t["ask.company"], "ERIKSSON, LUKAS", t["ask.with.lanes"].replace("{n}", "1"), t["ask.users"], "MARTELLI, DITA"]) assert.ok(permits.toLowerCase().includes(said.toLowerCase()), said);
    await accessible(page);
    // what was recorded wrong: said by keyboard, and both stand there
    await page.focus("[data-correct]");
    await page.keyboard.press("Enter");
    await page.waitForSelector("#correction-direction:focus");
    await accessible(page);
    await page.fill("#correction-why", "the stamp in the passport");
    await page.click("#correction .act.main");
    await page.waitForFunction((sentence) => document.querySelector("#correction .wrong").textContent === sentence, t["error.nothing-said"]);
    await page.fill("#correction-surname", `ERIKSEN ${language.toUpperCase()}`);
    await page.focus("#correction-surname");
    await page.keyboard.press("Enter");
    await page.waitForFunction((said) => document.querySelector("#found").textContent.includes(said), `ERIKSEN ${language.toUpperCase()}`);
    for (const said of [t["correction.said"], "the stamp in the passport", t["correction.one"]]) assert.ok((await page.textContent("#found")).includes(said), said);
    await accessible(page);
    if (process.env.POSTERN_SHOT) for (const [name, width, height, theme] of [["", 1280, 800, "day"], ["-night", 1280, 800, "night"], ["-phone", 390, 844, "day"], ["-phone-night", 390, 844, "night"]]) {
      await page.setViewportSize({ width, height });
      await page.evaluate((chosen) => { document.documentElement.dataset.theme = chosen; }, theme);
      await page.screenshot({ path: `${process.env.POSTERN_SHOT}-person-${language}${name}.png`, fullPage: true });
    }
    await page.setViewportSize({ width: 1280, height: 800 });
    await page.keyboard.press("Escape");
    await page.waitForSelector("#found tbody .link:focus");
    await page.keyboard.press("/");
    await page.waitForSelector("#box:focus");
    await put(page, "l898902c3");
    await page.keyboard.press("Enter");
    await page.waitForFunction((kind) => document.querySelector("#found tbody td")?.textContent === kind, t["ask.is.document"]);
    await page.keyboard.press("F2"); // another purpose
    await page.waitForSelector("#purpose:focus");
    await page.keyboard.press("Escape");
    await page.click("#narrow summary");
    await page.fill("#box", "");
    await page.fill("#post", "airport");
    await page.press("#post", "Enter");
    await page.waitForFunction((kind) => document.querySelector("#found tbody td")?.textContent === kind, t["ask.is.crossing"]);
    assert.deepEqual(seen.complaints, []);
    assert.deepEqual(seen.requests.filter((url) => new URL(url).origin !== new URL(centre).origin || /ericson|eriksson|L898902C3/i.test(url)), []);
    await page.evaluate(() => { // an answer that comes when whoever asked has gone is shown to nobody
      const plain = window.fetch;
      window.fetch = async (...asked) => {
        const answer = await plain(...asked);
        if (asked[0] === "/v1/find") await new Promise((release) => { window.letGo = release; });
        return answer;
      };
    });
    await page.fill("#post", "");
    await page.fill("#box", "Ana Ericson");
    await page.press("#box", "Enter");
    await page.waitForFunction(() => window.letGo);
    await page.click("#sign-out");
    await page.waitForSelector("#door:not([hidden])");
    await page.evaluate(() => window.letGo());
    await page.waitForTimeout(300);
    await put(page, "somebody");
    assert.equal(await page.inputValue("#sign-in-user"), "somebody");
    assert.equal(await page.innerHTML("#found"), "");
    await context.close();
  });
}

test("two pages are joined by keyboard, and parted again only by two people", async () => {
  const t = words.en;
  const { officer } = people;
  const { context, page, seen } = await openLane(browser, centre, { language: "en" });
  await put(page, officer.user);
  await page.keyboard.press("Tab");
  await put(page, officer.password);
  await page.keyboard.press("Enter");
  await page.waitForSelector("#reason:focus");
  await put(page, "case 13");
  await page.keyboard.press("Enter");
  const open = async (name) => {
    await page.waitForSelector("#box:focus");
    await page.fill("#box", name);
    await page.keyboard.press("Enter");
    await page.waitForSelector("#found tbody .link:focus");
    await page.keyboard.press("Enter");
    await page.waitForSelector("#hold");
  };
  await open("Lukas Eriksson");
  await page.keyboard.press("m");
  await page.waitForFunction((said) => document.querySelector(".hold").textContent.includes(said), "Held: ERIKSSON, LUKAS");
  await accessible(page);
  await page.keyboard.press("Escape");
  await page.keyboard.press("/");
  await open("Dita Martelli");
  await page.keyboard.press("m");
  await page.waitForSelector("#identity-why:focus");
  assert.equal((await page.$$("#identity-who li")).length, 2);
  await accessible(page);
  const shots = async (name) => {
    if (process.env.POSTERN_SHOT) for (const [size, width, height, theme] of [["", 1280, 800, "day"], ["-night", 1280, 800, "night"], ["-phone", 390, 844, "day"], ["-phone-night", 390, 844, "night"]]) {
      await page.setViewportSize({ width, height });
      await page.evaluate((chosen) => { document.documentElement.dataset.theme = chosen; }, theme);
      await page.screenshot({ path: `${process.env.POSTERN_SHOT}-${name}${size}.png` });
    }
    await page.setViewportSize({ width: 1280, height: 800 });
  };
  await shots("join");
  await put(page, "one face, two passports");
  await page.keyboard.press("Control+Enter");
  await page.waitForFunction((said) => document.querySelector("#found").textContent.includes(said), t["join.decisions"]);
  const both = await page.innerText("#found");
  for (const said of ["one face, two passports", "ERIKSSON, LUKAS", t["join.joined"], officer.user]) assert.ok(both.includes(said), said);
  await accessible(page);
  await shots("joined");
  await page.click(`text=${t["join.part"]}`);
  await page.waitForSelector("#identity-user:visible");
  await page.fill("#identity-why", "two people after all");
  await page.fill("#identity-user", officer.user);
  await page.fill("#identity-password", officer.password);
  await accessible(page);
  await shots("part");
  await page.press("#identity-password", "Enter");
  await page.waitForFunction((said) => document.querySelector("#identity .wrong").textContent === said, t["error.one-person"]);
  await page.keyboard.press("Escape");
  await page.emulateMedia({ media: "print" });
  if (process.env.POSTERN_SHOT) await page.screenshot({ path: `${process.env.POSTERN_SHOT}-print.png`, fullPage: true });
  assert.deepEqual(seen.complaints, []);
  await context.close();
});

test("a staff list that ends within the day: its supervisor is told, and two people let it run longer at the centre's own page", async () => {
  const { officer, supervisor } = people;
  const at = (name) => join(folder, name);
  postern(["staff", "new", at("people"), "--from", join(country, "centre", "staff")]);
  postern(["staff", "add", at("people"), "--user", supervisor.user, "--name", supervisor.name, "--role", "supervisor", "--password-fd", "0"], supervisor.password);
  postern(["staff", "sign", at("people"), "--roster", join(country, "roster"), "--post", "utopia.example/centre", "--version", "1", "--hours", "12",
    "--key", join(country, "offline", "keys", "personnel-1.key"), "--passphrase-fd", "0", "--yes", "--out", at("list")], "demonstration\n");
  postern(["staff", "put", join(country, "centre"), at("list"), "--here"]);
  const { context, page } = await openLane(browser, centre, { language: "en" });
  for (let tries = 0; tries < 100; tries++) { // the list is taken within a second
    await page.fill("#sign-in-user", supervisor.user);
    await page.fill("#sign-in-password", supervisor.password);
    await page.keyboard.press("Enter");
    await page.waitForFunction(() => !document.querySelector("#officer").hidden || document.querySelector("#sign-in-wrong").textContent !== "");
    if (!(await page.isVisible("#door"))) break;
    await page.waitForTimeout(1000);
  }
  await page.waitForSelector("#why[open]");
  await page.fill("#reason", "case 12");
  await page.keyboard.press("Enter");
  await page.waitForSelector("#staff-ends");
  assert.ok((await page.innerText("#staff-ends")).startsWith(words.en["staff.ends"].split("{")[0]));
  await accessible(page);
  if (process.env.POSTERN_SHOT) await page.screenshot({ path: `${process.env.POSTERN_SHOT}-staff-ends.png` });
  await page.click("button[data-language=sq]");
  await page.waitForFunction((start) => document.querySelector("#staff-ends").textContent.startsWith(start), words.sq["staff.ends"].split("{")[0]);
  await page.click("#staff-ends a");
  await page.waitForSelector("#first-user:focus");
  await page.waitForSelector('#pages a[href="/centre"]');
  await accessible(page);
  for (const [field, text] of [["first-user", supervisor.user], ["first-password", supervisor.password], ["second-user", officer.user], ["second-password", officer.password]]) await page.fill(`#${field}`, text);
  await page.keyboard.press("Enter");
  await page.waitForFunction((start) => document.querySelector("#longer-said").textContent.startsWith(start), words.sq["staff.done"].split("{")[0]);
  if (process.env.POSTERN_SHOT) await page.screenshot({ path: `${process.env.POSTERN_SHOT}-staff.png` });
  await page.click("#pages a");
  await page.waitForSelector("#officer:not([hidden])");
  await page.waitForFunction(() => document.querySelector("#staff-ends") === null);
  await context.close();
});

// CASE-5
test("what the second line attached is saved at the centre, by keyboard", async () => {
  const photograph = Buffer.concat([Buffer.from([0xff, 0xd8, 0xff, 0xe0]), Buffer.alloc(600000, 9)]);
  const room = await openLane(browser, `${post}/second-line`, { language: "en" });
  await put(room.page, people.second.user);
  await room.page.keyboard.press("Tab");
  await put(room.page, people.second.password);
  await room.page.keyboard.press("Enter");
  await room.page.waitForSelector("#queue button:focus");
  await room.page.locator("#queue button", { hasText: "ERIKSSON, ANNA" }).focus();
  await room.page.keyboard.press("Enter");
  await room.page.waitForSelector("#case-title:focus");
  await room.page.keyboard.press("t");
  await room.page.waitForSelector("[aria-keyshortcuts=A]");
  await room.page.setInputFiles("#attach-file", { name: "faqe.jpg", mimeType: "image/jpeg", buffer: photograph });
  await room.page.waitForSelector("[data-attached]");
  await room.context.close();

  const { context, page, seen } = await openLane(browser, centre, { language: "en" });
  await put(page, people.officer.user);
  await page.keyboard.press("Tab");
  await put(page, people.officer.password);
  await page.keyboard.press("Enter");
  await page.waitForSelector("#why[open] #reason:focus");
  await put(page, "case 12");
  await page.keyboard.press("Enter");
  await page.waitForFunction(() => !document.querySelector("dialog[open]"));
  for (let tries = 0; (await page.locator("[data-attached]").count()) === 0 && tries < 60; tries++) { // it comes through keepers
    await page.fill("#box", "L898902C3 1974-08-12");
    await page.press("#box", "Enter");
    await page.waitForSelector("[data-key]");
    await page.locator("[data-key]").first().press("Enter");
    await page.waitForFunction(() => document.querySelector("#back").hidden === false);
    if ((await page.locator("[data-attached]").count()) === 0) await page.waitForTimeout(500);
  }
  await page.focus("[data-attached]");
  const [download] = await Promise.all([page.waitForEvent("download"), page.keyboard.press("Enter")]);
  assert.equal(download.suggestedFilename(), "faqe.jpg");
  assert.deepEqual(readFileSync(await download.path()), photograph);
  await accessible(page);
  if (process.env.POSTERN_SHOT) await page.screenshot({ path: `${process.env.POSTERN_SHOT}-attached.png`, fullPage: true });
  assert.deepEqual(seen.complaints, []);
  await context.close();
});
