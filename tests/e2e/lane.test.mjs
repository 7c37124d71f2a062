// The lane page as an officer uses it, by keyboard alone, in both languages, on a real post in a real browser.
import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import test, { after, before } from "node:test";
import axe from "axe-core";
import { advice, answering, catalogues, filled, launch, openLane, put, scanLines, signIn, wedge } from "./browser.mjs";
import { people, postern, root, startPost, stolen } from "./post.mjs";

let post;
let browser;
const specimens = Object.fromEntries(readFileSync(`${root}data/samples/specimens.ndjson`, "utf8").trim().split("\n").map((line) => JSON.parse(line)).map((one) => [one.name, one]));
const words = await catalogues("shift");

before(async () => {
  post = await startPost();
  browser = await launch();
});

after(async () => {
  await browser?.close();
  await post?.stop();
});

/** lane(options, work): a signed-in lane page; afterwards nothing may have been asked elsewhere or complained about. */
async function lane({ as = people.officer, ...options }, work) {
  const { context, page, seen } = await openLane(browser, post.address, options);
  try {
    if (as) await signIn(page, as);
    await work(page, seen);
    assert.deepEqual(seen.complaints, []);
    assert.deepEqual(seen.requests.filter((url) => new URL(url).origin !== new URL(post.address).origin), []);
  } finally {
    await context.close();
  }
}

const text = (page, selector) => page.innerText(selector);
const recorded = async (page, name) => {
  await page.waitForFunction((who) => document.querySelector("#last .who")?.textContent.includes(who) && !document.querySelector("dialog[open]"), name);
  await page.waitForSelector("#mrz:focus");
};

for (const language of ["en", "sq"]) {
  const t = words[language];

  test(`an officer's turn at the lane, by keyboard alone (${language})`, async () => {
    await lane({ language, as: null }, async (page) => {
      // a wrong password says what to do, and keeps the user name
      await page.keyboard.type(people.officer.user);
      await page.keyboard.press("Tab");
      await page.keyboard.type("not the password");
      await page.keyboard.press("Enter");
      await page.waitForFunction(() => document.querySelector("#sign-in-wrong").textContent !== "");
      assert.equal(await text(page, "#sign-in-wrong"), t["error.wrong-credentials"]);
      await page.keyboard.type(people.officer.password);
      await page.keyboard.press("Enter");
      await page.waitForSelector("#mrz:focus");
      await page.evaluate(() => { window.sameDocument = true; });

      // a clear traveller: one key from the tray, Enter records
      await page.waitForSelector("#tray button");
      await page.keyboard.press(specimens.clear.key);
      assert.equal(await advice(page), "clear");
      assert.equal(await text(page, ".advice strong"), t.clear);
      assert.match(await text(page, ".person"), /VONTRELI, Elisida/);
      await page.keyboard.press("Enter");
      await recorded(page, "VONTRELI");
      assert.match(await text(page, "#result .done"), new RegExp(t["done.record.entry"]));
      assert.equal(await page.inputValue("#mrz"), "");
      await page.waitForSelector("#mrz:focus");

      // a reader's scan of a person listed under another spelling: second line, said in words
      await wedge(page, specimens["other-spelling"].mrz);
      assert.equal(await advice(page), "refer");
      assert.equal(await text(page, ".advice strong"), t.refer);
      assert.match(await text(page, ".reasons"), /\p{Script=Cyrillic}/u);
      assert.match(await text(page, ".reasons small:last-of-type"), /demo-alerts/);
      assert.ok((await page.locator(".why li").count()) > 0, "the name's parts are explained");
      assert.equal(await page.getAttribute('.kinds [aria-pressed="true"]', "data-kind"), "match");
      await page.keyboard.press("1");
      await recorded(page, "JEVRELOFF");
      assert.match(await text(page, "#last li:first-child .what"), new RegExp(t["outcome.referred"]));

      // days used up: let pass with a reason
      await page.keyboard.press(specimens["days-used"].key);
      assert.equal(await advice(page), "refer");
      assert.match(await text(page, ".person"), /90/);
      await page.keyboard.press("F2");
      await page.waitForSelector("#override[open] #override-reason:focus");
      assert.equal(await page.isVisible("#override-supervisor"), false);
      await page.keyboard.press("Enter");
      await page.waitForFunction(() => document.querySelector("#override .wrong").textContent !== "");
      assert.equal(await text(page, "#override .wrong"), t["error.needs-reason"]);
      await page.keyboard.type("Long-stay visa shown, not in the lines.");
      await page.keyboard.press("Enter");
      await recorded(page, "TEMZOLI");
      assert.match(await text(page, "#last li:first-child .what"), new RegExp(t["outcome.overridden"]));

      // a stolen document stops: only a supervisor lets pass
      await wedge(page, stolen);
      assert.equal(await advice(page), "stop");
      assert.equal(await text(page, ".advice strong"), t.stop);
      await page.keyboard.press("F2");
      await page.waitForSelector("#override[open] #override-reason:focus");
      await page.keyboard.type("Returned by its owner, police note seen.");
      for (const key of ["Tab", "Tab", "Tab", "Tab", "Tab"]) await page.keyboard.press(key);
      await page.waitForSelector("#override-user:focus");
      await page.keyboard.type(people.officer.user);
      await page.keyboard.press("Tab");
      await page.keyboard.type(people.officer.password);
      await page.keyboard.press("Enter");
      await page.waitForFunction(() => document.querySelector("#override .wrong").textContent !== "");
      assert.ok([t["error.needs-supervisor"], t["error.wrong-credentials"], t["error.not-allowed"]].includes(await text(page, "#override .wrong")));
      await page.fill("#override-user", people.supervisor.user);
      await page.fill("#override-password", people.supervisor.password);
      await page.keyboard.press("Enter");
      await recorded(page, "BORSHELI");

      // relief: the next officer in seconds, on the same page
      const began = Date.now();
      await page.keyboard.press("F10");
      await page.waitForSelector("#relief[open] #relief-user:focus");
      await page.keyboard.type(people.relief.user);
      await page.keyboard.press("Tab");
      await page.keyboard.type(people.relief.password);
      await page.keyboard.press("Enter");
      await page.waitForFunction((name) => document.querySelector("#officer").textContent.includes(name), people.relief.name);
      assert.ok(Date.now() - began < 10000, `relief took ${Date.now() - began} ms`);
      assert.equal(await page.evaluate(() => window.sameDocument), true);
      await page.waitForSelector("#mrz:focus");

      // and the relief works on, then signs out
      await page.keyboard.press(specimens.clear.key);
      assert.equal(await advice(page), "clear");
      await page.keyboard.press("Escape");
      await page.focus("#sign-out");
      await page.keyboard.press("Enter");
      await page.waitForSelector("#sign-in-user:focus");
      assert.equal(await page.isVisible("#lane"), false);
      assert.equal(await page.inputValue("#sign-in-password"), "");
    });
  });
}

