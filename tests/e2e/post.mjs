// A demonstration post for the tests: made in a folder of its own, run on a free port, stopped and removed afterwards.
// POSTERN names the program; otherwise the newest one built is taken.
import { spawn, spawnSync } from "node:child_process";
import { copyFileSync, existsSync, mkdirSync, mkdtempSync, rmSync, statSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

export const root = fileURLToPath(new URL("../../", import.meta.url));

export function program() {
  const built = [process.env.POSTERN, ...["run", "gcc", "debug", "asan"].map((name) => join(root, "build", name, "src/main/postern"))].filter((path) => path && existsSync(path));
  if (process.env.POSTERN) return process.env.POSTERN;
  if (built.length === 0) throw new Error("build the program first: ./run version");
  return built.sort((a, b) => statSync(b).mtimeMs - statSync(a).mtimeMs)[0];
}

/** postern(words, input): run the program to its end and give back what it printed; stops the test when it failed. */
export function postern(words, input = "") {
  const done = spawnSync(program(), words, { encoding: "utf8", cwd: root, input });
  if (done.status !== 0) throw new Error(`postern ${words.join(" ")} exited ${done.status}: ${done.stderr}`);
  return done.stdout;
}

// Who works at the post. Passwords of the test's own.
/** The first of so many ports next to each other that nobody uses, at most 16. Files that run side by side begin apart, below
 * where the system gives ports out by itself and below the drill's. */
export async function freePorts(count) {
  for (let attempt = 0; attempt < 1000; attempt++) {
    const first = 10000 + (((process.pid + attempt * 37) * 16) % 19200);
    const lines = [];
    let free = true;
    for (let port = first; free && port < first + count; port++) {
      const line = createServer();
      lines.push(line);
      free = await new Promise((said) => line.once("error", () => said(false)).listen(port, "127.0.0.1", () => said(true)));
    }
    await Promise.all(lines.filter((line) => line.listening).map((line) => new Promise((done) => line.close(done))));
    if (free) return first;
  }
  throw new Error("no ports");
}

export const people = {
  officer: { user: "a.hoxha", password: "first line, one", name: "A. Hoxha" },
  relief: { user: "b.dervishi", password: "first line, two", name: "B. Dervishi" },
  second: { user: "s.gjoka", password: "second line, four", name: "S. Gjoka" },
  supervisor: { user: "m.leka", password: "supervisor, three", name: "M. Leka" },
};

// A passport that data/samples/lists/demo-alerts.ndjson says is stolen.
export const stolen = "P<UTOBORSHELI<<ADRINAL<<<<<<<<<<<<<<<<<<<<<<\nU005097771UTO8505051M3309081<<<<<<<<<<<<<<08";

/** up(node, more): run the node in that folder on a free port until stop(): {address, stop()}. What it says on stderr goes to the test's. */
export async function up(node, more = ["--no-travellers"]) {
  const running = spawn(program(), ["up", node, "--port", "0", ...more], { cwd: root, stdio: ["ignore", "pipe", "inherit"] });
  const stop = async () => {
    if (running.exitCode !== null) return;
    running.kill("SIGTERM");
    await new Promise((gone) => running.once("exit", gone));
  };
  const address = await new Promise((found, failed) => {
    let said = "";
    running.stdout.on("data", (bytes) => {
      said += bytes;
      const line = /http:\/\/\S+/.exec(said);
      if (line) found(line[0]);
    });
    running.once("exit", (code) => failed(new Error(`postern up ended with ${code}`)));
  });
  return { address, stop };
}

/** startPost({travellers, past, authorities}): {address, folder, stop()}: a seaport with the demonstration's alerts, on a free port; past: CSV of
 * crossings that another system knew, besides the demonstration's own; authorities: a file of those whose signature on a chip counts. */
export async function startPost({ travellers = false, past = "", authorities = "" } = {}) {
  const folder = mkdtempSync(join(tmpdir(), "postern-e2e-"));
  const node = join(folder, "seaport");
  const lists = join(folder, "lists.snap");
  const { officer, relief, second, supervisor } = people;
  postern(["watch", "compile", "-o", lists, "--list", "demo-alerts=postern:data/samples/lists/demo-alerts.ndjson"]);
  postern(["node", node, "--name", "Port of Durrës", "--kind", "seaport", "--code", "seaport", "--watch", lists, "--demonstration", "--officer", `${officer.user}=${officer.name}`,
    "--officer", `${relief.user}=${relief.name}`, "--second", `${second.user}=${second.name}`, "--supervisor", `${supervisor.user}=${supervisor.name}`, "--discreet", officer.user, "--passwords"],
  [officer, relief, second, supervisor].map((one) => `${one.user} ${one.password}\n`).join(""));
  if (past) {
    writeFileSync(join(folder, "past.csv"), past);
    postern(["import", "crossings", node, join(folder, "past.csv"), "--source", "before"]);
  }
  if (authorities) {
    mkdirSync(join(node, "rules"), { recursive: true });
    copyFileSync(authorities, join(node, "rules", "authorities.pem"));
  }
  const { address, stop } = await up(node, travellers ? [] : ["--no-travellers"]);
  return { address, folder: node, stop: async () => { await stop(); rmSync(folder, { recursive: true, force: true }); } };
}
