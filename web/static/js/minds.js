// What the minds behind the seats choose: all rows of a policy in one run, scripted and random
// players beside them, for people's seats too.

import { clamp, drawNormal, greedy, pick, Rng, scramble, softmax } from "./sampler.js";
import { Trail } from "./trail.js";

/**
 * @typedef {import('./seats.js').Seat} Seat
 * @typedef {import('./seats.js').AnyPolicy} Policy
 * @typedef {import('./policy.js').Thoughts} Thoughts
 * @typedef {import('./types.js').Play} Play
 * @typedef {Map<Policy, Float32Array>} Memories of policies that remember
 * @typedef {object} Seen a tick, as policies see it
 * @property {ArrayLike<number>} obs of all rows, before it
 * @property {Uint8Array | null} mask
 * @property {Uint8Array} active
 * @property {number[]} ended rows whose episode it ended
 *
 * @typedef {{rows: Int32Array, count: number, thoughts: Thoughts | null}} Run
 */

export class Minds {
  #env;
  #seats;
  #rng = new Rng(0); // draws the policies' choices, rows in order
  #begun = new Uint32Array(2); // its state before the choices for the next tick
  #dice = new Rng(1); // of the random players
  #seed = 0;
  #tick = 0; // the next one
  /** @type {Map<Policy, Run>} */
  #runs = new Map();
  trail = new Trail(); // of what a policy remembers
  failures = 0; // policies that have stopped
  #recalled = 0; // how often memories were to be brought back
  #asked = 0; // how often they were asked: an answer to an older question is dropped
  #chances;

  /** @param {import('./env.js').Env} env @param {Seat[]} seats */
  constructor(env, seats) {
    this.#env = env;
    this.#seats = seats;
    const { rows, heads, choices } = env;
    this.width = env.continuous ? heads : choices; // of a row of outputs
    this.actions = env.continuous ? new Float32Array(rows * heads) : new Int32Array(rows * heads);
    this.outputs = new Float32Array(rows * this.width); // logits or means
    this.logStd = new Float32Array(rows * heads); // NaN where nothing is drawn from them
    this.value = new Float32Array(rows);
    this.chosen = new Uint8Array(rows); // 1 for rows with a choice for the next tick
    this.explained = new Uint8Array(rows); // 1 for rows whose outputs are known
    this.valued = new Uint8Array(rows); // 1 for rows whose value is known
    this.#chances = new Float64Array(Math.max(...env.spec.interface.action.heads.map((h) => h.n)));
  }

