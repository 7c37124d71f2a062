// bench/peers/message.mjs: megabytes a second that npm's edifact and ts-edifact tokenise on one core, on the passenger lists that bench_message
// prints with --write. Each calls back for every segment, element and component; neither reads people out of them. By processor time.
import { createRequire } from "node:module";
import { readFileSync } from "node:fs";

const require = createRequire(import.meta.url);
const text = readFileSync(0, "latin1");

function measure(name, parse) {
  let segments = 0;
  let rounds = 0;
  const began = process.cpuUsage();
  let used;
  do {
    try {
      segments = parse();
    } catch (error) {
      console.log(`${name}: ${error.message}`);
      return;
    }
    rounds++;
    used = process.cpuUsage(began);
  } while (used.user + used.system < 2_000_000);
  console.log(`${name}: ${((text.length * rounds) / (used.user + used.system)).toFixed(0)} MB/s (${segments} segments)`);
}

const Parser = require("edifact/parser.js");
measure("npm edifact 1.2.12", () => {
  const parser = new Parser();
  let count = 0;
  let components = 0;
  parser.on("opensegment", () => count++);
  parser.on("component", () => components++);
  parser.write(text);
  parser.end();
  return count;
});

// its index.js asks for a module that its package.json does not name: the parser alone needs less
const edifact = require("ts-edifact/lib/parser.js");
const { Configuration } = require("ts-edifact/lib/configuration.js");
const { NullValidator } = require("ts-edifact/lib/validator.js");
measure("npm ts-edifact 0.0.14", () => {
  const parser = new edifact.Parser(new Configuration({ validator: new NullValidator() }));
  let count = 0;
  let components = 0;
  parser.onOpenSegment = () => count++;
  parser.onComponent = () => components++;
  parser.write(text);
  parser.end();
  return count;
});
