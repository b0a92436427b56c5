// Plays an environment's sim.wasm with random actions, as bench.c does natively, in Node and in a
// page, and says how many agent ticks a second that was.

import { openEnv } from "../web/static/js/env.js";

// In an array, since Chromium makes an object of every number over 31 bits that it keeps elsewhere.
const random = new Int32Array([2463534242]);

/** A whole number below n, which is small.
 * @param {number} n
 */
function below(n) {
  let next = random[0];
  next ^= next << 13;
  next ^= next >>> 17;
  next ^= next << 5;
  random[0] = next;
  return ((next >>> 16) * n) >>> 16;
}

/** Draws an action for every row among those allowed: the first from a random one on.
 * @param {import("../web/static/js/env.js").Env} env @param {number[]} sizes of the heads
 */
function drawActions(env, sizes) {
  const { actions, mask, continuous } = env;
  let at = 0;
  for (let i = 0; i < actions.length; i++) {
    if (continuous) {
      actions[i] = below(33) / 16 - 1;
      continue;
    }
    const n = sizes[i % sizes.length];
    let choice = below(n);
    for (let tries = 0; mask && tries < n && !mask[at + choice]; tries++) {
      choice = choice + 1 < n ? choice + 1 : 0;
    }
    actions[i] = choice;
    at += n;
  }
}

/** Plays for some milliseconds; agent ticks a second.
 * @param {import("../web/static/js/env.js").Env} env @param {number[]} sizes
 * @param {number} milliseconds
 */
function play(env, sizes, milliseconds) {
  const start = performance.now();
  const { active } = env;
  let played = 0;
  let now = start;
  while (now - start < milliseconds) {
    for (let i = 0; i < 16; i++) {
      for (let row = 0; row < active.length; row++) played += active[row];
      drawActions(env, sizes);
      env.step();
    }
    now = performance.now();
  }
  return (played / (now - start)) * 1000;
}

/** @param {{sim: string, copies: number, seconds: number}} job with sim.wasm in base64 */
export async function run({ sim, copies, seconds }) {
  const bytes = Uint8Array.from(atob(sim), (c) => c.charCodeAt(0));
  const env = await openEnv(bytes, { copies, seed: 1 });
  const sizes = env.spec.interface.action.heads.map((head) => head.n);
  play(env, sizes, 200); // until the compilers have settled
  return play(env, sizes, seconds * 1000);
}