test("the tray: expired, wrong check digit, a child alone, a car of five", async () => {
  await lane({}, async (page) => {
    await page.waitForSelector("#tray button");
    await page.keyboard.press(specimens.expired.key);
    assert.notEqual(await advice(page), "clear");
    assert.match(await text(page, ".reasons"), /expired/);
    await page.keyboard.press("Escape");
    assert.match(await text(page, "#say"), /BRAKULINI/);

    await page.keyboard.press(specimens["check-digit"].key);
    assert.equal(await advice(page), "refer");
    await page.waitForFunction(() => document.querySelector("#mrz-say").className === "bad");
    assert.match(await text(page, "#mrz-say"), /date of birth/);
    assert.ok((await page.locator("#mrz-marks i.bad").count()) >= 1);
    await page.keyboard.press("Escape");

    await page.keyboard.press(specimens["child-alone"].key);
    assert.equal(await advice(page), "refer");
    assert.equal(await page.getAttribute('.kinds [aria-pressed="true"]', "data-kind"), "minor");
    await page.keyboard.press("Enter");
    await recorded(page, "PLIMBOZI");

    await page.keyboard.press(specimens["car-of-five"].key);
    await page.waitForFunction(() => document.querySelectorAll(".party li").length === 5);
    assert.equal(await advice(page), "clear");
    assert.equal(await page.inputValue("#plate"), "UT 204 KX");
    assert.match(await text(page, "#main-act"), /5/);
    await page.keyboard.press("Enter");
    await page.waitForFunction(() => [...document.querySelectorAll("#last .who")].filter((one) => one.textContent.includes("MALSIDERI")).length === 5);
    await page.waitForFunction(() => document.querySelector("#plate").value === "");  // the last answer may come after its event

    // a clear traveller in a wanted car
    await page.keyboard.press("F4");
    await put(page, "ut 999 zz");
    await page.focus("#mrz");
    await scanLines(page, specimens.clear.mrz);
    assert.equal(await advice(page), "refer");
    assert.match(await text(page, ".reasons"), /UT 999 ZZ/);
  });
});

