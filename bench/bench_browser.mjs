// bench/bench_browser.mjs: from the end of a scan to advice painted, on one lane page in a real Chromium, while other
// lanes load the same post through its interface. Prints one JSON line.
//
//   node bench/bench_browser.mjs [--scans 200] [--lanes 63] [--pause-ms 500] [--throttle 1]
//
// A lane scans, settles and pauses; at 500 ms a lane is about ten times as busy as a real one. --throttle 4 makes the
// browser's processor four times slower. The page's clock starts at the reader's last Enter and stops in the task after
// the frame that shows the advice; answer_ms of it is until the server's answer is there. Needs tests/e2e's npm packages and a built program.
import { readFileSync } from "node:fs";
import { Agent, request } from "node:http";
import { parseArgs } from "node:util";
import { launch, openLane, signIn } from "../tests/e2e/browser.mjs";
import { people, root, startPost } from "../tests/e2e/post.mjs";

const { values } = parseArgs({ options: { scans: { type: "string", default: "200" }, lanes: { type: "string", default: "63" }, "pause-ms": { type: "string", default: "500" }, throttle: { type: "string", default: "1" } } });
const [scans, lanes, pauseMs, throttle] = [values.scans, values.lanes, values["pause-ms"], values.throttle].map(Number);
const documents = readFileSync(`${root}data/samples/specimens.ndjson`, "utf8").trim().split("\n").map((line) => JSON.parse(line)).filter((one) => one.mrz);

/** ask(post, session, path, body): one request on the lane's own connection. */
function ask(post, session, path, body) {
  return new Promise((answered, failed) => {
    const text = JSON.stringify(body);
    const sent = request({ host: "127.0.0.1", port: post.port, path, method: "POST", agent: session.agent,
      headers: { Host: post.host, "Content-Type": "application/json", "Content-Length": Buffer.byteLength(text), ...(session.cookie ? { Cookie: session.cookie, "X-Postern-Csrf": session.csrf } : {}) } }, (answer) => {
      let said = "";
      answer.setEncoding("utf8");
      answer.on("data", (more) => { said += more; });
      answer.on("end", () => answered({ status: answer.statusCode, cookie: answer.headers["set-cookie"]?.[0]?.split(";")[0], body: said === "" ? null : JSON.parse(said) }));
    });
    sent.on("error", failed);
    sent.end(text);
  });
}

async function openSession(post, number) {
  const session = { agent: new Agent({ keepAlive: true, maxSockets: 1 }) };
  for (;;) {
    const answer = await ask(post, session, "/v1/session", { user: people.relief.user, password: people.relief.password, lane: `bench-${number}` });
    if (answer.status === 200) return Object.assign(session, { cookie: answer.cookie, csrf: answer.body.csrf });
    if (answer.status !== 429 && answer.status !== 503) throw new Error(`lane ${number} cannot sign in: ${answer.status} ${answer.body?.code}`);
    await new Promise((wake) => setTimeout(wake, 500));
  }
}

async function work(post, session, seen, over) {
  await new Promise((wake) => setTimeout(wake, Math.random() * pauseMs));
  while (!over.now) {
    const began = performance.now();
    const answer = await ask(post, session, "/v1/scans", { mrz: documents[Math.floor(Math.random() * documents.length)].mrz, direction: "entry" });
    seen.push(performance.now() - began);
    if (answer.status !== 200) throw new Error(`a scan answered ${answer.status}`);
    await ask(post, session, "/v1/crossings", answer.body.advice.advice === "clear" ? { scan: answer.body.scan, act: "record" } : { scan: answer.body.scan, act: "refer", kind: "document" });
    await new Promise((wake) => setTimeout(wake, pauseMs * (0.5 + Math.random())));
  }
}

const watch = () => {
  window.samples = [];
  window.answers = [];
  performance.setResourceTimingBufferSize(100_000);
  let began = 0;
  addEventListener("keydown", (event) => { if (event.key === "Enter") began = performance.now(); }, true);
  const channel = new MessageChannel();
  channel.port1.onmessage = () => {
    window.answers.push(performance.getEntriesByType("resource").filter((one) => one.name.endsWith("/v1/scans")).at(-1).responseEnd - began);
    window.samples.push(performance.now() - began);
    performance.clearResourceTimings();
  };
  new PerformanceObserver((list) => list.getEntriesByName("postern.advice").forEach(() => requestAnimationFrame(() => channel.port2.postMessage(0)))).observe({ entryTypes: ["mark"] });
};

function at(sorted, share) {
  return Math.round(sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] * 100) / 100;
}

const post = await startPost();
const browser = await launch();
try {
  const url = new URL(post.address);
  const where = { host: url.host, port: Number(url.port) };
  const sessions = [];
  for (let i = 0; i < lanes; i++) sessions.push(await openSession(where, i + 1));
  const { page } = await openLane(browser, post.address);
  await signIn(page, people.officer);
  await page.waitForSelector("#tray button");
  if (throttle > 1) await (await page.context().newCDPSession(page)).send("Emulation.setCPUThrottlingRate", { rate: throttle });
  await page.evaluate(watch);
  const api = [];
  const over = { now: false };
  const load = Promise.all(sessions.map((session) => work(where, session, api, over)));
  const began = performance.now();
  for (let i = 0; i < scans; i++) {
    for (const line of documents[i % documents.length].mrz.split("\n")) {
      await page.keyboard.insertText(line);
      await new Promise((wake) => setTimeout(wake, 40)); // a reader types a line in 40 ms or more
      await page.keyboard.press("Enter");
    }
    await page.waitForFunction((count) => window.samples.length > count, i);
    await page.keyboard.press("Escape");
    await page.waitForSelector("#mrz:focus");
  }
  const seconds = (performance.now() - began) / 1000;
  over.now = true;
  await load;
  const page_ms = (await page.evaluate(() => window.samples)).sort((a, b) => a - b);
  const answer_ms = (await page.evaluate(() => window.answers)).sort((a, b) => a - b);
  api.sort((a, b) => a - b);
  console.log(JSON.stringify({ bench: "browser", lanes: lanes + 1, pause_ms: pauseMs, throttle, scans: page_ms.length, page_ms: { p50: at(page_ms, 0.5), p99: at(page_ms, 0.99), max: at(page_ms, 1) }, answer_ms: { p50: at(answer_ms, 0.5), p99: at(answer_ms, 0.99) },
    api: { scans: api.length, per_s: Math.round(api.length / seconds), p50_ms: at(api, 0.5), p99_ms: at(api, 0.99) } }));
} finally {
  await browser.close();
  await post.stop();
}