  /** @param {number} seed */
  reset(seed) {
    this.#recalled++;
    this.#seed = seed;
    this.#tick = 0;
    this.#rng = new Rng(seed);
    this.#rng.save(this.#begun, 0);
    for (const policy of this.#runs.keys()) policy.memory.fill(0);
    this.#runs.clear();
    this.explained.fill(0);
    this.valued.fill(0);
  }

  /** Asks every mind about the state of the game as it is. */
  async think() {
    const question = ++this.#asked;
    this.chosen.fill(0);
    for (const run of this.#runs.values()) {
      run.count = 0;
      run.thoughts = null;
    }
    const { active, rows } = this.#env;
    for (let row = 0; row < rows; row++) {
      const { mind } = this.#seats[row];
      if (active[row] && mind.kind === "policy") this.#enlist(mind.policy, row);
    }
    for (const [policy, run] of this.#runs) {
      if (!run.count) continue;
      try {
        const thoughts = await policy.run(this.#env.obs, run.rows, run.count, this.#env.mask);
        if (question !== this.#asked) return;
        run.thoughts = thoughts;
      } catch (error) {
        if (question !== this.#asked) return;
        this.#fail(policy, error);
      }
    }
    this.#rng.load(this.#begun, 0); // asked again, it draws the same
    const chance = scramble((BigInt(this.#seed) << 32n) + BigInt(this.#tick));
    this.#dice.state = chance;
    for (let row = 0; row < rows; row++) if (active[row]) this.#choose(row, chance);
  }

  /** Goes to another tick of the same game, with what the policies' generator was before its choices.
   * @param {number} tick @param {{data: Uint32Array}} draws as `save` wrote them after each tick
   */
  seek(tick, draws) {
    this.#tick = tick;
    if (tick > 0) this.#rng.load(draws.data, 2 * (tick - 1));
    else this.#rng = new Rng(this.#seed);
    this.#rng.save(this.#begun, 0);
  }

  /** Writes the state of the policies' generator.
   * @param {Uint32Array} into @param {number} at of two numbers
   */
  save(into, at) {
    this.#rng.save(into, at);
  }

  /** The seated policies that remember.
   * @returns {Set<Policy>}
   */
  get #mindful() {
    const policies = this.#seats.flatMap(({ mind }) => (mind.kind === "policy" ? mind.policy : []));
    return new Set(policies.filter((policy) => policy.stateSize > 0));
  }

  /** Whether a policy that remembers is seated. */
  get remembers() {
    return this.#mindful.size > 0;
  }

  /** Copies of what the seated policies remember.
   * @returns {Memories}
   */
  keep() {
    return new Map([...this.#mindful].map((policy) => [policy, policy.memory.slice()]));
  }

  /** Brings the seated policies' memories to where they were: from what was kept, through what has
   * been seen since. A policy that was not seated then begins with nothing.
   * @param {Memories} kept
   * @param {Seen[]} seen ticks since, in order
   */
  async recall(kept, seen) {
    const question = ++this.#recalled;
    const tick = this.#tick;
    for (const policy of this.#mindful) {
      policy.memory.set(kept.get(policy) ?? new Float32Array(policy.memory.length));
      const its = this.#seats.filter(
        ({ mind }) => mind.kind === "policy" && mind.policy === policy,
      );
      for (const [i, { obs, mask, active, ended }] of seen.entries()) {
        this.trail.note(tick - seen.length + i, policy);
        const rows = Int32Array.from(its.map(({ index }) => index).filter((row) => active[row]));
        if (rows.length) {
          const { state } = await policy.run(obs, rows, rows.length, mask);
          if (question !== this.#recalled) return;
          for (let i = 0; state && i < rows.length; i++) policy.remember(state, i, rows[i]);
        }
        for (const row of ended) policy.forget(row);
      }
      this.trail.note(tick, policy);
    }
  }

  /** Keeps what recurrent policies will remember, once the tick has been played. */
  commit() {
    this.#tick++;
    this.#rng.save(this.#begun, 0);
    const { terminated, truncated, over, rows } = this.#env;
    for (const [policy, run] of this.#runs) {
      const state = run.thoughts?.state;
      for (let i = 0; state && i < run.count; i++) policy.remember(state, i, run.rows[i]);
      for (let row = 0; row < rows; row++) {
        if (over[0] || terminated[row] || truncated[row]) policy.forget(row);
      }
      this.trail.note(this.#tick, policy);
    }
  }

  /** @param {Policy} policy @param {number} row */
  #enlist(policy, row) {
    let run = this.#runs.get(policy);
    if (!run) {
      run = { rows: new Int32Array(this.#env.rows), count: 0, thoughts: null };
      this.#runs.set(policy, run);
    }
    run.rows[run.count++] = row;
  }

  /** The seats of a policy that has failed go on without it.
   * @param {Policy} policy @param {unknown} error
   */
  #fail(policy, error) {
    const reason = error instanceof Error ? error.message : String(error);
    const kind = this.#env.spec.has.script ? "scripted" : "random";
    for (const seat of this.#seats) {
      if (seat.mind.kind !== "policy" || seat.mind.policy !== policy) continue;
      seat.mind = seat.former ?? { kind };
      if (seat.mind.kind === "policy") seat.mind.policy.forget(seat.index);
      const next = seat.former ? `“${seat.mindName}” goes on` : `A ${kind} player goes on`;
      seat.trouble = `“${policy.name}” stopped: ${reason}. ${next}.`;
    }
    this.#runs.delete(policy);
    this.failures++;
  }

  /** @param {number} row @param {bigint} chance what this tick brings */
  #choose(row, chance) {
    const { mind } = this.#seats[row];
    const { heads } = this.#env;
    this.explained[row] = 0;
    this.valued[row] = 0;
    this.chosen[row] = 1;
    this.logStd.fill(Number.NaN, row * heads, (row + 1) * heads);
    if (mind.kind === "scripted") {
      this.#env.seedScript(row, chance + BigInt(row));
      this.#env.script(row);
      for (let h = row * heads; h < (row + 1) * heads; h++) this.actions[h] = this.#env.actions[h];
    } else if (mind.kind === "policy") {
      this.#follow(row, mind.policy, mind.play ?? mind.policy.play);
    } else {
      this.#roll(row);
    }
  }

  /** Any choice that is allowed, each as likely.
   * @param {number} row
   */
  #roll(row) {
    const env = this.#env;
    const first = row * env.heads;
    for (let h = 0, at = row * env.choices; h < env.heads; h++) {
      const { n } = env.spec.interface.action.heads[h];
      if (env.continuous) {
        this.actions[first + h] = 2 * this.#dice.unit() - 1;
      } else {
        this.#chances.fill(0, 0, n);
        softmax(this.#chances, 0, n, this.#chances, env.mask, at);
        this.actions[first + h] = pick(this.#chances, n, this.#dice.unit());
      }
      at += n;
    }
  }

  /** Draws from what the policy made of the row.
   * @param {number} row @param {Policy} policy @param {Play} play
   */
  #follow(row, policy, play) {
    const run = this.#runs.get(policy);
    const thoughts = run?.thoughts;
    if (!run || !thoughts) return;
    const { heads } = this.#env;
    const index = run.rows.indexOf(row);
    if (thoughts.value) {
      this.value[row] = thoughts.value[index];
      this.valued[row] = 1;
    }
    const outputs = thoughts.logits ?? thoughts.mean;
    for (let i = 0; outputs && i < this.width; i++) {
      this.outputs[row * this.width + i] = outputs[index * this.width + i];
      this.explained[row] = 1;
    }
    if (thoughts.logits) return this.#choosing(row, thoughts.logits, index, play);
    if (thoughts.mean && thoughts.logStd) return this.#straying(row, thoughts, index, play);
    const sure = thoughts.mean ?? thoughts.action;
    const own = thoughts.sampled && play.mode !== "greedy" ? thoughts.sampled : sure;
    const actions = own ?? thoughts.sampled ?? new Float32Array();
    for (let h = 0; h < heads; h++) {
      const action = actions[index * heads + h];
      this.actions[row * heads + h] = this.#env.continuous ? clamp(action) : action;
    }
  }

  /** @param {number} row @param {Float32Array} logits @param {number} index @param {Play} play */
  #choosing(row, logits, index, { mode, temperature }) {
    const { heads, mask, choices, spec } = this.#env;
    for (let h = 0, at = 0; h < heads; h++) {
      const { n } = spec.interface.action.heads[h];
      const from = index * choices + at;
      const masked = row * choices + at;
      if (mode === "greedy") {
        this.actions[row * heads + h] = greedy(logits, from, n, mask, masked);
      } else {
        softmax(logits, from, n, this.#chances, mask, masked, temperature);
        this.actions[row * heads + h] = pick(this.#chances, n, this.#rng.unit());
      }
      at += n;
    }
  }

  /** @param {number} row @param {Thoughts} thoughts @param {number} index @param {Play} play */
  #straying(row, { mean, logStd }, index, { mode, temperature }) {
    const { heads } = this.#env;
    for (let h = 0; mean && logStd && h < heads; h++) {
      const [middle, spread] = [mean[index * heads + h], logStd[index * heads + h]];
      this.logStd[row * heads + h] = spread;
      const drawn = () => drawNormal(this.#rng, middle, spread + Math.log(temperature));
      this.actions[row * heads + h] = mode === "greedy" ? clamp(middle) : drawn();
    }
  }
}
