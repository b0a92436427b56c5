// Plays an environment's sim.wasm with actions drawn from a seed and sums up all that comes of
// them, as parity.c does natively; runs in Node and in a page. envs_c/parity.py compares.

import { openEnv } from "../web/static/js/env.js";
import { Rng } from "../web/static/js/sampler.js";

const PHASE = 64; // steps; in every fourth phase about half of the rows are scripted

/** Two sums over pairs of words. */
class Digest {
  a = 0;
  b = 0;

  /** @param {Uint32Array} words an even number of them */
  add(words) {
    let { a, b } = this;
    for (let i = 0; i < words.length; i += 2) {
      a ^= words[i];
      a = (Math.imul((a << 13) | (a >>> 19), 0x9e3779b1) + 0x7f4a7c15) | 0;
      b ^= words[i + 1];
      b = (Math.imul((b << 17) | (b >>> 15), 0x85ebca6b) + 0x7f4a7c15) | 0;
    }
    this.a = a;
    this.b = b;
  }
}

/** The words under an array, which lies alone in whole pairs of them, filled up with zeros.
 * @param {{buffer: ArrayBufferLike, byteOffset: number, byteLength: number} | null} array
 */
function wordsOf(array) {
  if (!array) return new Uint32Array();
  return new Uint32Array(array.buffer, array.byteOffset, 2 * Math.ceil(array.byteLength / 8));
}

/** The choice that the word takes among the n of a head, of those allowed if there is a mask.
 * @param {Uint8Array | null} mask @param {number} from @param {number} n @param {number} word
 */
function choose(mask, from, n, word) {
  if (!mask) return Math.floor((word * n) / 2 ** 32);
  let count = 0;
  for (let i = 0; i < n; i++) count += mask[from + i];
  let left = Math.floor((word * count) / 2 ** 32);
  for (let i = 0; i < n; i++) {
    if (mask[from + i] && left-- === 0) return i;
  }
  return 0;
}

/** @param {string} text in base64 */
const bytesOf = (text) => Uint8Array.from(atob(text), (c) => c.charCodeAt(0));

/** @param {Uint8Array} flags */
const any = (flags) => flags.some((flag) => flag !== 0);

/** Plays one round; the digests after each block of steps, two words a part.
 * @param {WebAssembly.Module} module
 * @param {{copies: number, seed: number, params: Record<string, number>, state: string | null,
 *   steps: number, block: number}} round
 */
async function play(module, { copies, seed, params, state, steps, block }) {
  const env = await openEnv(module, { copies, seed, params });
  if (state) env.load(bytesOf(state));
  const sizes = env.spec.interface.action.heads.map((head) => head.n);
  const rng = new Rng(seed);
  const chosen = new Uint8Array(env.rows);
  const { actions, mask, continuous } = env;
  const sums = [new Digest(), new Digest(), new Digest(), new Digest()];
  const [states, observations, pay, flags] = sums;
  const stateWords = wordsOf(env.state);
  const obsWords = wordsOf(env.obs);
  const rewardWords = wordsOf(env.rewards);
  const told = [env.terminated, env.truncated, env.active, mask, env.over].map(wordsOf);
  const digests = [];

  states.add(stateWords);
  observations.add(obsWords);
  for (let step = 0; step < steps; step++) {
    for (let i = 0, from = 0; i < actions.length; i++) {
      const n = sizes[i % sizes.length];
      const word = rng.next();
      actions[i] = continuous ? (word >>> 8) * 2 ** -23 - 1 : choose(mask, from, n, word);
      from += n;
    }
    if (Math.floor(step / PHASE) % 4 === 3) {
      for (let row = 0; row < env.rows; row++) chosen[row] = rng.next() >>> 31;
      env.scriptRows(chosen);
    }
    env.step();
    states.add(stateWords);
    observations.add(obsWords);
    pay.add(rewardWords);
    for (const words of told) flags.add(words);
    if (any(env.over)) states.add(wordsOf(env.finals));
    if (any(env.terminated) || any(env.truncated)) observations.add(wordsOf(env.finalObs));
    const last = step === steps - 1;
    if (last) pay.add(wordsOf(env.metrics));
    if (last || (step + 1) % block === 0) {
      digests.push(...sums.flatMap(({ a, b }) => [a >>> 0, b >>> 0]));
    }
  }
  return digests;
}

/** Sizes that both sides must share, in bytes.
 * @param {WebAssembly.Module} module
 */
async function layout(module) {
  const env = await openEnv(module);
  return { copy: env.copySize, observation: env.obs.byteLength / env.seats, seats: env.seats };
}

/** @param {{sim: string, rounds: Parameters<typeof play>[1][]}} job */
export async function run({ sim, rounds }) {
  const module = await WebAssembly.compile(bytesOf(sim));
  const played = [];
  for (const round of rounds) played.push(await play(module, round));
  return {
    imports: WebAssembly.Module.imports(module).length,
    layout: await layout(module),
    played,
  };
}
