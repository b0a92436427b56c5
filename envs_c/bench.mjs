// Plays an environment's sim.wasm in Node with random actions, as bench.c does natively, and prints
// how many agent ticks a second that was. usage: node bench.mjs SIM.WASM COPIES SECONDS
import { readFileSync } from "node:fs";
import { openEnv } from "../web/static/js/env.js";

const [path, copies, seconds] = process.argv.slice(2);
const env = await openEnv(readFileSync(path), { copies: Number(copies), seed: 1 });
const sizes = env.spec.interface.action.heads.map((head) => head.n);
let random = 2463534242;

/** @param {number} n */
function below(n) {
  random ^= random << 13;
  random ^= random >>> 17;
  random ^= random << 5;
  return Math.floor(((random >>> 0) / 2 ** 32) * n);
}

function drawActions() {
  const { actions, mask, continuous } = env;
  let at = 0;
  for (let i = 0; i < actions.length; i++) {
    if (continuous) {
      actions[i] = below(33) / 16 - 1;
      continue;
    }
    const n = sizes[i % sizes.length];
    let choice = below(n);
    for (let tries = 0; mask && tries < n && !mask[at]; tries++) choice = (choice + 1) % n;
    actions[i] = choice;
    at += n;
  }
}

/** Plays for some milliseconds; how many agent ticks, and how many milliseconds, that took.
 * @param {number} milliseconds
 */
function play(milliseconds) {
  const start = performance.now();
  let played = 0;
  let now = start;
  while (now - start < milliseconds) {
    for (let i = 0; i < 16; i++) {
      for (let row = 0; row < env.rows; row++) played += env.active[row];
      drawActions();
      env.step();
    }
    now = performance.now();
  }
  return { played, milliseconds: now - start };
}

play(200); // until the compilers have settled
const { played, milliseconds } = play(Number(seconds) * 1000);
console.log((played / milliseconds) * 1000);
