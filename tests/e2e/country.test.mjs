// The country and the incident room at a centre, in a real browser: posts by trouble, an order with who has not answered, the lines to
// type; by keyboard, in both languages and both themes, on a large screen and a telephone.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { appendFileSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import test, { after, before } from "node:test";
import axe from "axe-core";
import { catalogues, launch, openLane, put } from "./browser.mjs";
import { freePorts, people, postern, program } from "./post.mjs";

const folder = mkdtempSync(join(tmpdir(), "postern-room-"));
const country = join(folder, "country");
const running = [];
const words = await catalogues("room", "packs");
let browser;
let centre;
let durres;

async function up(code, ...more) {
  const child = spawn(program(), ["up", join(country, code), ...more], { stdio: ["ignore", "pipe", "inherit"] });
  running.push(child);
  return new Promise((said, failed) => {
    child.stdout.once("data", (bytes) => said(String(bytes).trim()));
    child.once("exit", (status) => failed(new Error(`${code} ended with ${status}`)));
  });
}

/** order(...): signed by both duty officers and handed to keepers. */
function order(...what) {
  const name = readFileSync(join(country, "roster"), "utf8").split("\n")[0];
  let note = postern(["order", ...what, "--country", name, "--reason", "The registry's servers are being wiped."]);
  for (const key of ["duty-1", "duty-2"]) {
    writeFileSync(join(folder, "note"), note);
    note = postern(["authority", "sign", join(folder, "note"), "--key", join(country, "offline/keys", `${key}.key`), "--yes", "--passphrase-fd", "0"], "demonstration\n");
  }
  writeFileSync(join(folder, "note"), note);
  postern(["order", "give", join(country, "durres"), join(folder, "note")]);
}

before(async () => {
  const { supervisor } = people;
  postern(["init", country, "--demonstration", "--keeper-port", String(await freePorts(12)), "--post", "durres:seaport:Port of Durrës", "--post", "rinas:airport:Tirana airport",
    "--post", "morine:land:Morinë"]);
  postern(["node", join(country, "centre"), "--officer", `${supervisor.user}=${supervisor.name}`, "--passwords"], `${supervisor.user} ${supervisor.password}\n`);
  postern(["node", join(country, "durres"), "--supervisor", `${supervisor.user}=${supervisor.name}`, "--passwords"], `${supervisor.user} ${supervisor.password}\n`);
  writeFileSync(join(folder, "notices"), "title: Borders of Utopia | Kufijtë e Utopisë\nplace durres: Port of Durrës | Porti i Durrësit\nnotice: Arrive three hours early. | Ejani tri orë më herët.\n");
  for (const [code, web] of [["durres", "web-post"], ["centre", "web"]]) appendFileSync(join(country, code, "node.conf"), `public = ${join(folder, web)}\nnotices = ${join(folder, "notices")}\n`);
  for (const keeper of "abcd") await up(`keeper-${keeper}`);
  durres = await up("durres", "--no-travellers", "--port", "0");
  await up("rinas", "--no-travellers", "--port", "0");
  centre = await up("centre", "--port", "0");
  order("withdraw", "--to", "local", "--cause", "attack", "--all");
  browser = await launch();
});

after(async () => {
  await browser?.close();
  for (const child of running) child.kill("SIGTERM");
  await Promise.all(running.map((child) => child.exitCode !== null || child.signalCode !== null || new Promise((gone) => child.once("exit", gone))));
  rmSync(folder, { recursive: true, force: true });
});

