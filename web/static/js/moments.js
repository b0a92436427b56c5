// Where a person and the agent behind the seat differed most: both actions are tried from the recorded
// state, and the agent's own policy says what it expects after each.

import { USUAL_GAMMA } from "./advantage.js";
import { breathe, Follower, rowOf } from "./follower.js";
import { AGREED, ASKED } from "./history.js";
import { greedy, softmax } from "./sampler.js";

/**
 * @typedef {import('./env.js').Env} Env
 * @typedef {import('./history.js').History} History
 * @typedef {import('./seats.js').AnyPolicy} AnyPolicy
 * @typedef {import('./policy.js').Thoughts} Thoughts
 *
 * @typedef {object} Moment a tick at which a person did something else than the agent would have
 * @property {number} tick
 * @property {number[]} did by head
 * @property {number[]} would by head
 * @property {number | null} value what it expects after the person's action, less what it expects after
 *   its own; null where it tells no value, NaN where the seat does not come to act again
 * @property {number | null} chance the logarithm of how likely the person's action was to it
 *
 * @typedef {ReturnType<typeof rowOf>} Seen
 */

export const SHOWN = 10; // moments listed at most
const BATCH = 16; // moments measured together
const ROUNDS = 64; // ticks that others may take until the seat acts again
const LEAST = 0.005; // difference of value that is told

/** The ticks at which a person drove a seat and did something else than its agent would have.
 * @param {History} history @param {number} seat
 */
export function differing({ flags, ticks, drivers }, seat) {
  const seats = drivers.length;
  const found = [];
  for (let tick = 0; tick < ticks; tick++) {
    const flag = flags.data[tick * seats + seat];
    if (flag & ASKED && !(flag & AGREED)) found.push(tick);
  }
  return found;
}

/** The moments that count most, first: by how far the values are apart, in either direction, or where
 * there are none by how unlikely the person's action was. Of neighbours one is told.
 * @param {Moment[]} moments @param {number} apart ticks that two of them have to be apart
 */
export function rank(moments, apart) {
  /** @param {Moment} moment */
  const weight = ({ value, chance }) => (value === null ? -(chance ?? 0) : Math.abs(value));
  const telling = moments.filter(({ value }) => value === null || Math.abs(value) >= LEAST);
  telling.sort((a, b) => weight(b) - weight(a) || a.tick - b.tick);
  /** @type {Moment[]} */
  const kept = [];
  for (const moment of telling) {
    if (kept.length === SHOWN) break;
    if (kept.every(({ tick }) => Math.abs(tick - moment.tick) >= apart)) kept.push(moment);
  }
  return kept;
}

/** Measures the moments of one seat by one policy. It plays in environments of its own. */
export class Measure {
  #policy;
  #history;
  #seat;
  #twin;
  #lab;
  #follower;
  #heads;

  /**
   * @param {AnyPolicy} policy that judges @param {History} history @param {number} seat
   * @param {{twin: Env, lab: Env}} envs as `openLab` returned them; free while this one is used
   */
  constructor(policy, history, seat, { twin, lab }) {
    this.#policy = policy;
    this.#history = history;
    this.#seat = seat;
    this.#twin = twin;
    this.#lab = lab;
    this.#follower = new Follower(policy, twin);
    this.#heads = twin.spec.interface.action.heads;
  }

