// Back from an attack, on the shift page in a real browser: what the gate lacks is named with its remedy, in both languages and
// themes; a serial that is missing goes from the list when the sheet is told of.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import test, { after, before } from "node:test";
import axe from "axe-core";
import { launch, openLane } from "./browser.mjs";
import { people, postern, program, root } from "./post.mjs";

const words = {};
for (const language of ["en", "sq"]) words[language] = (await import(`data:text/javascript,${encodeURIComponent(readFileSync(`${root}src/console/pages/${language}.js`, "utf8"))}`)).default;
const WANTED = ["cause", "swept", "software", "identity", "certificate", "credentials", "ledger", "kept"];
let folder;
let browser;
let up;
let address;

before(async () => {
  folder = mkdtempSync(join(tmpdir(), "postern-gate-"));
  const land = join(folder, "land");
  const node = join(land, "durres");
  const { supervisor } = people;
  postern(["init", land, "--demonstration", "--post", "durres:seaport:Durrës"]);
  postern(["node", node, "--supervisor", `${supervisor.user}=${supervisor.name}`, "--passwords"], `${supervisor.user} ${supervisor.password}\n`);
  const country = readFileSync(join(land, "roster"), "utf8").split("\n")[0];
  const file = join(folder, "stop");
  writeFileSync(file, postern(["order", "withdraw", "--to", "manual", "--cause", "attack", "--all", "--country", country, "--reason", "A test."]));
  for (const duty of ["duty-1", "duty-2"])
    writeFileSync(file, postern(["authority", "sign", file, "--key", join(land, `offline/keys/${duty}.key`), "--yes", "--passphrase-fd", "0"], "demonstration\n"));
  up = spawn(program(), ["up", node, "--port", "0", "--no-travellers"], { cwd: root, stdio: ["ignore", "pipe", "ignore"] });
  address = await new Promise((found, failed) => {
    let said = "";
    up.stdout.on("data", (bytes) => {
      said += bytes;
      const line = /http:\/\/\S+/.exec(said);
      if (line) found(line[0]);
    });
    up.once("exit", (code) => failed(new Error(`postern up ended with ${code}`)));
  });
  postern(["order", "apply", node, file]);
  browser = await launch();
});

after(async () => {
  await browser?.close();
  if (up?.exitCode === null) {
    up.kill("SIGTERM");
    await new Promise((gone) => up.once("exit", gone));
  }
  rmSync(folder, { recursive: true, force: true });
});

const missing = (page) => page.evaluate(() => [...document.querySelectorAll("#gate-missing li")].map((one) => one.dataset.word).sort());
const post = (page, path, body) => page.evaluate(async ([where, what]) => {
  const csrf = (await (await fetch("/v1/session")).json()).csrf;
  return (await fetch(where, { method: "POST", headers: { "Content-Type": "application/json", "X-Postern-Csrf": csrf, "Idempotency-Key": String(Math.random()).slice(2).padEnd(32, "0").slice(0, 32) }, body: JSON.stringify(what) })).status;
}, [path, body]);

let pack = 0;
for (const [language, theme, width, height] of [["en", "day", 1280, 900], ["sq", "night", 390, 844]]) {
  test(`the gate names what is missing (${language}, ${theme}, ${width})`, async () => {
    const { context, page, seen } = await openLane(browser, address, { language, theme, width, height });
    await page.goto(`${address}/shift`);
    await page.waitForSelector("#sign-in-user:focus");
    await page.keyboard.type(people.supervisor.user);
    await page.keyboard.press("Tab");
    await page.keyboard.type(people.supervisor.password);
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
