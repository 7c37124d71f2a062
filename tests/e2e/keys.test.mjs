// Security keys, in a real browser with a key of its own making: made at the post's page, put on the staff list, asked for wherever a password is, and
// done without for a shift when somebody vouches. STAFF-5, STAFF-6.
import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import test, { after, before } from "node:test";
import axe from "axe-core";
import { catalogues, filled, launch, openLane, put, signIn } from "./browser.mjs";
import { people, postern, up } from "./post.mjs";

const words = await catalogues("staff");
const { officer, supervisor } = people;
let folder;
let browser;
let post;
let address;
let version = 0;

const at = (...parts) => join(folder, ...parts);
const has = (page, selector, text) => page.waitForFunction(([where, what]) => document.querySelector(where)?.textContent.includes(what), [selector, text], { timeout: 30000 });
const shot = (page, name) => process.env.POSTERN_SHOTS && page.screenshot({ path: `${process.env.POSTERN_SHOTS}/${name}.png`, fullPage: true });

/** The next list, given to the post itself. */
function give() {
  version += 1;
  postern(["staff", "sign", at("people"), "--roster", at("land/roster"), "--post", "utopia.example/durres", "--version", `${version}`,
    "--key", at("land/offline/keys/personnel-1.key"), "--passphrase-fd", "0", "--yes", "--out", at("list")], "demonstration\n");
  postern(["staff", "put", at("land/durres"), at("list"), "--here"]);
}

/** A key that is in this page's machine, and touched when it is asked for. */
async function plugIn(page) {
  const machine = await page.context().newCDPSession(page);
  await machine.send("WebAuthn.enable");
  await machine.send("WebAuthn.addVirtualAuthenticator", { options: { protocol: "ctap2", transport: "usb", hasResidentKey: false, hasUserVerification: false, automaticPresenceSimulation: true } });
}

/** Where the post is for who does not know names that end in .localhost. */
const local = () => `http://127.0.0.1:${new URL(address).port}`;

/** signing(who, more): what the post answers to a sign-in with no browser around it. */
async function signing({ user, password }, more = {}) {
  const answer = await fetch(`${local()}/v1/session`, { method: "POST", headers: { "Content-Type": "application/json", ...more }, body: JSON.stringify({ user, password, lane: "9", language: "en" }) });
  return { status: answer.status, ...(await answer.json()) };
}

async function accessible(page) {
  await page.evaluate(axe.source);
  const { violations } = await page.evaluate(() => window.axe.run(document, { runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"] }));
  assert.deepEqual(violations.map((one) => `${one.id}: ${one.nodes[0].html}`), []);
}

before(async () => {
  folder = mkdtempSync(join(tmpdir(), "postern-keys-"));
  postern(["init", at("land"), "--demonstration", "--post", "durres:seaport:Durrës"]);
  postern(["staff", "new", at("people")]);
  for (const [one, role] of [[officer, "officer"], [supervisor, "supervisor"]])
    postern(["staff", "add", at("people"), "--user", one.user, "--name", one.name, "--role", role, "--password-fd", "0"], one.password);
  give();
  post = await up(at("land/durres"));
  address = post.address;
  browser = await launch();
});

after(async () => {
  await browser?.close();
  await post?.stop();
  rmSync(folder, { recursive: true, force: true });
});

test("keys are made at the post's page, and count from the next list on", async () => {
  for (const [one, language, theme, width, height] of [[supervisor, "en", "day", 1280, 800], [officer, "sq", "night", 390, 844]]) {
    const { context, page, seen } = await openLane(browser, address, { language, theme, width, height });
    await plugIn(page);
    await page.goto(`${address}/staff`);
    await page.waitForSelector("#first-user:focus");
    await page.fill("#keys-user", one.user);
    await page.press("#keys-user", "Enter");
    await page.waitForSelector("#keys-made:not([hidden])");
    const key = await page.inputValue("#keys-text");
    assert.match(key, /^es256\.[A-Za-z0-9+/=]+\.[A-Za-z0-9+/]{86}==$/);
    await accessible(page);
    await shot(page, `keys-${language}-${theme}-${width}`);
    postern(["staff", "key", at("people"), "--user", one.user, "--add", key]);
    assert.deepEqual(seen.complaints, []);
    if (one === officer) await context.close();
    else one.page = page; // the key is in this page's machine
  }
  assert.match(postern(["staff", "show", at("people")]), /1 security key\n/);
  assert.equal((await signing(officer)).status, 200); // until the list is there
  give();
  for (let tries = 0; tries < 120 && (await signing(officer)).status === 200; tries++) await new Promise((later) => setTimeout(later, 250));
  const { status, code, user, keys } = await signing(officer);
  assert.deepEqual([status, code, user, keys.length], [403, "needs-key", officer.user, 1]);
  assert.equal((await signing({ ...officer, password: "wrong" })).code, "wrong-credentials"); // says nothing of keys
  assert.equal((await signing(officer, { "Postern-Key": "AQID.e30=.AA==.AA==" })).code, "needs-key");
});

test("a stolen password opens nothing; a second person vouches, and a touch is asked for inside a dialog, too", async () => {
  const t = words.en;
  // The officer's key is at home.
  const { context, page, seen } = await openLane(browser, address);
  await page.evaluate(() => { delete window.PublicKeyCredential; });
  await put(page, officer.user);
  await page.keyboard.press("Tab");
  await put(page, officer.password);
  await page.keyboard.press("Enter");
  await has(page, "#sign-in-wrong", t["error.needs-key"]);
  assert.equal(await page.isVisible("#mrz"), false);
  await accessible(page);

  // The supervisor, whose key is here, vouches by a touch; without it two stolen passwords would do.
  const theirs = supervisor.page;
  await theirs.fill("#vouch-user", supervisor.user);
  await theirs.fill("#vouch-password", supervisor.password);
  await theirs.fill("#vouch-other", officer.user);
  await theirs.fill("#vouch-other-password", officer.password);
  await theirs.press("#vouch-other-password", "Enter");
  await has(theirs, "#vouch-said", filled(t["vouch.done"], { user: officer.user }));
  assert.equal(await theirs.inputValue("#vouch-password"), "");
  await shot(theirs, "vouch-en-day-1280");
  const alone = await fetch(`${local()}/v1/staff/vouching`, { method: "POST", headers: { "Content-Type": "application/json" },
    body: JSON.stringify({ by: { user: supervisor.user, password: supervisor.password }, second: { user: officer.user, password: officer.password } }) });
  assert.equal((await alone.json()).code, "needs-key");
  await context.close();

  // The officer signs in by password alone; the supervisor who takes the lane over is asked for the key in the dialog.
  await theirs.goto(address);
  await signIn(theirs, officer);
  await theirs.keyboard.press("F10");
  await theirs.waitForSelector("#relief[open]");
  await theirs.fill("#relief input[name=user]", supervisor.user);
  await theirs.fill("#relief input[name=password]", supervisor.password);
  await theirs.keyboard.press("Enter");
  await has(theirs, "#officer", supervisor.name);
  assert.equal(await theirs.locator("#relief[open]").count(), 0);
  assert.deepEqual(seen.complaints, []);
});