test("marks come while a hand types, and a quick second Enter acts on nothing", async () => {
  await lane({}, async (page) => {
    const [first, second] = specimens.clear.mrz.split("\n");
    await page.keyboard.type(first.toLowerCase());
    await page.keyboard.press("Enter");
    await page.keyboard.type(second.slice(0, 10));
    await page.waitForFunction(() => document.querySelectorAll("#mrz-marks i").length === 1 && document.querySelectorAll("#mrz-marks i.bad").length === 0);
    await page.keyboard.press("Backspace");
    await page.keyboard.type("9");
    await page.waitForFunction(() => document.querySelectorAll("#mrz-marks i.bad").length >= 1);
    assert.match(await text(page, "#mrz-say"), /document number/);
    await page.keyboard.press("Escape");

    const before = await page.locator("#last li:not(.none)").count();
    await scanLines(page, specimens.clear.mrz);
    await page.keyboard.press("Enter");
    await page.keyboard.press("Enter");
    assert.equal(await advice(page), "clear");
    assert.equal(await page.locator("#last li:not(.none)").count(), before);
  });
});

test("a document whose lines cannot be read is typed", async () => {
  await lane({}, async (page) => {
    await page.keyboard.press("F3");
    await page.waitForSelector("#typed[open] #typed-surname:focus");
    for (const [i, value] of ["Vontreli", "Elisida", "1990-04-12", "F", "UTO", "passport", "U00412907", "UTO", "2034-04-11"].entries()) {
      if (i > 0) await page.keyboard.press("Tab");
      await page.keyboard.type(value);
    }
    await page.keyboard.press("Enter");
    assert.equal(await advice(page), "clear");
    assert.match(await text(page, ".person"), /VONTRELI, Elisida|Vontreli, Elisida/);
  });
});

for (const language of ["en", "sq"])
  test(`a residence permit is stated by keyboard, and no days are counted (${language})`, async () => {
    const t = words[language];
    await lane({ language }, async (page) => {
      await page.waitForSelector("#tray button");
      await page.keyboard.press(specimens["days-used"].key);
      assert.equal(await advice(page), "refer");
      await page.keyboard.press("Shift+F3");
      await page.waitForSelector("#permit[open] #permit-kind:focus");
      for (const value of ["RP 7", "2039-12-31"]) {
        await page.keyboard.press("Tab");
        await page.keyboard.type(value);
      }
      await page.keyboard.press("Enter");
      await page.waitForFunction((say) => document.querySelector(".person")?.textContent.includes(say), t["permit.residence"]);
      assert.equal(await advice(page), "clear");
      assert.equal(await text(page, "#permit-say"), t["permit.open"]);
      await page.keyboard.press("Enter");
      await recorded(page, "TEMZOLI");
    });
  });

test("lines that may mean a child or somebody over a hundred: one key takes the other", async () => {
  await lane({}, async (page) => {
    await scanLines(page, "P<UTOGJYSHORI<<MALVINA<<<<<<<<<<<<<<<<<<<<<<\nU004129316UTO2203045F3404115<<<<<<<<<<<<<<08");
    assert.equal(await advice(page), "refer");
    assert.match(await text(page, "#born"), /1922/);
    await page.keyboard.press("0");
    await page.waitForFunction(() => document.querySelector(".person")?.textContent.includes("1922"));
    assert.equal(await advice(page), "clear");
    await page.keyboard.press("Enter");
    await recorded(page, "GJYSHORI");
  });
});

test("no answer is loud, keeps what was typed, and goes on by itself", async () => {
  await lane({}, async (page, seen) => {
    const [first, second] = specimens.clear.mrz.split("\n");
    await put(page, first);
    await page.keyboard.press("Enter");
    await page.context().setOffline(true);
    await put(page, second);
    await page.keyboard.press("Enter");
    await page.waitForSelector("#alarm:not([hidden])");
    assert.match(await text(page, "#alarm"), /kept/);
    assert.equal((await page.inputValue("#mrz")).trim(), specimens.clear.mrz);
    await page.context().setOffline(false);
    await page.waitForSelector("#alarm", { state: "hidden" });
    assert.equal(await advice(page), "clear");
    assert.match(await text(page, ".person"), /VONTRELI/);
    seen.complaints = seen.complaints.filter((line) => !/ERR_INTERNET_DISCONNECTED/.test(line));
  });
});

test("advice that nobody has written down is shown, and says so loudly (POST-3)", async () => {
  for (const [code, key] of [["disk-full", "disk-full"], ["not-recorded", "not-recorded"]]) {
    await lane({}, async (page) => {
      await answering(page, "/v1/scans", { kept: "not-recorded", warning: { type: "about:blank", title: "This advice is not recorded", status: 507, code } });
      await scanLines(page, specimens.clear.mrz);
      assert.equal(await advice(page), "clear");
      await page.waitForSelector("#alarm:not([hidden])");
      assert.ok((await text(page, "#alarm")).includes(words.en[`alarm.${key}`]), await text(page, "#alarm"));
    });
  }
});

