// A referral and its outcome, by keyboard alone, in both languages: the lane sends, the second line takes, ticks, refuses
// by two people and prints the form; the lane hears of it; the next scan says what was cleared.
import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import test, { after, before } from "node:test";
import axe from "axe-core";
import { advice, catalogues, launch, openLane, put, scanLines, signIn } from "./browser.mjs";
import { people, postern, root, startPost } from "./post.mjs";

let post;
let browser;
const specimens = Object.fromEntries(readFileSync(`${root}data/samples/specimens.ndjson`, "utf8").trim().split("\n").map((line) => JSON.parse(line)).map((one) => [one.name, one]));
const words = await catalogues();

before(async () => {
  post = await startPost();
  browser = await launch();
});

after(async () => {
  await browser?.close();
  await post?.stop();
});

async function accessible(page) {
  const found = await page.evaluate(`${axe.source}; axe.run(document, { runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"] })`);
  assert.deepEqual(found.violations.map((one) => `${one.id}: ${one.nodes[0].html}`), []);
}

for (const language of ["en", "sq"])
  test(`a referral and its outcome (${language})`, async () => {
    const t = words[language];
    const lane = await openLane(browser, post.address, { language });
    await signIn(lane.page, people.officer);
    await scanLines(lane.page, specimens["other-spelling"].mrz);
    assert.equal(await advice(lane.page), "refer");
    await lane.page.keyboard.press("1");
    await lane.page.waitForFunction(() => document.querySelector("#last .who")?.textContent.includes("JEVRELOFF"));

    const room = await openLane(browser, `${post.address}/second-line`, { language });
    const { page } = room;
    await put(page, people.second.user);
    await page.keyboard.press("Tab");
    await put(page, people.second.password);
    await page.keyboard.press("Enter");
    await page.waitForSelector("#queue button:focus");
    assert.match(await page.innerText("#queue"), new RegExp(t["refer.match"]));
    await accessible(page);
    await page.keyboard.press("Enter");
    await page.waitForSelector("#case-title:focus");
    assert.match(await page.innerText("#case"), language === "en" ? /Could be on a list: inquiry check\./ : /Mund të jetë në një listë: kontroll me pyetje\./);
    assert.doesNotMatch(await page.innerText("#case"), /match\.inquiry/); // an id is no sentence
    await page.keyboard.press("t");
    await page.waitForFunction((user) => document.querySelector("#queue").textContent.includes(user), people.second.user);
    await lane.page.waitForFunction((say) => document.querySelector("#last .what").textContent.includes(say), t["second.is.taken"]);
    await page.click(".points .link"); // not the same person
    await page.waitForFunction((say) => document.querySelector("#case").textContent.includes(say), t["second.step.not-same"]);
    await page.focus("#case-title");
    await page.keyboard.press("1");
    await page.waitForSelector("#case input[type=checkbox]:checked");
    await accessible(page);
    if (process.env.POSTERN_SHOT) await page.screenshot({ path: `${process.env.POSTERN_SHOT}-case-${language}.png`, fullPage: true });

    await page.focus("#case-title");
    await page.keyboard.press("e");
    await page.waitForSelector("#end-dialog[open] #end-outcome:focus");
    await page.selectOption("#end-outcome", "refused");
    await page.selectOption("#end-ground", "H");
    await page.fill("#end-words", "Named in an alert of another State.");
    await page.press("#end-words", "Control+Enter");
    await page.waitForFunction((say) => document.querySelector("#end-dialog .wrong").textContent === say, t["error.case-needs-second"]);
    await page.fill("#end-user", people.supervisor.user);
    await page.fill("#end-password", people.supervisor.password);
    await accessible(page);
    const began = Date.now();
    await page.press("#end-password", "Enter");
    await lane.page.waitForFunction((say) => document.querySelector("#last").textContent.includes(say) && document.querySelector("#say").textContent.includes(say), t["second.is.refused"]);
    assert.ok(Date.now() - began < 10000, `the outcome took ${Date.now() - began} ms, a password checked on the way`);
    await page.waitForFunction(() => !document.querySelector("dialog[open]"));

    await page.evaluate(() => { window.print = () => { window.printed = true; }; });
    await page.keyboard.press("f");
    assert.equal(await page.evaluate(() => window.printed), true);
    await page.emulateMedia({ media: "print" });
    const form = await page.innerText("#form");
    for (const part of ["(H)", "JEVRELOFF", people.second.user, people.supervisor.user, "Refusal of entry", "Refuzim i hyrjes", "Right of appeal", "E drejta e ankimit"]) assert.ok(form.includes(part), part);
    assert.doesNotMatch(form, /\{\w+\}/);
    assert.equal(await page.isVisible("#second"), false);
    if (process.env.POSTERN_SHOT) await page.screenshot({ path: `${process.env.POSTERN_SHOT}-form-${language}.png`, fullPage: true });
    await page.emulateMedia({ media: "screen" });

    if (process.env.POSTERN_SHOT) await lane.page.screenshot({ path: `${process.env.POSTERN_SHOT}-lane-${language}.png` });
    await scanLines(lane.page, specimens["other-spelling"].mrz);
    // what was cleared is told, and takes nothing away: CASE-4
    assert.equal(await advice(lane.page), "refer");
    assert.match(await lane.page.innerText(".reasons"), new RegExp(t["second.lane.cleared"].split("{")[0].trim()));
    assert.deepEqual(room.seen.complaints, []);
    assert.deepEqual(lane.seen.complaints, []);
    assert.deepEqual(room.seen.requests.filter((url) => /jevreloff/i.test(url)), []); // PRIVATE-1
    await room.context.close();
    await lane.context.close();
  });

