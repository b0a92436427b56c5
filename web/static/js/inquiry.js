// Asks a second instance of the policy in focus, in a worker of its own, what each input matters: one
// batch a frame, about a copy of the moment in which a sweep began. The policy that plays, its memory
// and its generator are only read.

import { Neutral } from "./neutral.js";
import { Pace, Sweep } from "./saliency.js";
import { sightsOf } from "./sight.js";

/**
 * @typedef {import('./session.js').Session} Session
 * @typedef {import('./seats.js').AnyPolicy} AnyPolicy
 * @typedef {import('./own-policy.js').OwnPolicy} OwnPolicy
 *
 * @typedef {object} Found by a sweep that is done
 * @property {Float32Array} obs of the seat
 * @property {import('./saliency.js').Sweep['heat']} heat
 * @property {import('./saliency.js').Sweep['told']} told
 * @property {Uint8Array} state of the game
 * @property {number} seat
 */

export class Inquiry {
  #session;
  #open;
  /** @type {AnyPolicy | null} that is asked about */
  #policy = null;
  /** @type {OwnPolicy | null} the second instance, once it is there */
  #second = null;
  #seat = -1;
  #neutral;
  #pace = new Pace();
  /** @type {Sweep | null} */
  #sweep = null;
  /** @type {Omit<Found, 'heat' | 'told'> | null} what the sweep is of */
  #of = null;
  #busy = false;
  #swept = ""; // the moment of the last sweep
  #rows = Int32Array.from({ length: Pace.most }, (_, i) => i);
  #opened = 0; // how often one was asked for: one that comes late is closed

  /** @type {Found | null} by the last sweep of this policy and seat */
  found = null;
  trouble = ""; // why nothing can be found

  /** @param {Session} session
   * @param {(policy: AnyPolicy, rows: number) => Promise<OwnPolicy>} open a second instance of a policy,
   *   with as many memories
   */
  constructor(session, open) {
    this.#session = session;
    this.#open = open;
    this.sights = sightsOf(session.spec.interface.observation);
    this.#neutral = this.#fresh();
  }

  #fresh() {
    return new Neutral(this.sights, this.#session.env.obsSize);
  }

  /** Whether there is a policy to ask. */
  get asks() {
    return this.#policy !== null;
  }

  /** Rows of the next batch. */
  get batch() {
    return this.#pace.rows;
  }

  /** To be called once a frame while somebody looks. */
  frame() {
    const { seats, focus } = this.#session;
    const { mind } = seats[focus];
    const policy = mind.kind === "policy" ? mind.policy : null;
    if (focus !== this.#seat || policy !== this.#policy) this.#turnTo(focus, policy);
    if (!this.#second || this.#busy) return;
    if (!this.#sweep) this.#begin();
    if (this.#sweep) this.#ask(this.#second, this.#sweep);
  }

  /** Ends the second instance; a later `frame` opens another. */
  close() {
    this.#turnTo(-1, null);
  }

  /** @param {number} seat @param {AnyPolicy | null} policy */
  #turnTo(seat, policy) {
    this.#neutral = this.#fresh();
    this.#sweep = null;
    this.#of = null;
    this.found = null;
    this.#swept = "";
    this.#seat = seat;
    if (policy === this.#policy) return;
    this.#policy = policy;
    this.#second?.close();
    this.#second = null;
    this.#busy = false;
    this.trouble = "";
    const turn = ++this.#opened;
    if (!policy) return;
    this.#open(policy, Pace.most).then(
      (second) => {
        if (turn !== this.#opened) return second.close();
        this.#pace = new Pace();
        this.#second = second;
      },
      (error) => {
        if (turn === this.#opened) this.trouble = reasonOf(error);
      },
    );
  }

  /** Begins a sweep, if the seat is to act at a moment that has not been asked about. */
  #begin() {
    const { env, minds, now, ticks, version, spec } = this.#session;
    const seat = this.#seat;
    const moment = `${ticks} ${version}`;
    if (!env.active[seat] || env.over[0] || moment === this.#swept) return;
    this.#swept = moment;
    const obs = Float32Array.from(env.obs.subarray(seat * env.obsSize, (seat + 1) * env.obsSize));
    const mask = env.mask?.slice(seat * env.choices, (seat + 1) * env.choices) ?? null;
    const actions = minds.actions.slice(seat * env.heads, (seat + 1) * env.heads);
    const chosen = minds.chosen[seat] ? actions : null;
    this.#neutral.see(obs);
    this.#sweep = new Sweep(this.sights, spec.interface, this.#neutral, { obs, mask, chosen });
    this.#mask = mask;
    this.#of = { obs, state: now.slice(), seat };
    this.#remember(seat);
  }

  /** @type {Uint8Array | null} of the sweep */
  #mask = null;

  /** Gives every row of the second instance the memory that the seat has.
   * @param {number} seat
   */
  #remember(seat) {
    const [policy, second] = [this.#policy, this.#second];
    if (!policy || !second || !policy.stateSize) return;
    const { stateSize } = policy;
    const memory = policy.memory.subarray(seat * stateSize, (seat + 1) * stateSize);
    for (let row = 0; row < Pace.most; row++) second.remember(memory, 0, row);
  }

  /** @param {OwnPolicy} second @param {Sweep} sweep */
  async #ask(second, sweep) {
    const { obs, count } = sweep.next(this.#pace.rows);
    const { choices } = this.#session.env;
    const mask = this.#mask && new Uint8Array(count * choices);
    for (let row = 0; mask && row < count; row++) mask.set(this.#mask ?? [], row * choices);
    this.#busy = true;
    try {
      const thoughts = await second.run(obs, this.#rows, count, mask);
      if (second !== this.#second) return;
      this.#pace.took(count, second.ms);
      if (sweep === this.#sweep) this.#take(sweep, thoughts, count);
    } catch (error) {
      if (second !== this.#second) return;
      this.#second = null;
      this.trouble = reasonOf(error);
    }
    this.#busy = false;
  }

  /** @param {Sweep} sweep @param {import('./policy.js').Thoughts} thoughts @param {number} count */
  #take(sweep, thoughts, count) {
    sweep.take(thoughts, count);
    if (!sweep.done || !this.#of) return;
    this.found = { ...this.#of, heat: sweep.heat, told: sweep.told };
    this.#sweep = null;
  }
}

/** @param {unknown} error */
function reasonOf(error) {
  return error instanceof Error ? error.message : String(error);
}