test("a post that went back says in red that nothing is recorded here any more (FOLLOW-5)", async () => {
  for (const language of ["en", "sq"]) {
    await lane({ language }, async (page) => {
      const t = words[language];
      await answering(page, "/v1/scans", { kept: "not-recorded", warning: { type: "about:blank", title: "This advice is not recorded", status: 507, code: "gone-back" } });
      await scanLines(page, specimens.clear.mrz);
      assert.equal(await advice(page), "clear");
      await page.waitForSelector("#alarm:not([hidden])");
      const shown = await text(page, "#alarm");
      assert.ok(shown.includes(t["alarm.gone-back"]) && shown.includes(t["alarm.gone-back.say"]), shown);
      assert.ok(await page.$("#alarm.worst"));
      if (process.env.POSTERN_SHOTS) await page.screenshot({ path: `${process.env.POSTERN_SHOTS}/gone-back-${language}.png` });
    });
  }
});

/** advised(page, said): in every scan's advice. */
const advised = (page, said) => answering(page, "/v1/scans", said, "advice");

test("reasons below the edge are counted, and Page Down brings them up", async () => {
  for (const language of ["en", "sq"]) {
    await lane({ language }, async (page) => {
      await advised(page, { advice: "refer", // more than the card has room for
        reasons: [1, 2, 3, 4, 5, 6].map((n) => ({ rule: `test.${n}`, verdict: "refer", kind: "document", text: `Reason ${n}.`, text_sq: `Arsyeja ${n}.`, data: { enter_from: "2027-01-17" } })) });
      await scanLines(page, specimens.clear.mrz);
      assert.equal(await advice(page), "refer");
      const t = words[language];
      const unseen = () => page.$$eval("#result .reasons .sentence", (all) => all.filter((one) => one.getBoundingClientRect().bottom > document.querySelector("#result").getBoundingClientRect().bottom).length);
      const n = await unseen();
      assert.ok(n > 1, `${n} reasons below the edge`);
      assert.ok((await text(page, "#result .more")).startsWith(filled(t["more.reasons"], { n })));
      assert.ok((await text(page, "#result .reasons small")).includes(filled(t["fact.enter_from"], { value: `17 ${t.months.split(" ")[0]} 2027` })));
      if (process.env.POSTERN_SHOTS) await page.screenshot({ path: `${process.env.POSTERN_SHOTS}/more-reasons-${language}.png` });
      for (let i = 0; i < 5; i++) await page.keyboard.press("PageDown");
      await page.waitForSelector("#result .more", { state: "hidden" });
      assert.equal(await page.evaluate(() => document.activeElement.id), "main-act"); // Enter is where it was
      await page.keyboard.press("PageUp");
      await page.waitForSelector("#result .more", { state: "visible" });
    });
  }
});

test("days of the whole country stand beside the post's own, with their age", async () => {
  for (const language of ["en", "sq"]) {
    await lane({ language }, async (page) => {
      const facts = { used: "90", limit: "90", in_days: "180", known_since: "2026-03-01", used_here: "30", used_country: "90", elsewhere: "2", country_since: "2026-03-01", country_age_h: "2" };
      await advised(page, { advice: "refer", // with what a centre would have published
        reasons: [{ rule: "stay.used-up", verdict: "refer", kind: "conditions", text: "The days allowed are used up.", text_sq: "Ditët e lejuara janë përdorur.", data: facts }],
        stay: { used: 90, left: 0, leave_by: null, enter_from: "2027-01-17", known_since: "2026-03-01", limit: 90, in_days: 180, unknown_days: 0, over_days: 0, here: 30, country: { used: 90, crossings: 2, since: "2026-03-01", until: "2026-11-28T10:00:00.000Z", age_s: 7200 } } });
      await scanLines(page, specimens.clear.mrz);
      assert.equal(await advice(page), "refer");
      const t = words[language];
      const shown = await text(page, "#result");
      for (const said of [filled(t["stay.days"], { used: 90, all: 90 }), t["fact.used_here"].replace("{value}", "30"), t["fact.elsewhere"].replace("{value}", "2"), filled(t["stay.country.old"], { age: filled(t["span.hours"], { h: 2, m: "00" }) })])
        assert.ok(shown.includes(said), `${said} in ${shown}`);
      if (process.env.SHOTS) await page.screenshot({ path: `${process.env.SHOTS}/country-stay-${language}.png` });
    });
  }
});

test("every lane says which lists it goes by when the newest failed their check (POST-4)", async () => {
  for (const state of ["former", "failed", "damaged"]) {
    await lane({ as: null }, async (page) => {
      await answering(page, "/v1/lane", { lists_state: state });
      await signIn(page, people.officer);
      await page.waitForSelector("#alarm:not([hidden])");
      assert.ok((await text(page, "#alarm")).includes(words.en[`alarm.lists-${state}`]), await text(page, "#alarm"));
      await scanLines(page, specimens.clear.mrz); // and nobody is stopped
      assert.equal(await advice(page), "clear");
    });
  }
});

