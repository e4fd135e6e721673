// ajv, measured for schema_bench.py.
//
// usage: peer.mjs SECONDS < CASES
//
// Cases and answers are as those of peers/rust: a line of JSON each. ajv's formats are a package of its own and stay
// out, since ours are annotations here as well.

import { readFileSync } from "node:fs";
import Ajv2020 from "ajv/dist/2020.js";

const ROUNDS = 30;
// In doubles 19.99 is no multiple of 0.01; with a precision ajv takes it for one, as all others do.
const OPTIONS = { strict: false, validateFormats: false, multipleOfPrecision: 6 };

// What others do on the machine only ever adds: the best round counts.
function nanoseconds(seconds, work) {
  let times = 1;
  let best = Infinity;
  for (let round = 0; round < ROUNDS; ) {
    const start = process.hrtime.bigint();
    for (let i = 0; i < times; ++i) work();
    const took = Number(process.hrtime.bigint() - start);
    // Too short a round says more of the clock than of the work.
    if (took < (seconds * 1e9) / ROUNDS) {
      times *= 2;
      continue;
    }
    best = Math.min(best, took / times);
    ++round;
  }
  return best;
}

const seconds = Number(process.argv[2]);
let kept = 0; // Read in the end, so that no work is left out as useless.
for (const line of readFileSync(0, "utf8").split("\n").filter(Boolean)) {
  const { name, schema, instance } = JSON.parse(line);
  const validate = new Ajv2020(OPTIONS).compile(schema);
  const validate_ns = nanoseconds(seconds, () => (kept += validate(instance) ? 1 : 0));
  // A fresh one each time: it remembers what it compiled.
  const compile_ns = nanoseconds(seconds, () => (kept += new Ajv2020(OPTIONS).compile(schema) ? 1 : 0));
  console.log(JSON.stringify({ name, valid: validate(instance), validate_ns, compile_ns }));
}
if (kept === 0) process.exitCode = 1;
