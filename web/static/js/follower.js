// What a policy that remembers would remember, had it watched one seat since the running episode
// began. It lies in an array of its own: the seats' memories are not touched.

import { OVER, TERMINATED, TRUNCATED } from "./history.js";

/**
 * @typedef {import('./env.js').Env} Env
 * @typedef {import('./history.js').History} History
 * @typedef {import('./seats.js').AnyPolicy} AnyPolicy
 */

const SLICE = 8; // ms of catching up before the page is let go on

/** Lets the page draw and hear. */
export function breathe() {
  return new Promise((resolve) => setTimeout(resolve, 0));
}

/** The tick at which a seat's episode began that a tick belongs to.
 * @param {History} history @param {number} seat @param {number} tick
 */
export function episodeStart(history, seat, tick) {
  const seats = history.drivers.length;
  for (let at = tick; at > 0; at--) {
    const flag = history.flags.data[(at - 1) * seats + seat];
    if (flag & (TERMINATED | TRUNCATED | OVER)) return at;
  }
  return 0;
}

export class Follower {
  #policy;
  #twin;
  #line = ""; // of play that is followed, with the seat and the episode's start
  /** @type {History | null} */
  #history = null;
  #tick = 0; // that `memory` is for

  /** @param {AnyPolicy} policy
   * @param {Env} twin of one copy, of the environment that is recorded; it is free in between
   */
  constructor(policy, twin) {
    this.#policy = policy;
    this.#twin = twin;
    this.memory = new Float32Array(policy.stateSize);
  }

  /** Brings `memory` to what it would be before the action of a tick. One call at a time.
   * @param {History} history @param {number} seat @param {number} tick
   */
  async reach(history, seat, tick) {
    if (!this.#policy.stateSize) return;
    const start = episodeStart(history, seat, tick);
    const line = `${history.revision} ${seat} ${start}`;
    if (history !== this.#history || line !== this.#line || tick < this.#tick) {
      this.memory.fill(0);
      this.#tick = start;
    }
    const seen = this.#watch(history, seat, this.#tick, tick);
    // Should a run fail, it begins anew.
    this.#history = null;
    let since = performance.now();
    for (const { obs, mask } of seen) {
      const { state } = await this.#policy.run(obs, Int32Array.of(0), 1, mask, this.memory);
      if (state) this.memory.set(state);
      if (performance.now() - since < SLICE) continue;
      await breathe();
      since = performance.now();
    }
    this.#history = history;
    this.#line = line;
    this.#tick = tick;
  }

  /** What the seat sees at the ticks at which it acts: copies, since the game goes on meanwhile.
   * @param {History} history @param {number} seat @param {number} from @param {number} to
   */
  #watch(history, seat, from, to) {
    const twin = this.#twin;
    const seen = [];
    if (from < to) history.goTo(from, {}, twin);
    for (let tick = from; tick < to; tick++) {
      if (twin.active[seat]) seen.push(rowOf(twin, seat));
      history.prepare(tick, twin);
      twin.step();
    }
    return seen;
  }
}

/** Copies of what one row sees and may do.
 * @param {Env} env @param {number} row
 */
export function rowOf(env, row) {
  return {
    obs: env.obs.slice(row * env.obsSize, (row + 1) * env.obsSize),
    mask: env.mask?.slice(row * env.choices, (row + 1) * env.choices) ?? null,
  };
}