test("a session that has ended is taken up again on the spot, with what was typed", async () => {
  await lane({}, async (page) => {
    const [first, second] = specimens.clear.mrz.split("\n");
    await put(page, first);
    await page.keyboard.press("Enter");
    await page.context().clearCookies();
    await put(page, second);
    await page.keyboard.press("Enter");
    await page.waitForSelector("#again[open] #again-password:focus");
    assert.equal(await page.inputValue("#again-user"), people.officer.user);
    await put(page, people.officer.password);
    await page.keyboard.press("Enter");
    assert.equal(await advice(page), "clear");
    assert.match(await text(page, ".person"), /VONTRELI/);
  });
});

test("a page left alone asks nothing, and then shows nobody's data", async () => {
  const { context, page, seen } = await openLane(browser, post.address);
  const asked = new Set();
  page.on("request", (request) => request.url().endsWith("/v1/events") || asked.add(request)); // that one stays open
  for (const end of ["requestfinished", "requestfailed"]) page.on(end, (request) => asked.delete(request));
  try {
    await page.clock.install();
    await signIn(page, people.officer);
    await page.waitForSelector("#tray button");
    await page.reload(); // signed in still, and no hand has touched it since
    await page.waitForSelector("#tray button");
    for (let second = 0; second < 120; second++) { // no faster than the post answers: a page gives up on an answer after two seconds
      await page.clock.runFor(1000);
      for (let wait = 0; asked.size > 0 && wait < 200; wait++) await new Promise((later) => setTimeout(later, 5));
    }
    assert.equal(await page.isVisible("#lane"), true);
    const before = seen.requests.length;
    await page.clock.runFor(600_000);
    assert.deepEqual(seen.requests.slice(before), []);
    await page.clock.runFor(600_000);
    await page.waitForSelector("#door:not([hidden])");
    assert.equal(await page.isVisible("#lane"), false);
    assert.equal(await page.locator("#last .who").count(), 0);
    assert.equal(await page.evaluate(() => fetch("/v1/session").then((answer) => answer.status)), 401);
  } finally {
    await context.close();
  }
});

test("whoever leaves the lane is reminded of a report", async () => {
  await lane({}, async (page) => {
    await page.waitForSelector("#tray button");
    await page.keyboard.press(specimens.discreet.key);
    await advice(page);
    await page.keyboard.press("Enter");
    await page.waitForSelector("#mrz:focus");
    await page.keyboard.press("F10");
    await page.waitForSelector("#report[open]");
    await page.keyboard.press("Escape");
    await page.keyboard.press("F10");
    await page.waitForSelector("#relief[open]");
  });
});

test("a clear and a discreet check look the same", async () => {
  const looks = {};
  for (const who of ["clear", "discreet"])
    await lane({}, async (page) => {
      await page.waitForSelector("#tray button");
      await page.keyboard.press(specimens[who].key);
      assert.equal(await advice(page), "clear");
      looks[who] = await page.evaluate(() => {
        const where = (selector) => { const box = document.querySelector(selector).getBoundingClientRect(); return [box.x, box.y, box.width, box.height].map(Math.round); };
        const advice = getComputedStyle(document.querySelector(".advice"));
        return { ink: advice.color, paper: advice.backgroundColor, words: [...document.querySelectorAll(".advice strong, .advice p, #main-act, #next")].map((one) => one.textContent), buttons: document.querySelectorAll("#desk button").length,
          boxes: [".advice", ".advice svg", ".advice strong", ".advice .facts", ".person", "#main-act", "#desk"].map(where), reasons: document.querySelectorAll(".reasons li").length };
      });
      const note = await page.locator(".advice .note:not(.none)");
      assert.equal(await note.count(), who === "discreet" ? 1 : 0);
      if (who === "discreet") assert.ok((await note.boundingBox()).width <= 10, "the mark is small");
      assert.doesNotMatch(await text(page, "#result"), /DEMO-2|discreet/i);

      await page.keyboard.press("Enter");
      await page.waitForSelector("#mrz:focus");
      looks[who].done = await page.locator("#result .done").count();
      await page.keyboard.press("Escape"); // the traveller has gone
      assert.equal(await page.isVisible("#report-open"), who === "discreet");
      if (who === "discreet") {
        await page.keyboard.press("F2");
        await page.waitForSelector("#report[open] #report-note:focus");
        await put(page, "Alone, on foot, towards the ferry.");
        await page.keyboard.press("Control+Enter");
        await page.waitForSelector("#report", { state: "hidden" });
        assert.equal(await page.isVisible("#report-open"), false);
      }
    });
  assert.deepEqual(looks.discreet, looks.clear);
});