test("who was let through and matched since becomes a case", async () => {
  const lane = await openLane(browser, post.address, { language: "en" });
  await signIn(lane.page, people.officer);
  await scanLines(lane.page, specimens.clear.mrz);
  assert.equal(await advice(lane.page), "clear");
  await lane.page.keyboard.press("Enter");
  await lane.page.waitForFunction(() => document.querySelector("#last .who")?.textContent.includes("VONTRELI"));

  const late = `${post.folder}/late.ndjson`;
  writeFileSync(late, `${JSON.stringify({ "postern-list": 1, made: "2026-01-01T00:00:00Z", entries: 1 })}\n${JSON.stringify({ id: "L-1", kind: "person", names: [{ text: "Vontreli, Elisida", alias: "primary" }], births: ["1990-04-12"], on_entry: "refer", on_exit: "refer", listed: "2025-01-01" })}\n`);
  postern(["watch", "compile", "--officer", "ana", "--second", "ben", "-o", `${post.folder}/lists/current.snap`, "--list", "demo-alerts=postern:data/samples/lists/demo-alerts.ndjson", "--list", `late=postern:${late}`]);

  const room = await openLane(browser, `${post.address}/second-line`, { language: "en" });
  const { page } = room;
  await put(page, people.second.user);
  await page.keyboard.press("Tab");
  await put(page, people.second.password);
  await page.keyboard.press("Enter");
  await page.waitForSelector("#second:not([hidden])");
  await page.waitForSelector("[data-late]", { timeout: 20000 }); // found within seconds, and the page is told
  assert.match(await page.innerText("#late"), /VONTRELI, ELISIDA/);
  await accessible(page);
  if (process.env.POSTERN_SHOT) await page.screenshot({ path: `${process.env.POSTERN_SHOT}-late-en.png`, fullPage: true });
  await page.click("[data-language=sq]");
  await page.waitForFunction((word) => document.querySelector("#late").innerText.includes(word), words.sq["late.case"]); // the words are fetched when they are first wanted
  if (process.env.POSTERN_SHOT) await page.screenshot({ path: `${process.env.POSTERN_SHOT}-late-sq.png`, fullPage: true });
  await page.focus("[data-late]");
  await page.keyboard.press("Enter");
  await page.waitForSelector("#case-title:focus");
  assert.match(await page.innerText("#case"), /L-1/);
  assert.deepEqual(room.seen.complaints, []);
  await room.context.close();
  await lane.context.close();
});

/** taken(lane, language): somebody sent to the second line, and the page with their case, taken. */
async function taken(lane, language) {
  await scanLines(lane.page, specimens["other-spelling"].mrz);
  assert.equal(await advice(lane.page), "refer");
  await lane.page.keyboard.press("1");
  await lane.page.waitForFunction(() => document.querySelector("#last .who")?.textContent.includes("JEVRELOFF"));
  const room = await openLane(browser, `${post.address}/second-line`, { language });
  const { page } = room;
  await put(page, people.second.user);
  await page.keyboard.press("Tab");
  await put(page, people.second.password);
  await page.keyboard.press("Enter");
  await page.waitForSelector("#queue button:focus");
  await page.keyboard.press("Enter");
  await page.waitForSelector("#case-title:focus");
  await page.keyboard.press("t");
  await page.waitForSelector("[aria-keyshortcuts=A]");
  return room;
}

