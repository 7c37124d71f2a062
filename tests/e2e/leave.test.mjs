// The centre's pages of orders to leave, of published lists and of late matches in a real browser, by keyboard, in both languages.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import test, { after, before } from "node:test";
import axe from "axe-core";
import { catalogues, launch } from "./browser.mjs";
import { freePorts, people, postern, program } from "./post.mjs";

const folder = mkdtempSync(join(tmpdir(), "postern-leave-"));
const country = join(folder, "country");
const running = [];
const words = await catalogues("leave", "lists");
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

/** Somebody crosses at the post, and is on a list that comes after it. */
async function cross(airport) {
  const context = await browser.newContext();
  const page = await context.newPage();
  await page.goto(`${airport}/lane`);
  const status = await page.evaluate(async () => {
    const headers = { "Content-Type": "application/json" };
    const ask = async (path, body) => {
      const answer = await fetch(path, { method: "POST", headers, body: JSON.stringify(body) });
      return [answer.status, await answer.json()];
    };
    headers["X-Postern-Csrf"] = (await ask("/v1/session", { user: "ina", password: "demo-officer", lane: "1" }))[1].csrf;
    const person = { surname: "PERVOLI", given: "ELIRA", birth: "1988-02-03", nationality: "UTO", sex: "F", document: { kind: "passport", issuer: "UTO", number: "U55500012", expiry: "2034-01-01" } };
    const [, advice] = await ask("/v1/scans", { person, direction: "exit", party: { adults: 1, children: 0 } });
    const act = advice.advice.advice === "clear" ? { act: "record" } : { act: "override", reason: "known to the officer" };
    return (await ask("/v1/crossings", { scan: advice.scan, ...act }))[0];
  });
  assert.ok(status === 200 || status === 201, String(status));
  await context.close();
  writeFileSync(join(folder, "late"), [{ "postern-list": 1, made: "2026-01-01T00:00:00Z", entries: 1 }, { id: "L1", kind: "person", names: ["Pervoli, Elira"], births: ["1988-02-03"], on_entry: "refer", on_exit: "refer", listed: "2025-01-01" }].map((line) => `${JSON.stringify(line)}\n`).join(""));
  postern(["watch", "compile", "--officer", "ana", "--second", "ben", "-o", join(country, "airport", "lists", "current.snap"), "--list", `late=postern:${join(folder, "late")}`]);
}

function publish(numbers, officer, ...more) {
  const entries = numbers.map((number) => ({ id: `W${number}`, kind: "person", names: [`TELISHTI, Nr${number}`], on_entry: "inquiry", on_exit: "inform" }));
  writeFileSync(join(folder, "wanted"), [{ "postern-list": 1, made: "2026-11-27T06:00:00Z", entries: entries.length }, ...entries].map((line) => `${JSON.stringify(line)}\n`).join(""));
  postern(["watch", "compile", "--officer", "ana", "--second", "ben", "-o", join(folder, "snap"), "--list", `wanted=postern:${join(folder, "wanted")}`]);
  postern(["list", "publish", join(country, "centre"), "--officer", officer, ...more, join(folder, "snap")]);
}

/** The same by one person, who takes too much away for one. */
function hold(numbers, officer) {
  assert.throws(() => publish(numbers, officer));
}

