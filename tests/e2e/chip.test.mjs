// A lane whose reader reads the chips of its documents: the page in a real browser, a real post, and a reader that this test plays.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import test, { after, before } from "node:test";
import axe from "axe-core";
import { advice, catalogues, filled, launch, openLane, scanLines, signIn } from "./browser.mjs";
import { people, postern, root, startPost } from "./post.mjs";

const sample = (name) => readFileSync(join(root, "data/samples/chip", name));
const dg1 = sample("0101");
const lines = dg1.subarray(5).toString();
const clear = JSON.parse(readFileSync(join(root, "data/samples/specimens.ndjson"), "utf8").split("\n").find((one) => one.includes('"name":"clear"'))).mrz;
const page44 = `${lines.slice(0, 44)}\n${lines.slice(44)}`; // what is printed on the sample's page
const altered = Buffer.from(dg1.toString("latin1").replace("ANNA", "ENNA"), "latin1");
const read = (group) => ({ state: "read", sod: sample("011D").toString("base64"), dg1: group.toString("base64") });
const words = await catalogues("chip");

let post;
let browser;
let reader;

/** playReader(lane): a reader at that lane; answer(work) is what it does with a chip: {state, sod, dg1}, or null: nothing. */
async function playReader(lane) {
  const file = join(post.folder, "..", `reader-${lane}`);
  postern(["reader", "add", post.folder, "--lane", lane, "--out", file]);
  const headers = { Authorization: `Bearer ${readFileSync(file, "utf8").trim()}`, "Content-Type": "application/json" };
  const at = `http://127.0.0.1:${new URL(post.address).port}/v1/reader/`;
  const one = { answer: async () => read(dg1), keys: [], stop: () => { one.over = true; return one.done; } };
  one.done = (async () => {
    while (!one.over) {
      const work = await fetch(`${at}work?wait=1`, { headers });
      if (work.status === 200) {
        const { id, key } = await work.json();
        one.keys.push(key);
        const said = await one.answer();
        if (said) assert.ok([204, 409].includes((await fetch(`${at}chips`, { method: "POST", headers, body: JSON.stringify({ id, ...said }) })).status));
      } else if (work.status !== 204) {
        await new Promise((on) => { setTimeout(on, 100); }); // its token is not known yet
      }
    }
  })();
  return one;
}

before(async () => {
  post = await startPost({ authorities: join(root, "data/samples/chip/authorities.pem") });
  browser = await launch();
  reader = await playReader("3");
});

after(async () => {
  await browser?.close();
  await reader?.stop();
  await post?.stop();
});

/** lane(options, work): a signed-in lane page with a reader; afterwards nothing may have been complained about. */
async function lane({ has = true, ...options }, work) {
  const { context, page, seen } = await openLane(browser, post.address, options);
  try {
    await signIn(page, people.officer);
    await page.waitForFunction(async (wanted) => (await (await fetch("/v1/lane")).json()).reader === wanted, has, { polling: 200 });
    await page.reload(); // it has asked before its reader came or went
    await page.waitForSelector("#mrz:focus");
    await page.waitForTimeout(200);
    await work(page, seen);
    assert.deepEqual(seen.complaints, []);
  } finally {
    await context.close();
  }
}

const said = (page, sentence) => page.waitForFunction((wanted) => document.querySelector("#chip-say").textContent === wanted, sentence);
const rules = (page, rule, language) => page.waitForFunction((wanted) => [...document.querySelectorAll(".reasons .sentence")].some((one) => one.textContent === wanted), sentences[rule][language]);
const sentences = {};
for (const [, rule, english, albanian] of readFileSync(join(root, "src/decision/reasons.c"), "utf8").replaceAll(/"\s*"/g, "").matchAll(/\{ "(chip\.[\w-]+)", \w+,\s*\w+,\s*"([^"]+)",\s*"([^"]+)" \}/g))
  sentences[rule] = { en: english, sq: albanian };