  /** What each tick was worth. Between batches the page goes on; should the history have been changed by
   * then, or a run fail, it rejects.
   * @param {number[]} ticks in order @returns {Promise<Moment[]>}
   */
  async of(ticks) {
    const { revision } = this.#history;
    /** @type {Moment[]} */
    const moments = [];
    for (let from = 0; from < ticks.length; from += BATCH) {
      if (from) await breathe();
      if (revision !== this.#history.revision) throw new Error("the game was changed meanwhile");
      moments.push(...(await this.#batch(ticks.slice(from, from + BATCH))));
    }
    return moments;
  }

  /** @param {number[]} ticks BATCH at most */
  async #batch(ticks) {
    const twin = this.#twin;
    const policy = this.#policy;
    const size = policy.stateSize;
    const memories = new Float32Array(ticks.length * size);
    for (const [i, tick] of ticks.entries()) {
      await this.#follower.reach(this.#history, this.#seat, tick);
      memories.set(this.#follower.memory, i * size);
    }
    // From here to the next wait nothing else uses the environments.
    const moments = ticks.map((tick) => this.#moment(tick));
    const states = moments.map(({ tick }) => {
      this.#history.goTo(tick, {}, twin);
      this.#history.prepare(tick, twin);
      return { state: twin.save(), actions: twin.actions.slice(), seen: rowOf(twin, this.#seat) };
    });
    const before = states.map(({ seen }) => seen);
    const thoughts = await this.#ask(before, memories);
    for (const [i, moment] of moments.entries()) {
      moment.chance = this.#chance(thoughts, i, moment.did, before[i].mask);
    }
    if (!thoughts.value) return moments;
    const worth = await this.#play(states, moments, thoughts.state ?? memories);
    moments.forEach((moment, i) => {
      moment.value = worth[2 * i] - worth[2 * i + 1];
    });
    return moments;
  }

  /** @param {number} tick @returns {Moment} */
  #moment(tick) {
    const { actions, choices, drivers } = this.#history;
    const heads = this.#heads.length;
    const at = (tick * drivers.length + this.#seat) * heads;
    return {
      tick,
      did: Array.from(actions.data.subarray(at, at + heads)),
      would: Array.from(choices.data.subarray(at, at + heads)),
      value: null,
      chance: null,
    };
  }

  /** What the seat may expect of each moment, first after what the person did, then after what the agent
   * would have done: the rewards until it acts again, and the value then.
   * @param {{state: Uint8Array, actions: Int32Array | Float32Array}[]} states
   * @param {Moment[]} moments @param {Float32Array} memories of the moments, once their ticks are over
   * @returns {Promise<Float64Array>} two a moment; NaN where it does not come to act again
   */
  async #play(states, moments, memories) {
    const lab = this.#lab;
    const { seats, heads, copySize, obsSize } = lab;
    const games = 2 * moments.length;
    const saved = new Uint8Array(lab.state.length);
    for (let copy = 0; copy < lab.copies; copy++) {
      saved.set(states[Math.min(copy >> 1, states.length - 1)].state, copy * copySize);
    }
    lab.load(saved);
    for (let copy = 0; copy < games; copy++) {
      const { did, would } = moments[copy >> 1];
      lab.actions.set(states[copy >> 1].actions, copy * seats * heads);
      lab.actions.set(copy % 2 ? would : did, (copy * seats + this.#seat) * heads);
    }
    const worth = new Float64Array(games);
    /** @type {{copy: number, seen: Seen}[]} games in which the seat acts again */
    const ahead = [];
    let open = Array.from({ length: games }, (_, copy) => copy);
    for (let round = 0; open.length && round < ROUNDS; round++) {
      if (round) await this.#others(open);
      lab.step();
      open = open.filter((copy) => {
        const row = copy * seats + this.#seat;
        worth[copy] += lab.rewards[row];
        if (lab.terminated[row]) return false;
        const seen = rowOf(lab, row);
        if (lab.truncated[row]) {
          seen.obs = lab.finalObs.slice(row * obsSize, (row + 1) * obsSize);
        }
        if (!lab.truncated[row] && !lab.active[row]) return true;
        ahead.push({ copy, seen });
        return false;
      });
    }
    for (const copy of open) worth[copy] = Number.NaN;
    if (!ahead.length) return worth;
    const size = this.#policy.stateSize;
    const then = new Float32Array(ahead.length * size);
    for (const [i, { copy }] of ahead.entries()) {
      then.set(memories.subarray((copy >> 1) * size, ((copy >> 1) + 1) * size), i * size);
    }
    const seen = ahead.map((game) => game.seen);
    const { value } = await this.#ask(seen, then);
    for (const [i, { copy }] of ahead.entries()) {
      worth[copy] += (this.#policy.gamma ?? USUAL_GAMMA) * (value ? value[i] : Number.NaN);
    }
    return worth;
  }

  /** Puts in place what the policy would most likely do for every seat that acts in these games. It
   * remembers nothing of what others have seen.
   * @param {number[]} copies
   */
  async #others(copies) {
    const lab = this.#lab;
    const rows = copies.flatMap((copy) =>
      Array.from({ length: lab.seats }, (_, seat) => copy * lab.seats + seat),
    );
    const acting = rows.filter((row) => lab.active[row]);
    lab.actions.fill(0);
    if (!acting.length) return;
    const seen = acting.map((row) => rowOf(lab, row));
    const thoughts = await this.#ask(seen, new Float32Array(seen.length * this.#policy.stateSize));
    for (const [i, row] of acting.entries()) {
      lab.actions.set(this.#choice(thoughts, i, seen[i].mask), row * lab.heads);
    }
  }

  /** @param {Seen[]} seen @param {Float32Array} memories */
  #ask(seen, memories) {
    const obs = joined(seen.map((row) => row.obs));
    const mask = seen[0].mask ? joined(seen.map((row) => row.mask ?? [])) : null;
    return this.#policy.run(obs, Int32Array.from(seen.keys()), seen.length, mask, memories);
  }

  /** The most likely action of a row.
   * @param {Thoughts} thoughts @param {number} index @param {Uint8Array | null} mask
   */
  #choice({ logits, mean, action, sampled }, index, mask) {
    const heads = this.#heads.length;
    const sure = mean ?? action ?? sampled;
    if (!logits) return Array.from(sure?.subarray(index * heads, (index + 1) * heads) ?? []);
    const { choices } = this.#lab;
    let at = 0;
    return this.#heads.map(({ n }) => {
      const best = greedy(logits, index * choices + at, n, mask, at);
      at += n;
      return best;
    });
  }

  /** The logarithm of how likely an action was; null where the policy does not tell.
   * @param {Thoughts} thoughts @param {number} index @param {number[]} action
   * @param {Uint8Array | null} mask
   */
  #chance({ logits, mean, logStd }, index, action, mask) {
    const heads = this.#heads.length;
    let sum = 0;
    if (logits) {
      const { choices } = this.#lab;
      let at = 0;
      for (const [h, { n }] of this.#heads.entries()) {
        const chances = new Float64Array(n);
        softmax(logits, index * choices + at, n, chances, mask, at);
        sum += Math.log(chances[action[h]]);
        at += n;
      }
      return sum;
    }
    if (!mean || !logStd) return null;
    for (let h = 0; h < heads; h++) {
      const [middle, spread] = [mean[index * heads + h], logStd[index * heads + h]];
      sum -= (action[h] - middle) ** 2 / (2 * Math.exp(2 * spread)) + spread;
      sum -= Math.log(2 * Math.PI) / 2;
    }
    return sum;
  }
}

/** Environments to measure in: one of one copy, and one of two copies a moment.
 * @param {Env} env
 */
export async function openLab(env) {
  const [twin, lab] = await Promise.all([env.twin(), env.twin(2 * BATCH)]);
  return { twin, lab };
}

/** @param {ArrayLike<number>[]} rows of the same length */
function joined(rows) {
  const into = new Float32Array(rows.length * rows[0].length);
  rows.forEach((row, i) => {
    into.set(row, i * row.length);
  });
  return into;
}