before(async () => {
  const { officer } = people;
  postern(["init", country, "--demonstration", "--keeper-port", String(await freePorts(12)), "--post", "airport:airport:Tirana airport"]);
  postern(["node", join(country, "centre"), "--officer", `${officer.user}=${officer.name}`, "--passwords"], `${officer.user} ${officer.password}\n`);
  const order = (reference, deadline) => JSON.stringify({ reference, issuer: "Ministry", deadline, points: ["airport"], contact: "+355 4 000", protocol: true, liaison: "+355 4 001",
    people: [{ surname: "HORVELLI", given: "MARINELA", birth: "1988-02-03", document: { kind: "diplomatic-passport", issuer: "UTO", number: "D0012345" } }], dependants: [{ surname: "HORVELLI", given: "DRITAN" }] });
  postern(["leave", "order", join(country, "centre"), "--officer", "ana"], order("OL-2026-1", "2026-01-01T10:00:00Z"));
  postern(["leave", "order", join(country, "centre"), "--officer", "ana"], order("OL-2026-2", "2099-01-01T10:00:00Z"));
  publish([1, 2, 3, 4], "ana");
  publish([2, 3, 4, 5], "ana", "--second", "ben");
  postern(["node", join(country, "airport"), "--officer", "ina=Ina", "--passwords"], "ina demo-officer\n");
  for (const keeper of "abcd") await up(`keeper-${keeper}`);
  centre = await up("centre", "--port", "0");
  browser = await launch();
  await cross(await up("airport", "--no-travellers", "--port", "0"));
});

after(async () => {
  await browser?.close();
  for (const child of running) child.kill("SIGTERM");
  await Promise.all(running.map((child) => child.exitCode !== null || new Promise((gone) => child.once("exit", gone))));
  rmSync(folder, { recursive: true, force: true });
});

// A page of the centre, in a language, the officer signed in.
async function atDesk(path, language) {
  const context = await browser.newContext({ viewport: { width: 1280, height: 800 } });
  const page = await context.newPage();
  await page.goto(`${centre}${path}`);
  await page.waitForSelector("#sign-in-user:focus"); // before that a button does nothing
  await page.click(`button[data-language=${language}]`);
  await page.waitForFunction((wanted) => document.documentElement.lang === wanted, language);
  await page.fill("#sign-in-user", people.officer.user);
  await page.fill("#sign-in-password", people.officer.password);
  await page.keyboard.press("Enter");
  return { context, page };
}

