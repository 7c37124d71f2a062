// A post that lost its power while its keys have a lock, in a real browser: the lane's page that was open becomes the page that
// says so, in both languages, and goes on by itself when somebody has unlocked the machine.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import test, { after, before } from "node:test";
import axe from "axe-core";
import { launch, openLane, signIn } from "./browser.mjs";
import { freePorts, people, postern, program, root } from "./post.mjs";

const PASSPHRASE = "four words by dice\n";
let folder;
let node;
let browser;
let up;
let port;

async function start() {
  up = spawn(program(), ["up", node, "--port", String(port), "--no-travellers"], { cwd: root, stdio: ["ignore", "pipe", "ignore"] });
  return await new Promise((found, failed) => {
    up.stdout.once("data", (bytes) => found(/http:\/\/\S+/.exec(bytes)[0]));
    up.once("exit", (code) => failed(new Error(`postern up ended with ${code}`)));
  });
}

async function stop() {
  up.removeAllListeners("exit");
  const gone = new Promise((done) => up.once("exit", done));
  up.kill("SIGTERM");
  await gone;
}

before(async () => {
  folder = mkdtempSync(join(tmpdir(), "postern-locked-"));
  node = join(folder, "land");
  port = await freePorts(1);
  const { officer } = people;
  postern(["node", node, "--name", "Muriqan", "--kind", "land", "--code", "muriqan", "--demonstration", "--officer", `${officer.user}=${officer.name}`, "--passwords"], `${officer.user} ${officer.password}\n`);
  browser = await launch();
});

after(async () => {
  await browser?.close();
  if (up) await stop();
  rmSync(folder, { recursive: true, force: true });
});

test("an open lane says that the post is locked, and goes on when it is not", async () => {
  const { page } = await openLane(browser, await start());
  await signIn(page, people.officer);
  await page.waitForSelector("#officer:not([hidden])");
  await stop();
  postern(["vault", "lock", node, "--passphrase-fd", "0"], PASSPHRASE);
  await start();
  await page.waitForFunction(() => document.title.startsWith("Locked"), null, { timeout: 60000 });
  assert.match(await page.textContent("main"), /postern vault unlock[^]*postern vault unlock/);
  assert.equal(await page.getAttribute("main section:last-child", "lang"), "sq");
  await page.evaluate(axe.source);
  const found = await page.evaluate(() => globalThis.axe.run({ runOnly: ["wcag2a", "wcag2aa", "wcag21aa", "wcag22aa"] }));
  assert.deepEqual(found.violations.map((one) => one.id), []);
  postern(["vault", "unlock", node, "--passphrase-fd", "0"], PASSPHRASE);
  await page.waitForSelector("#sign-in-user:focus", { timeout: 60000 });
  await signIn(page, people.officer);
  await page.waitForSelector("#officer:not([hidden])");
});
