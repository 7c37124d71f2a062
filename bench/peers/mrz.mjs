// bench/peers/mrz.mjs: documents a second that npm's mrz reads on one core, on the documents that bench_mrz prints with --documents.
import { readFileSync } from "node:fs";
import { parse } from "mrz";

const documents = readFileSync(0, "utf8").split(/\n\n+/).map((d) => d.trim().split("\n")).filter((d) => d.length > 1);
let count = 0;
let valid = 0;
const until = process.hrtime.bigint() + 3_000_000_000n;
const began = process.hrtime.bigint();
while (process.hrtime.bigint() < until) {
  for (const lines of documents) {
    try {
      valid += parse(lines).valid ? 1 : 0;
    } catch {
      // a format it does not know still cost its time
    }
    count++;
  }
}
const seconds = Number(process.hrtime.bigint() - began) / 1e9;
console.log(`npm mrz: ${Math.round(count / seconds)} documents/s (${documents.length} documents, ${Math.round((100 * valid) / count)} % valid by it)`);
