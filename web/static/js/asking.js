// Several agents asked about the same state: what each would do in the place of one seat. The game does
// not notice: its generators, its memories and its environment are only read.

import { breathe, Follower, rowOf } from "./follower.js";
import { clamp, greedy, scramble, softmax } from "./sampler.js";
import { alike } from "./seats.js";

/**
 * @typedef {import('./env.js').Env} Env
 * @typedef {import('./session.js').Session} Session
 * @typedef {import('./seats.js').AnyPolicy} AnyPolicy
 * @typedef {import('./policy.js').Thoughts} Thoughts
 *
 * @typedef {object} Answer what one agent would do
 * @property {string} name
 * @property {number[]} action the most likely one, a number a head; empty where there is none
 * @property {Float64Array[] | null} chances by head, of discrete choices; null where it does not tell
 * @property {number[] | null} spread standard deviation by head, of continuous actions
 * @property {number | null} value what it expects
 * @property {boolean | null} same whether that is what the seat's own agent does now
 * @property {string} trouble why it has no answer
 *
 * @typedef {object} Answers
 * @property {number} tick that was asked about
 * @property {number} seat that was asked for
 * @property {Answer[]} answers in the order in which they were chosen
 */

export const MOST = 4; // agents asked at once
export const SCRIPT = "scripted"; // the script's name among the agents

/** The seat to ask for: the one in focus, or where it is not its turn the one whose turn it is; -1 if
 * nobody acts.
 * @param {{env: Env, spec: import('./types.js').Spec, focus: number}} session
 */
export function seatAsked({ env, spec, focus }) {
  if (env.active[focus]) return focus;
  return spec.turn_based ? env.active.indexOf(1) : -1;
}

/** The most likely action of the first row of an answer, and how likely.
 * @param {Thoughts} thoughts @param {Env} env @param {Uint8Array | null} mask of that row
 * @returns {Pick<Answer, 'action' | 'chances' | 'spread' | 'value'>}
 */
export function readThoughts({ logits, mean, logStd, value, action, sampled }, env, mask) {
  const { heads } = env.spec.interface.action;
  const said = { value: value ? value[0] : null, chances: null, spread: null };
  if (logits) {
    /** @type {Float64Array[]} */
    const chances = [];
    const best = [];
    let at = 0;
    for (const { n } of heads) {
      const chance = new Float64Array(n);
      softmax(logits, at, n, chance, mask, at);
      chances.push(chance);
      best.push(greedy(logits, at, n, mask, at));
      at += n;
    }
    return { ...said, action: best, chances };
  }
  const sure = mean ?? action ?? sampled;
  return {
    ...said,
    action: heads.map((_, h) => (env.continuous ? clamp(sure?.[h] ?? 0) : (sure?.[h] ?? 0))),
    spread: logStd && heads.map((_, h) => Math.exp(logStd[h])),
  };
}

export class Asking {
  #session;
  #open;
  /** @type {Promise<Env> | null} where memories are caught up with and the script is asked */
  #twin = null;
  /** @type {Map<AnyPolicy, Follower>} */
  #followers = new Map();
  /** @type {string[]} */
  names = []; // of the agents that are asked

  /** @param {Session} session
   * @param {(name: string) => Promise<AnyPolicy>} open finds a policy by its name
   */
  constructor(session, open) {
    this.#session = session;
    this.#open = open;
  }

  /** Asks one more from now on. Throws a RangeError beyond MOST.
   * @param {string} name of a policy, or SCRIPT
   */
  add(name) {
    if (this.names.includes(name)) return;
    if (this.names.length >= MOST) {
      throw new RangeError(`${MOST} agents are asked, no more fit: take one away first`);
    }
    this.names = [...this.names, name];
  }

  /** @param {string} name */
  remove(name) {
    this.names = this.names.filter((other) => other !== name);
  }

  /** Asks all about the state that is shown; null where nobody acts. One call at a time.
   * @returns {Promise<Answers | null>}
   */
  async ask() {
    const { names } = this;
    const policies = await Promise.all(names.map((name) => this.#find(name)));
    this.#twin ??= this.#session.env.twin();
    const twin = await this.#twin;
    const session = this.#session;
    const { env, history, ticks: tick } = session;
    const seat = seatAsked(session);
    if (seat < 0) return null;
    const seen = rowOf(env, seat);
    const script = names.includes(SCRIPT) ? this.#script(twin, seat) : [];
    const answers = await Promise.all(
      policies.map(async (policy, i) => {
        /** @type {Answer} */
        const none = {
          name: names[i],
          action: [],
          chances: null,
          spread: null,
          value: null,
          same: null,
          trouble: "",
        };
        if (policy === null) return { ...none, action: script };
        if (policy instanceof Error) return { ...none, trouble: policy.message };
        try {
          const { memory } = await this.#follow(policy, twin, history, seat, tick);
          const rows = Int32Array.of(0);
          const thoughts = await policy.run(seen.obs, rows, 1, seen.mask, memory);
          return { ...none, ...readThoughts(thoughts, env, seen.mask) };
        } catch (error) {
          return { ...none, trouble: error instanceof Error ? error.message : String(error) };
        }
      }),
    );
    await breathe(); // by then the seat's own agent has been asked too
    const played = history === session.history ? this.#played(seat, tick) : null;
    for (const answer of answers) {
      if (played && answer.action.length)
        answer.same = alike(answer.action, played, env.continuous);
    }
    return { tick, seat, answers };
  }

  /** @param {string} name
   * @returns {Promise<AnyPolicy | Error | null>} null for the script
   */
  async #find(name) {
    if (name === SCRIPT) return null;
    try {
      return await this.#open(name);
    } catch (error) {
      return error instanceof Error ? error : new Error(String(error));
    }
  }

  /** What it remembers of the seat's episode up to a tick.
   * @param {AnyPolicy} policy @param {Env} twin @param {import('./history.js').History} history
   * @param {number} seat @param {number} tick
   */
  async #follow(policy, twin, history, seat, tick) {
    let follower = this.#followers.get(policy);
    if (!follower) {
      follower = new Follower(policy, twin);
      this.#followers.set(policy, follower);
    }
    await follower.reach(history, seat, tick);
    return follower;
  }

  /** What the script would do, by the very dice that it would have.
   * @param {Env} twin @param {number} seat
   */
  #script(twin, seat) {
    const { env, seed, ticks } = this.#session;
    twin.load(env.state);
    twin.seedScript(seat, scramble((BigInt(seed) << 32n) + BigInt(ticks)) + BigInt(seat));
    twin.script(seat);
    return Array.from(twin.actions.subarray(seat * env.heads, (seat + 1) * env.heads));
  }

  /** What the seat's own agent chose at a tick; null if that is not known.
   * @param {number} seat @param {number} tick
   */
  #played(seat, tick) {
    const { env, minds, history, ticks } = this.#session;
    const from = seat * env.heads;
    if (tick === ticks) {
      return minds.chosen[seat] ? minds.actions.slice(from, from + env.heads) : null;
    }
    if (tick >= history.ticks) return null;
    const at = tick * env.rows * env.heads + from;
    return history.choices.data.slice(at, at + env.heads);
  }
}