// CASE-5
for (const language of ["en", "sq"])
  test(`a photograph is attached by keyboard and saved again (${language})`, async () => {
    const t = words[language];
    const lane = await openLane(browser, post.address, { language });
    await signIn(lane.page, people.officer);
    const room = await taken(lane, language);
    const { page } = room;
    const photograph = Buffer.concat([Buffer.from([0xff, 0xd8, 0xff, 0xe0]), Buffer.alloc(3 * 1024 * 1024, 7)]);
    const give = (file) => page.setInputFiles("#attach-file", file);
    const chosen = new Promise((done) => page.on("filechooser", done)); // listened for long before the key is pressed
    await page.focus("#case-title");
    const had = await page.locator("[data-attached]").count(); // the other language's case is still open, and the older one
    await page.evaluate(() => { // what the dialog said meanwhile
      window.shares = [];
      new MutationObserver(() => window.shares.push(document.querySelector("#send-say").textContent)).observe(document.querySelector("#send-say"), { childList: true });
    });
    await page.keyboard.press("a");
    await (await chosen).setFiles({ name: "faqja e par\u00eb.jpeg", mimeType: "image/jpeg", buffer: photograph });
    await page.waitForFunction((count) => document.querySelectorAll("[data-attached]").length === count, had + 1);
    await page.waitForFunction(() => !document.querySelector("dialog[open]"));
    assert.ok((await page.evaluate(() => window.shares)).includes(t["attach.writing"]), "how far it is was said");
    assert.match(await page.innerText("#case"), /faqja e par\u00eb\.jpg/);
    await accessible(page);
    if (process.env.POSTERN_SHOT) await page.screenshot({ path: `${process.env.POSTERN_SHOT}-attached-${language}.png`, fullPage: true });

    await page.focus(":nth-match([data-attached], 1)");
    const [download] = await Promise.all([page.waitForEvent("download"), page.keyboard.press("Enter")]);
    assert.equal(download.suggestedFilename(), "faqja e par\u00eb.jpg");
    assert.deepEqual(readFileSync(await download.path()), photograph);

    await page.focus("#case-title");
    for (const [file, say] of [[{ name: "page.jpg", mimeType: "image/jpeg", buffer: Buffer.from("<!doctype html>") }, "error.attachment-type"],
      [{ name: "long.png", mimeType: "image/png", buffer: Buffer.alloc(8 * 1024 * 1024 + 1) }, "error.attachment-too-big"]]) {
      await give(file);
      await page.waitForFunction((words) => document.querySelector("#case-wrong").textContent === words, t[say]);
      await page.waitForFunction(() => !document.querySelector("dialog[open]"));
      await page.focus("#case-title");
    }
    assert.equal(await page.locator("[data-attached]").count(), had + 1);

    // an answer that its hash refuses: said in red, and nothing is saved
    await page.route("**/attachments?step=*", (route) => route.fulfill({ status: 500, contentType: "application/problem+json", body: JSON.stringify({ code: "attachment-damaged", title: "x", status: 500 }) }));
    await page.focus(":nth-match([data-attached], 1)");
    await page.keyboard.press("Enter");
    await page.waitForFunction((words) => document.querySelector("#case-wrong").textContent === words, t["error.attachment-damaged"]);
    await page.unroute("**/attachments?step=*");

    // the line is cut while it is sent; and sending is stopped
    await page.route("**/attachments", (route) => route.abort());
    await page.focus("#case-title");
    await give({ name: "a.jpg", mimeType: "image/jpeg", buffer: photograph });
    await page.waitForFunction((words) => document.querySelector("#case-wrong").textContent === words, t["error.attachment-lost"]);
    await page.unroute("**/attachments");
    assert.equal(await page.locator("[data-attached]").count(), had + 1);
    assert.deepEqual(room.seen.requests.filter((url) => /faqja|jpe?g/i.test(url)), []); // PRIVATE-1
    await room.context.close();
    await lane.context.close();
  });