test("an officer without the right sees an ordinary clear", async () => {
  await lane({ as: people.relief }, async (page) => {
    await page.waitForSelector("#tray button");
    await page.keyboard.press(specimens.discreet.key);
    assert.equal(await advice(page), "clear");
    assert.equal(await page.locator(".advice .note:not(.none)").count(), 0);
    await page.keyboard.press("Enter");
    await page.waitForSelector("#mrz:focus");
    await page.keyboard.press("Escape");
    assert.equal(await page.isVisible("#report-open"), false);
  });
});

for (const theme of ["day", "night"])
  for (const width of theme === "day" ? [1280, 390] : [1280]) // colours do not move with the width
    test(`no serious fault for those who see, hear or move differently (${theme}, ${width} wide)`, async () => {
      await lane({ theme, width, language: theme === "day" ? "en" : "sq", as: null }, async (page) => {
        const faults = async (where) => {
          await page.waitForTimeout(200); // past the fade
          await page.evaluate(() => scrollTo(0, document.body.scrollHeight)); // on a phone the buttons stay in sight, over what scrolls
          await page.evaluate(axe.source);
          const found = await page.evaluate(() => window.axe.run(document, { runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"] }));
          assert.deepEqual(found.violations.filter((one) => ["serious", "critical"].includes(one.impact)).map((one) => `${where}: ${one.id}: ${one.nodes.map((node) => node.target).join(" ")}`), []);
        };
        await faults("sign in");
        await signIn(page, people.officer);
        await page.waitForSelector("#tray button");
        await faults("await");
        for (const name of ["clear", "other-spelling", "car-of-five"]) {
          await page.keyboard.press(specimens[name].key);
          await advice(page);
          await faults(name);
          await page.keyboard.press("Escape");
        }
        await page.keyboard.press(specimens.expired.key);
        await advice(page);
        for (const [key, dialog] of [["F2", "override"], ["F10", "relief"], ["F3", "typed"], ["?", "keys"]]) {
          await page.keyboard.press(key);
          await page.waitForSelector(`#${dialog}[open]`);
          await faults(dialog);
          await page.keyboard.press("Escape");
          await page.waitForSelector(`#${dialog}`, { state: "hidden" });
        }
        assert.equal(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth), true, "nothing wider than the page");
      });
    });

// ---- trips: scans fed without pause, one key for everybody ----

const digit = (text) => [...text].reduce((sum, c, i) => sum + (c === "<" ? 0 : /\d/.test(c) ? Number(c) : c.charCodeAt(0) - 55) * [7, 3, 1][i % 3], 0) % 10;

/** passport(number, {birth, expiry}): of nobody. */
function passport(number, { birth = "850202", expiry = "390101" } = {}) {
  const no = `T${String(number).padStart(7, "0")}`.padEnd(9, "<");
  const called = [...String(number).padStart(7, "0")].map((c) => String.fromCharCode(65 + Number(c))).join("");
  const second = `${no}${digit(no)}UTO${birth}${digit(birth)}F${expiry}${digit(expiry)}${"<".repeat(14)}0`;
  return `${`P<UTOZUV${called}<<QOXEBU`.padEnd(44, "<")}\n${second}${digit(second.slice(0, 10) + second.slice(13, 20) + second.slice(21))}`;
}

/** hand(page): what a reader feeds and what a hand presses, counted. A reader does not wait for an answer. */
function hand(page) {
  const count = { scans: 0, keys: 0 };
  return { count,
    scan: async (mrz) => {
      count.scans++;
      for (const line of mrz.split("\n")) {
        await page.keyboard.press(line[0]);
        await page.keyboard.insertText(line.slice(1));
        await page.keyboard.press("Enter");
      }
    },
    press: async (key) => {
      count.keys++;
      await page.keyboard.press(key);
    } };
}

const seated = async (page, n) => {
  await page.waitForFunction((many) => document.querySelectorAll("#seats li").length === many && document.querySelector("#result").getAttribute("aria-busy") === "false", n);
  await page.waitForTimeout(400); // the key arms itself
};

for (const language of ["en", "sq"])
  test(`a car of five is five scans and two keys (${language})`, async () => {
    const t = words[language];
    await lane({ language }, async (page) => {
      const { count, scan, press } = hand(page);
      const began = Date.now();
      await press("Shift+F1");
      assert.equal(await text(page, "#say"), t["trip.on"]);
      await page.fill("#plate", "aa 123 bb"); // as a camera would: its keys are not the officer's
      await page.focus("#mrz");
      await page.waitForSelector("#trip-head");
      // the child first: refer until an adult sits there, then asked again by itself
      const first = language === "en" ? 11 : 21;
      await scan(passport(first, { birth: "190301" }));
      for (let i = 1; i < 5; i++) await scan(passport(first + i));
      await page.waitForFunction(() => document.querySelectorAll('#seats li[data-tone="clear"]').length === 5);
      await seated(page, 5);
      assert.match(await text(page, "#trip-head"), /AA 123 BB/);
      assert.match(await text(page, "#trip-head"), new RegExp(filled(t["trip.count"], { adults: 4, children: 1 })));
      if (process.env.SHOTS) await page.screenshot({ path: `${process.env.SHOTS}/car-${language}.png` });
      await press("Enter");
      await page.waitForSelector("#result .done");
      assert.match(await text(page, "#result .done"), /5 .* AA 123 BB|5 .*AA 123 BB/);
      assert.deepEqual(count, { scans: 5, keys: 2 });
      assert.ok(Date.now() - began < 30000, `${Date.now() - began} ms`);
      await page.waitForFunction(() => document.querySelectorAll("#last li:not(.none)").length >= 5);
      assert.equal(await page.inputValue("#plate"), ""); // the mode stays, the vehicle is over
      assert.equal(await page.getAttribute("#trip-open", "aria-pressed"), "true");
      await page.reload(); // as after a look at another page
      await page.waitForSelector('#trip-open[aria-pressed="true"]');
      await page.waitForSelector("#mrz:focus");
    });
  });

test("a coach of fifty is fifty scans, one key, and one for each who is not clear", async () => {
  await lane({}, async (page) => {
    const { count, scan, press } = hand(page);
    await page.keyboard.press("Shift+F1"); // as it was left by the vehicle before
    await page.selectOption("#vehicle-kind", "coach");
    await page.fill("#plate", "UT 777 CO");
    await page.focus("#mrz");
    await page.waitForSelector("#trip-head");
    for (let i = 0; i < 50; i++) await scan(passport(1000 + i, i === 20 || i === 49 ? { expiry: "200101" } : {}));
    // when the reader pauses, those who are not clear ask, by seat
    await page.waitForFunction(() => document.querySelector("#result .person")?.textContent.includes("AAABACA"));
    await page.waitForTimeout(400);
    await press("Enter");
    await page.waitForFunction(() => document.querySelector("#result .person")?.textContent.includes("AAABAEJ"));
    await page.waitForTimeout(400);
    await press("Enter");
    await seated(page, 50);
    assert.equal(await page.locator('#seats li[data-tone="clear"]').count(), 48);
    if (process.env.SHOTS) await page.screenshot({ path: `${process.env.SHOTS}/coach.png` });
    await press("Enter");
    await page.waitForSelector("#result .done");
    assert.match(await text(page, "#result .done"), /50 people/);
    assert.deepEqual(count, { scans: 50, keys: 3 });
  });
});

test("a wanted vehicle is said at once, and asks once", async () => {
  await lane({}, async (page) => {
    const { scan } = hand(page);
    await page.keyboard.press("Shift+F1");
    await page.keyboard.press("F4");
    await put(page, "ut 999 zz");
    await page.keyboard.press("Enter");
    await page.waitForSelector("#vehicle-why");
    assert.match(await text(page, "#vehicle-why"), /UT 999 ZZ/);
    await scan(passport(3001));
    await seated(page, 1);
    assert.equal(await page.locator('#seats li[data-tone="clear"]').count(), 1);
    await page.keyboard.press("Enter"); // the vehicle to the second line
    await page.waitForFunction((say) => document.querySelector("#main-act").textContent.includes(say), "Record entry of 1");
    await page.waitForTimeout(400);
    await page.keyboard.press("Enter");
    await page.waitForSelector("#result .done");

    // or let pass with a reason; the number of its chassis is checked beside the plate
    await page.fill("#plate", "ut 999 zz");
    await page.focus("#vehicle-vin");
    await page.waitForSelector("#vehicle-why");
    assert.equal(await page.evaluate(() => document.activeElement.id), "vehicle-vin"); // an answer takes no field from the hand
    await page.fill("#vehicle-vin", "1M8GDM9AXKP042789");
    await page.focus("#mrz");
    await page.waitForSelector("#vin-said");
    assert.equal(await text(page, "#vin-said"), words.en["trip.vin.wrong"]);
    await page.fill("#vehicle-vin", "1M8GDM9AXKP042788");
    await page.focus("#mrz");
    await page.waitForFunction((say) => document.querySelector("#vin-said")?.textContent === say, words.en["trip.vin.agrees"]);
    await scan(passport(3002));
    await seated(page, 1);
    await page.keyboard.press("F2");
    await page.waitForSelector("#override[open] #override-reason:focus");
    assert.equal(await page.isVisible("#override-supervisor"), false);
    assert.match(await text(page, "#override-say"), /UT 999 ZZ/);
    if (process.env.SHOTS) await page.screenshot({ path: `${process.env.SHOTS}/vehicle-override.png` });
    await put(page, "Its owner is not in it; the plate was copied.");
    await page.keyboard.press("Enter");
    await page.waitForFunction((say) => document.querySelector("#main-act").textContent.includes(say), "Record entry of 1");
    await page.waitForTimeout(400);
    await page.keyboard.press("Enter");
    await page.waitForSelector("#result .done");
    assert.equal(await page.inputValue("#vehicle-vin"), "");

    // whoever asks in such a vehicle is shown with what stands against it
    await page.fill("#plate", "ut 999 zz");
    await page.focus("#mrz");
    await page.waitForSelector("#vehicle-why");
    await scan(passport(3009, { expiry: "200101" }));
    await page.waitForSelector("#result .of-vehicle");
    assert.match(await text(page, "#result .of-vehicle"), /UT 999 ZZ/);
    if (process.env.SHOTS) await page.screenshot({ path: `${process.env.SHOTS}/wanted.png` });
    await page.keyboard.press("Shift+F4"); // people sit there: the page stays
    assert.equal(await text(page, "#say"), words.en["trip.first"]);
    await page.keyboard.press("Escape");
    await page.waitForSelector("#seats");
    await page.keyboard.press("Escape");
    await page.keyboard.press("Escape");
    await page.waitForFunction(() => document.querySelectorAll("#seats li").length === 0);

    // Escape asks once before it puts people aside
    await scan(passport(3002));
    await seated(page, 1);
    await page.keyboard.press("Escape");
    assert.equal(await page.locator("#seats li").count(), 1);
    await page.keyboard.press("Escape");
    await page.waitForFunction(() => document.querySelectorAll("#seats li").length === 0);
  });
});

for (const language of ["en", "sq"]) {
  const t = words[language];

  test(`a vehicle that is to be kept passes by a supervisor's password alone (${language})`, async () => {
    const stops = `${post.folder}/stops.ndjson`;
    writeFileSync(stops, `${JSON.stringify({ "postern-list": 1, made: "2026-01-01T00:00:00Z", entries: 1 })}\n${JSON.stringify({ id: "V-1", kind: "vehicle", numbers: [{ type: "plate", number: "UT 777 ZZ", issuer: "UTO" }], on_entry: "seize", on_exit: "seize" })}\n`);
    postern(["watch", "compile", "-o", `${post.folder}/lists/current.snap`, "--list", "demo-alerts=postern:data/samples/lists/demo-alerts.ndjson", "--list", `stops=postern:${stops}`]);
    await lane({ language }, async (page) => {
      const { scan } = hand(page);
      // a promise counts as true before it is kept, so waitForFunction cannot ask this
      while (!await page.evaluate(async () => (await (await fetch("/v1/lane")).json()).lists.some((one) => one.list === "stops")))
        await page.waitForTimeout(200);
      await page.keyboard.press("Shift+F1");
      await page.fill("#plate", "ut 777 zz");
      await page.focus("#mrz");
      await page.waitForSelector("#vehicle-why");
      await page.keyboard.press("F2"); // whoever sits in it comes first: no password waits for them
      assert.equal(await text(page, "#say"), t["trip.vehicle.last"]);
      assert.equal(await page.locator("#override[open]").count(), 0);
      await scan(passport(language === "en" ? 3021 : 3022));
      await seated(page, 1);
      await page.waitForTimeout(400);
      await page.keyboard.press("F2");
      await page.waitForSelector("#override[open] #override-reason:focus");
      assert.equal(await page.isVisible("#override-supervisor"), true);
      assert.match(await text(page, "#override-say"), /UT 777 ZZ/);
      await put(page, "Given back by the court this morning; paper seen.");
      await page.fill("#override-user", people.officer.user);
      await page.fill("#override-password", people.officer.password);
      await page.keyboard.press("Enter");
      await page.waitForFunction(() => document.querySelector("#override .wrong").textContent !== "");
      if (process.env.SHOTS) await page.screenshot({ path: `${process.env.SHOTS}/vehicle-stop-${language}.png` });
      await page.fill("#override-user", people.supervisor.user);
      await page.fill("#override-password", people.supervisor.password);
      await page.keyboard.press("Enter");
      await page.waitForSelector("#result .done");
      assert.equal(await page.locator("dialog[open]").count(), 0);
      if (process.env.SHOTS) await page.screenshot({ path: `${process.env.SHOTS}/vehicle-stopped-${language}.png` });
    });
    await lane({ language, as: null }, async (page) => { // and the shift knows who signed
      await page.goto(`${post.address}/shift`);
      await page.waitForSelector("#sign-in-user:focus");
      await put(page, people.supervisor.user);
      await page.keyboard.press("Tab");
      await put(page, people.supervisor.password);
      await page.keyboard.press("Enter");
      await page.waitForFunction((say) => document.querySelector("#overrides li")?.textContent.includes(say), t["shift.signed"].replace("{name}", people.supervisor.user), { timeout: 20000 });
    });
  });
}