async function accessible(page) {
  await page.evaluate(axe.source);
  const { violations } = await page.evaluate(() => window.axe.run(document, { runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"] }));
  assert.deepEqual(violations.map((one) => `${one.id}: ${one.nodes[0].html}`), []);
}

async function open(path, options, node = centre, there = "#posts tbody tr") {
  const { context, page, seen } = await openLane(browser, node, options);
  await page.goto(`${node}${path}`);
  await page.waitForSelector("#sign-in-user:focus");
  await put(page, people.supervisor.user);
  await page.keyboard.press("Tab");
  await put(page, people.supervisor.password);
  await page.keyboard.press("Enter");
  await page.waitForSelector(there);
  return { context, page, seen };
}

const shot = (page, name) => process.env.POSTERN_SHOTS && page.screenshot({ path: `${process.env.POSTERN_SHOTS}/${name}.png`, fullPage: true });
const looks = [["en", "day", 1280, 800], ["sq", "night", 1280, 800], ["sq", "day", 390, 844]];

for (const [language, theme, width, height] of looks) {
  test(`the country: what is wrong stands first (${language}, ${theme}, ${width})`, async () => {
    const t = words[language];
    const { context, page, seen } = await open("/country", { language, theme, width, height });
    await page.waitForFunction((local) => [...document.querySelectorAll("#posts tbody .pill")].filter((pill) => pill.textContent.includes(local)).length === 2, t["rung.local"], { timeout: 20000 });
    const rows = await page.$$eval("#posts tbody tr", (all) => all.map((row) => row.innerText));
    assert.equal(rows.length, 3);
    assert.match(rows[0], /morine/);
    assert.ok(rows[0].includes(t["country.person"]) && rows[0].includes(t["trouble.unknown"]), rows[0]);
    assert.ok(rows[1].includes(t["cause.attack"]) && !rows[1].includes(t["country.person"]), rows[1]);
    assert.equal(await page.$$eval("#posts tr.trouble", (all) => all.length), 1);
    await accessible(page);
    await shot(page, `country-${language}-${theme}-${width}`);
    assert.deepEqual(seen.complaints, []);
    assert.deepEqual(seen.requests.filter((url) => new URL(url).origin !== new URL(centre).origin), []);
    await context.close();
  });

  test(`the incident room: who has answered, and the lines to type (${language}, ${theme}, ${width})`, async () => {
    const t = words[language];
    const { context, page, seen } = await open("/room", { language, theme, width, height });
    await page.waitForFunction((sentence) => document.querySelector("#orders")?.textContent.includes(sentence), t["room.answered"].replace("{n}", "2").replace("{of}", "3"), { timeout: 20000 });
    assert.match(await page.innerText("#orders article"), /duty-1.*duty-2/s);
    assert.match(await page.innerText("#orders article"), /being wiped/);
    assert.match(await page.innerText("#silent"), /morine/);
    assert.equal(await page.$$eval("#steps li", (all) => all.length), 8);
    await page.selectOption("#act", "local");
    await page.selectOption("#where", [{ label: "Port of Durrës" }, { label: "Tirana airport" }]);
    await page.fill("#why", "it's a test");
    const lines = await page.innerText("#lines");
    assert.match(lines, /^postern order withdraw --country 'utopia\.example\/roster' --to local --cause attack --post 'utopia\.example\/durres' --post 'utopia\.example\/rinas' --reason 'it'\\''s a test' > order$/m);
    assert.match(lines, /^postern order give DIR order\.note$/m);
    assert.deepEqual(seen.sent.filter((what) => !what.endsWith(" /v1/session")), []); // ROOM-1: it signs and sends nothing
    await page.focus("#act");
    await page.keyboard.press("Tab");
    assert.equal(await page.evaluate(() => document.activeElement.id), "cause");
    await accessible(page);
    await shot(page, `room-${language}-${theme}-${width}`);
    assert.deepEqual(seen.complaints, []);
    await page.click("#sign-out");
    await page.waitForSelector("#door:not([hidden])");
    assert.equal(await page.$("#posts tr"), null);
    await context.close();
  });
}

test("what is answered when whoever asked has gone is shown to nobody", async () => {
  const { context, page } = await open("/country", {});
  await page.evaluate(() => {
    const plain = window.fetch;
    window.fetch = async (...asked) => {
      const answer = await plain(...asked);
      if (asked[0] === "/v1/country") await new Promise((release) => { window.letGo = release; });
      return answer;
    };
    document.dispatchEvent(new Event("visibilitychange")); // whoever comes back to the page asks anew
  });
  await page.waitForFunction(() => window.letGo);
  await page.click("#sign-out");
  await page.waitForSelector("#door:not([hidden])");
  await page.evaluate(() => window.letGo());
  await page.waitForTimeout(300);
  assert.equal(await page.innerHTML("#posts"), "");
  assert.equal(await page.innerHTML("#figures"), "");
  await context.close();
});

test("a page that is told nothing new is answered 304, and nobody is told without signing in", async () => {
  const { context, page } = await open("/country", {});
  const answers = await page.evaluate(async () => {
    const first = await fetch("/v1/country");
    const again = await fetch("/v1/country", { cache: "no-store", headers: { "If-None-Match": first.headers.get("ETag") } });
    await fetch("/v1/session", { method: "DELETE", headers: { "X-Postern-Csrf": (await (await fetch("/v1/session")).json()).csrf } });
    return [first.status, again.status, (await fetch("/v1/country")).status];
  });
  assert.equal(answers[0], 200);
  assert.ok([200, 304].includes(answers[1]), answers[1]);
  assert.equal(answers[2], 401);
  await context.close();
});

test("the incident room at a post knows this post, and what it answered", async () => {
  const t = words.en;
  const { context, page, seen } = await open("/room", {}, durres);
  await page.waitForFunction((sentence) => document.querySelector("#orders")?.textContent.includes(sentence), t["room.answered"].replace("{n}", "1").replace("{of}", "1"), { timeout: 20000 });
  assert.equal(await page.$$eval("#posts tbody tr", (all) => all.length), 1);
  assert.match(await page.innerText("#posts tbody tr"), /Port of Durrës/);
  await page.waitForFunction((word) => document.querySelector("#orders").textContent.includes(word), t["room.gate"]);
  await accessible(page);
  assert.deepEqual(seen.complaints, []);
  await context.close();
});

/** A pack of three sheets at the port; of one only that it was keyed by one person. */
async function keyOne() {
  const { context, page } = await open("/by-hand", {}, durres, "#serial:focus");
  await page.fill("#sheets", "3");
  await Promise.all([page.waitForEvent("download"), page.click("#pack button")]);
  for (const [name, value] of Object.entries({ serial: "00001-001-05", line: "L898902C36UTO7408122F3404159", surname: "ERIKSSON", given: "ANNA", officer: "AH", time: "2024-09-09T22:05" })) await page.fill(`#sheet [name=${name}]`, value);
  await page.press("#line", "Enter");
  await page.waitForFunction(() => document.querySelector("#sheet-said").textContent !== "");
  await context.close();
}

test("the sheets of every pack: what is open stands first, in columns that line up, nothing of it below the fold", async () => {
  await keyOne();
  for (const [language, theme, width, height] of looks) {
    const t = words[language];
    const { context, page, seen } = await open("/paper", { language, theme, width, height }, centre, "#paper-title");
    await page.waitForFunction(() => document.querySelectorAll("#packs tbody tr").length === 1, null, { timeout: 20000 });
    assert.deepEqual(await page.$$eval("#packs tbody tr > *", (cells) => cells.map((cell) => cell.innerText.trim()).toSpliced(2, 1)), ["durres", (await page.innerText("#packs tbody td")).trim(), "3", "·", "1", "·", "2", "·", "·"]);
    assert.match(await page.innerText("#packs tbody td"), /^1 utopia\.example\/durres \d+$/);
    for (const said of [t["packs.all.missing"], t["packs.all.keyed-once"]]) assert.ok((await page.innerText("#figures")).includes(said), said);
    assert.equal(await page.$$eval("#packs tr.trouble", (all) => all.length), 1);
    await accessible(page);
    await shot(page, `paper-${language}-${theme}-${width}`);
    if (width > 1000) {
      const edges = await page.evaluate(() => [...document.querySelectorAll("#packs thead th")].map((head, index) => {
        const cell = document.querySelector("#packs tbody tr").children[index];
        const box = (of) => { const range = document.createRange(); range.selectNodeContents(of); return range.getBoundingClientRect(); };
        return index < 3 ? box(head).left - box(cell).left : box(head).right - box(cell).right;
      }));
      assert.ok(edges.every((apart) => Math.abs(apart) < 1.5), String(edges));
      assert.ok(await page.evaluate(() => document.querySelector("#packs table").getBoundingClientRect().bottom <= innerHeight));
    }
    assert.ok(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth));
    assert.deepEqual(seen.sent.filter((what) => !what.endsWith(" /v1/session")), []);
    assert.deepEqual(seen.complaints, []);
    await page.click("#sign-out");
    await page.waitForSelector("#door:not([hidden])");
    assert.equal(await page.$("#packs tr"), null);
    await context.close();
  }
});

test("the public page with the centre dead, its own and a post's, by a plain server: without scripts, in both languages", async () => {
  const files = { html: "text/html; charset=utf-8", css: "text/css", js: "text/javascript", json: "application/json", note: "text/plain" };
  for (const web of ["web", "web-post"]) for (let tries = 0; tries < 200 && !existsSync(join(folder, web, "sq.html")); tries++) await new Promise((later) => setTimeout(later, 100));
  const dead = running.at(-1); // the centre was started last
  dead.kill("SIGKILL");
  if (dead.exitCode === null && dead.signalCode === null) await new Promise((gone) => dead.once("exit", gone));
  await assert.rejects(fetch(`${centre}/healthz`));
  for (const web of ["web", "web-post"]) {
    const server = createServer((request, answer) => {
      const name = request.url.slice(1) || "index.html";
      if (!/^[a-z.-]+$/.test(name) || !existsSync(join(folder, web, name))) return answer.writeHead(404).end();
      answer.writeHead(200, { "Content-Type": files[name.split(".").pop()] }).end(readFileSync(join(folder, web, name)));
    });
    await new Promise((ready) => server.listen(0, "127.0.0.1", ready));
    const at = `http://127.0.0.1:${server.address().port}`;
    for (const [name, scripts, width, scheme, say] of [["index.html", false, 1280, "light", "Arrive three hours early."], ["sq.html", true, 390, "dark", "Ejani tri orë më herët."]]) {
      const context = await browser.newContext({ javaScriptEnabled: scripts, viewport: { width, height: 800 }, colorScheme: scheme });
      const page = await context.newPage();
      const asked = [];
      const complaints = [];
      page.on("request", (request) => asked.push(request.url()));
      page.on("console", (line) => complaints.push(line.text()));
      await page.goto(`${at}/${name}`);
      assert.ok((await page.innerText("main")).includes(say));
      assert.match(await page.innerText("tbody"), name === "sq.html" ? /Porti i Durrësit/ : /Port of Durrës/);
      if (scripts) {
        assert.match(await page.innerText("#age"), /para/);
        await accessible(page);
      }
      await shot(page, `public-${web}-${name.split(".")[0]}`);
      assert.deepEqual(asked.filter((url) => !url.startsWith(at) && !url.startsWith("data:")), []);
      assert.deepEqual(complaints, []);
      await context.close();
    }
    server.close();
  }
});