for (const language of ["en", "sq"]) {
  test(`who has gone and who has not (${language})`, async () => {
    const { context, page } = await atDesk("/leave", language);
    await page.waitForSelector("#orders article");
    const text = await page.textContent("#leave");
    assert.equal(await page.locator("#orders article").count(), 2);
    assert.ok(text.includes("OL-2026-1") && text.includes("HORVELLI, MARINELA"));
    assert.ok(text.includes(words[language]["leave.is.overdue"]) && text.includes(words[language]["leave.is.not-yet"]));
    const links = await page.locator("#orders a.print").evaluateAll((all) => all.map((one) => one.getAttribute("href")));
    assert.equal(links.length, 6);
    assert.deepEqual([...new Set(await page.locator("#orders table a.print").allTextContents())], [words[language]["leave.print-one"]]);
    const printed = await page.evaluate(async (href) => {
      const answer = await fetch(href);
      return [answer.status, answer.headers.get("content-type"), new TextDecoder("latin1").decode(await answer.arrayBuffer()).slice(0, 5)];
    }, links[1]);
    assert.deepEqual(printed, [200, "application/pdf", "%PDF-"]);
    await page.keyboard.press("r");
    await page.waitForTimeout(300);
    await page.evaluate(axe.source);
    const { violations } = await page.evaluate(() => window.axe.run(document, { runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"] }));
    assert.deepEqual(violations.map((one) => `${one.id}: ${one.nodes[0].html}`), []);
    if (process.env.POSTERN_SHOTS) await page.screenshot({ path: join(process.env.POSTERN_SHOTS, `leave-${language}.png`), fullPage: true });
    await context.close();
  });
}

for (const language of ["en", "sq"]) {
  test(`which lists are published, and what went from them (${language})`, async () => {
    const { context, page } = await atDesk("/lists", language);
    await page.waitForSelector("#editions article");
    assert.deepEqual(await page.locator("#editions tbody tr").evaluateAll((rows) => rows.map((row) => [...row.cells].filter((_, index) => index === 0 || index > 3).map((cell) => cell.textContent))), [["2", "4", "1", "1", "0"], ["1", "4", "4", "0", "0"]]);
    const text = await page.textContent("#lists");
    assert.ok(text.includes("TELISHTI, Nr1") && !text.includes("TELISHTI, Nr2"));
    await page.focus("#editions summary");
    await page.keyboard.press("Enter");
    await page.waitForSelector("#editions details[open]");
    assert.match(await page.textContent("#editions details p.plain-mono"), /^postern order remove --all --removes [0-9a-f]{64}$/);
    await page.evaluate(axe.source);
    const { violations } = await page.evaluate(() => window.axe.run(document, { runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"] }));
    assert.deepEqual(violations.map((one) => `${one.id}: ${one.nodes[0].html}`), []);
    if (process.env.POSTERN_SHOTS) await page.screenshot({ path: join(process.env.POSTERN_SHOTS, `lists-${language}.png`), fullPage: true });
    await context.close();
  });
}

// Each language holds another edition back and agrees to it; whoever published it does not.
for (const [language, numbers, officer, edition] of [["en", [4, 5, 6], "ana", "3"], ["sq", [5, 6, 7], people.officer.user, "3"]]) {
  test(`a second person agrees to a list that takes much away (${language}, ${officer})`, async () => {
    const t = words[language];
    hold(numbers, officer);
    const { context, page } = await atDesk("/lists", language);
    await page.waitForSelector("#editions .needs");
    const text = await page.textContent("#editions");
    assert.ok(text.includes(t["editions.takes"]) && text.includes(`TELISHTI, Nr${numbers[0] - 1}`) && text.includes(officer), text);
    await page.locator("#editions summary", { hasText: t["editions.agree"] }).focus();
    await page.keyboard.press("Enter");
    await page.keyboard.press("Tab");
    await page.evaluate(axe.source);
    const { violations } = await page.evaluate(() => window.axe.run(document, { runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"] }));
    assert.deepEqual(violations.map((one) => `${one.id}: ${one.nodes[0].html}`), []);
    if (process.env.POSTERN_SHOTS) await page.screenshot({ path: join(process.env.POSTERN_SHOTS, `lists-held-${language}.png`), fullPage: true });
    await page.keyboard.press("Enter");
    if (officer === people.officer.user) {
      await page.waitForFunction((sentence) => document.querySelector("#editions .wrong")?.textContent === sentence, t["error.same-person"]);
      assert.equal(await page.textContent("#editions tbody th"), edition);
    } else {
      await page.waitForFunction((sentence) => document.querySelector("#lists-said").textContent === sentence, t["editions.agreed"].replace("{name}", "wanted").replace("{edition}", edition));
      assert.deepEqual(await page.locator("#editions tbody tr").first().evaluate((row) => [row.cells[0].textContent, row.cells[3].textContent]), [edition, `ana ${t["editions.with"].replace("{name}", people.officer.user)}`]);
    }
    await context.close();
  });
}

for (const language of ["en", "sq"]) {
  test(`who was let through and matched since, at all posts (${language})`, async () => {
    const { context, page } = await atDesk("/late", language);
    await page.waitForSelector("#matches tbody tr", { timeout: 60000 }); // it asks by itself
    const text = await page.textContent("#matches");
    assert.ok(text.includes("PERVOLI, ELIRA") && text.includes("airport") && text.includes("late L1") && text.includes(words[language]["missed.not-opened"]));
    await page.selectOption("#missed-post", "airport");
    await page.waitForSelector("#matches tbody tr");
    await page.evaluate(axe.source);
    const { violations } = await page.evaluate(() => window.axe.run(document, { runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"] }));
    assert.deepEqual(violations.map((one) => `${one.id}: ${one.nodes[0].html}`), []);
    if (process.env.POSTERN_SHOTS) await page.screenshot({ path: join(process.env.POSTERN_SHOTS, `late-${language}.png`), fullPage: true });
    await page.goto(`${centre}/country`);
    await page.waitForFunction((said) => document.querySelector("#figures").textContent.includes(said), words[language]["country.missed"]);
    await context.close();
  });
}
