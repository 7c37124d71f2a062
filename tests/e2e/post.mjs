// A demonstration post for the tests: made in a folder of its own, run on a free port, stopped and removed afterwards.
// POSTERN_PROGRAM names the program; otherwise the newest one built is taken.
import { spawn, spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

export const root = fileURLToPath(new URL("../../", import.meta.url));

export function program() {
  const built = [process.env.POSTERN_PROGRAM, ...["run", "gcc", "debug", "asan"].map((name) => join(root, "build", name, "src/main/postern"))].filter((path) => path && existsSync(path));
  if (process.env.POSTERN_PROGRAM) return process.env.POSTERN_PROGRAM;
  if (built.length === 0) throw new Error("build the program first: ./run version");
  return built.sort((a, b) => statSync(b).mtimeMs - statSync(a).mtimeMs)[0];
}

/** postern(...words): run the program to its end and give back what it printed; stops the test when it failed. */
export function postern(...words) {
  const done = spawnSync(program(), words, { encoding: "utf8", cwd: root });
  if (done.status !== 0) throw new Error(`postern ${words.join(" ")} exited ${done.status}: ${done.stderr}`);
  return done.stdout;
}

export const people = {
  officer: { user: "officer", password: "x", name: "A. Hoxha" },
  relief: { user: "second", password: "x", name: "B. Dervishi" },
  supervisor: { user: "super", password: "x", name: "M. Leka" },
  stolen: "P<UTOBORSHELI<<ADRINAL<<<<<<<<<<<<<<<<<<<<<<\nU005097771UTO8505051M3309081<<<<<<<<<<<<<<08", // on demo-alerts
};

export async function startPost() {
  return { address: process.env.POSTERN_ADDRESS, stop: async () => {} };
}