async function accessible(page) {
  await page.evaluate(axe.source);
  const { violations } = await page.evaluate(() => window.axe.run(document, { runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"] }));
  assert.deepEqual(violations.map((one) => `${one.id}: ${one.nodes.map((node) => node.target.join(" ")).join(", ")}`), []);
}

for (const language of ["en", "sq"]) {
  const t = words[language];

  test(`a good chip, while the officer looks (${language})`, async () => {
    await lane({ language }, async (page) => {
      let give;
      reader.answer = () => new Promise((now) => { give = () => now(read(dg1)); });
      await scanLines(page, page44);
      assert.equal(await advice(page), "refer"); // the sample has run out
      await said(page, t["chip.reading"]);
      await accessible(page);
      assert.equal(reader.keys.at(-1), "L898902C3674081221204159");
      give();
      await said(page, filled(t["chip.genuine"], { day: language === "sq" ? "1 jan 2060" : "1 Jan 2060" }));
      await rules(page, "chip.genuine", language);
      assert.equal(await page.locator("#chip-again").isVisible(), false);
      await advice(page);
      await page.keyboard.press("Escape");
      await said(page, "");
    });
  });

  test(`a specimen whose chip is another's, by one key (${language})`, async () => {
    await lane({ language }, async (page) => {
      await page.keyboard.press("End");
      assert.equal(await advice(page), "refer");
      await rules(page, "chip.differs", language);
      await rules(page, "chip.genuine", language);
      assert.equal(await page.textContent("#chip-say"), ""); // it brought its chip: the reader is not asked
    });
  });

  test(`a chip that was changed, and one that does not open (${language})`, async () => {
    await lane({ language }, async (page) => {
      reader.answer = async () => read(altered);
      await scanLines(page, page44);
      await rules(page, "chip.altered", language);
      await said(page, filled(t["chip.found"], { text: sentences["chip.altered"][language] }));
      assert.equal(await advice(page), "refer");
      await page.keyboard.press("Escape");
      reader.answer = async () => ({ state: "refused" });
      await scanLines(page, page44);
      await rules(page, "chip.refused", language);
      assert.equal(await advice(page), "refer");
      await accessible(page);
    });
  });

  test(`none is found, it cannot be read, and once more (${language})`, async () => {
    await lane({ language }, async (page) => {
      reader.answer = async () => ({ state: "no-chip" });
      await scanLines(page, page44);
      await said(page, t["chip.no-chip"]);
      assert.equal(await page.locator(".reasons .sentence", { hasText: sentences["chip.refused"][language] }).count(), 0);
      reader.answer = async () => ({ state: "failed" });
      await page.keyboard.press("Shift+F8");
      await said(page, t["chip.failed"]);
      await accessible(page);
      // in the other language, too
      await page.click(`button[data-language="${language === "en" ? "sq" : "en"}"]`);
      await said(page, words[language === "en" ? "sq" : "en"]["chip.failed"]);
      await page.click(`button[data-language="${language}"]`);
      reader.answer = async () => read(dg1);
      await page.click("#chip-again");
      await rules(page, "chip.genuine", language);
    });
  });

  test(`let through before the chip was read (${language})`, async () => {
    await lane({ language }, async (page) => {
      for (const [answer, alarmed] of [[read(dg1), false], [read(altered), true], [{ state: "refused" }, true]]) {
        let give;
        reader.answer = () => new Promise((now) => { give = () => now(answer); });
        await scanLines(page, page44);
        await advice(page);
        await said(page, t["chip.reading"]);
        await page.keyboard.press("F2");
        await page.waitForSelector("#override[open]");
        await page.fill("#override-reason", "A test");
        await page.locator("#override-reason").press("Tab");
        await page.click("#override .act.main");
        await page.waitForSelector("#result .done");
        await page.waitForFunction(() => !document.querySelector("dialog[open]"));
        const before = await page.locator("#last li").count();
        const again = page.waitForResponse((response) => response.url().endsWith("/v1/scans"));
        give();
        await again;
        if (!alarmed) {
          await page.waitForTimeout(300);
          assert.equal(await page.locator("#alarm").isVisible(), false);
        } else {
          await page.waitForSelector("#alarm .late-chip");
          const sentence = sentences[answer.state === "read" ? "chip.altered" : "chip.refused"][language];
          const text = await page.innerText("#alarm");
          assert.ok(text.includes("ERIKSSON") && text.includes(sentence) && text.includes(t["chip.late.passed"]), text);
          await accessible(page);
          await page.locator("#alarm button").press("Enter");
          assert.equal(await page.locator("#alarm").isVisible(), false);
        }
        assert.equal(await page.locator("#last li").count(), before); // nobody crossed twice
        assert.equal(await page.getAttribute("#result", "data-tone"), null); // and no advice stands
        assert.equal(await page.evaluate(() => document.activeElement.id), "mrz");
      }
    });
  });
}

test("a chip waits for a dialog, and for nobody who has gone", async () => {
  await lane({}, async (page) => {
    let give;
    reader.answer = () => new Promise((now) => { give = () => now(read(altered)); });
    await scanLines(page, page44);
    await advice(page);
    await said(page, words.en["chip.reading"]);
    await page.keyboard.press("F2");
    await page.waitForSelector("#override[open]");
    give();
    await page.waitForTimeout(600);
    assert.equal(await page.locator(".reasons .sentence", { hasText: sentences["chip.altered"].en }).count(), 0);
    await page.keyboard.press("Escape");
    await rules(page, "chip.altered", "en");
    await advice(page);
    // put aside before it came: nothing is asked and nothing said
    await page.keyboard.press("Escape");
    await scanLines(page, page44);
    await advice(page);
    await said(page, words.en["chip.reading"]);
    await page.keyboard.press("Escape");
    let asked = 0;
    page.on("request", (request) => { asked += request.url().endsWith("/v1/scans") ? 1 : 0; });
    give();
    await page.waitForTimeout(600);
    assert.equal(asked, 0);
    assert.equal(await page.locator("#alarm").isVisible(), false);
  });
});

test("in a car it is the chip of who was scanned last, and everybody stays in it", async () => {
  await lane({}, async (page) => {
    const given = [];
    reader.answer = () => new Promise((now) => { given.push(now); });
    await page.keyboard.press("F4");
    await page.keyboard.type("AA 123 BB");
    await page.locator("#mrz").focus();
    await scanLines(page, clear);
    assert.equal(await advice(page), "clear");
    await said(page, words.en["chip.reading"]);
    // the first one's comes while the second one's lines are typed: it waits for them, and each has their own
    await page.locator("#mrz").fill("");
    await page.locator("#mrz").pressSequentially(page44.slice(0, 10));
    given.shift()({ state: "refused" });
    await page.waitForTimeout(400);
    await page.locator("#mrz").fill("");
    const late = page.waitForResponse((response) => response.url().endsWith("/v1/scans") && response.request().postData().includes("refused"));
    await scanLines(page, page44);
    await late;
    await page.waitForSelector('#result .party li[data-tone="refer"] >> text=VONTRELI');
    await advice(page);
    const of = (name) => page.locator("#result .party button", { hasText: name });
    await of("VONTRELI").click();
    await rules(page, "chip.refused", "en");
    await of("ERIKSSON").click();
    assert.equal(await page.locator(".reasons .sentence", { hasText: sentences["chip.refused"].en }).count(), 0);
    given.shift()(read(dg1));
    await rules(page, "chip.genuine", "en");
    assert.equal(await page.locator("#result .party li").count(), 2);
    await page.keyboard.press("Escape");
  });
});

test("a visa that is shown while a chip is read goes with it", async () => {
  await lane({}, async (page) => {
    let give;
    let count = 0;
    reader.answer = () => new Promise((now) => { count++; give = () => now(read(dg1)); });
    await scanLines(page, page44);
    await advice(page);
    await said(page, words.en["chip.reading"]);
    await page.keyboard.press("Shift+F3");
    await page.fill("#permit-number", "RP 7");
    await page.fill("#permit-until", "2099-12-31");
    await page.locator("#permit-until").press("Enter");
    await page.waitForSelector("#result .person >> text=RP 7");
    await said(page, words.en["chip.reading"]);
    const again = page.waitForRequest((request) => request.url().endsWith("/v1/scans"));
    give();
    const { permit, chip } = JSON.parse((await again).postData());
    assert.ok(permit.number === "RP 7" && chip.state === "read");
    await rules(page, "chip.genuine", "en");
    assert.equal(count, 1);
    assert.match(await page.innerText(".person"), /RP 7/);
  });
});

test("a lane without a reader has no line of it", async () => {
  await reader.stop();
  postern(["reader", "remove", post.folder, "--lane", "3"]);
  await lane({ has: false }, async (page, seen) => {
    await scanLines(page, page44);
    await advice(page);
    await page.waitForTimeout(300);
    assert.equal(await page.innerText("#chip-say"), "");
    assert.equal(await page.locator("#chip-again").isVisible(), false);
    assert.equal(seen.sent.some((one) => one.endsWith("/v1/chips")), false);
  });
});
