// A game being played: the environment, its seats, the clock, and the minds that choose for them.

import { Clock } from "./clock.js";
import { Minds } from "./minds.js";
import { Seating } from "./seating.js";
import { countTick } from "./seats.js";

/**
 * @typedef {import('./seats.js').Mind} Mind
 * @typedef {import('./seats.js').Seat} Seat
 */

const THINKING = 600; // ms that an agent's move takes in a turn-based game, so that one sees it
const LINGER = 1800; // ms that a turn-based game stays in sight at its end

export class Session extends Seating {
  #seed;
  /** @type {Set<string>} why the clock stands still */
  #stops = new Set();
  #steps = 0; // single steps asked for
  /** @type {Promise<void>} */
  #thought = Promise.resolve();
  /** @type {Promise<void> | null} */
  #playing = null;

  ticks = 0;

  /**
   * @param {import('./env.js').Env} env of one copy
   * @param {{seed?: number, minds?: Mind[]}} [options] minds: one a seat; if fewer, the last again
   */
  constructor(env, { seed = 1, minds = [] } = {}) {
    super(env, minds);
    this.#seed = seed;
    this.clock = new Clock(this.spec.ticks_per_second, this.spec.turn_based);
    this.minds = new Minds(env, this.seats);
    this.before = new Uint8Array(env.copySize); // what to show: a state and the one before it
    this.now = new Uint8Array(env.copySize);
    this.restart();
  }

  get seed() {
    return this.#seed;
  }

  /** Of the state, 16 hexadecimal digits. */
  get hash() {
    return this.env.hash().toString(16).padStart(16, "0");
  }

  get paused() {
    return this.#stops.has("user");
  }

  /** Whether nothing but a count-in holds the clock. */
  get counting() {
    return this.#stops.size === 1 && this.#stops.has("count");
  }

  get running() {
    return this.#stops.size === 0;
  }

  /** How far from `before` to `now` the picture is, 0 to 1. */
  get phase() {
    return this.clock.phase;
  }

  /** Starts again: with the same seed and the same minds, the same game.
   * @param {number} [seed] 32 bits
   */
  restart(seed = this.#seed) {
    this.#seed = seed >>> 0;
    this.env.reset(this.#seed);
    this.minds.reset(this.#seed);
    for (const seat of this.seats) seat.clear();
    this.ticks = 0;
    this.#steps = 0;
    this.clock.restart();
    this.#showFresh();
    this.#think();
  }

  /** Stops the clock for a reason, 'user' for instance; it runs again when no reason is left.
   * @param {string} reason @param {boolean} [on]
   */
  stop(reason, on = true) {
    if (on) this.#stops.add(reason);
    else this.#stops.delete(reason);
    this.version++;
  }

  /** Plays one tick and stays paused. */
  stepOnce() {
    this.stop("user");
    this.#steps++;
  }

  /** @param {number} speed 1 as the game is meant to be played */
  setSpeed(speed) {
    this.clock.speed = speed;
    this.version++;
  }

  /** Moves on to `now`: plays every tick that is due once its actions are there.
   * @param {number} now ms
   * @returns {Promise<void>} fulfilled when nothing more is due
   */
  frame(now) {
    const passed = this.clock.advance(now, this.running);
    if (this.running) {
      for (const seat of this.seats) {
        if (!this.spec.turn_based && seat.wait(passed)) this.version++;
      }
    }
    if (this.lingering && this.clock.elapsed >= LINGER) this.#showFresh();
    this.#playing ??= this.#play().finally(() => {
      this.#playing = null;
    });
    return this.#playing;
  }

  async #play() {
    while (this.#due()) {
      const thought = this.#thought;
      await thought;
      // Asked again in the meantime, or paused: look again.
      if (thought === this.#thought && this.#due()) this.#tick();
    }
  }

  #due() {
    if (this.#steps > 0) return !this.spec.turn_based || this.#waitsFor() < 0;
    if (!this.running) return false;
    if (!this.spec.turn_based) return this.clock.due;
    if (this.lingering || this.#waitsFor() >= 0) return false;
    const person = this.seats.some((seat) => seat.person && this.env.active[seat.index]);
    return person || this.clock.elapsed >= THINKING;
  }

  /** The person's seat that a turn-based game is waiting for, -1 for none. */
  #waitsFor() {
    const waits = (/** @type {Seat} */ seat) =>
      seat.person && this.env.active[seat.index] === 1 && !seat.hands.pressed;
    return this.seats.findIndex(waits);
  }

  get waitsForPerson() {
    return this.spec.turn_based && !this.lingering && this.#waitsFor() >= 0;
  }

  #think() {
    const { failures } = this.minds;
    this.#thought = this.minds.think().then(() => {
      // Where no tick follows soon, what the minds think now is news by itself.
      const stays = this.spec.turn_based || !this.running;
      if (stays || failures !== this.minds.failures) this.version++;
    });
  }

  #tick() {
    const { env, minds, clock } = this;
    this.before.set(env.state);
    for (const seat of this.seats) this.#act(seat);
    env.step();
    this.ticks++;
    for (const seat of this.seats) countTick(seat, env);
    minds.commit();
    this.now.set(env.over[0] ? env.finals : env.state);
    this.lingering = this.spec.turn_based && env.over[0] === 1;
    if (this.spec.turn_based || this.#steps > 0) clock.restart();
    else clock.take();
    if (this.#steps > 0) this.#steps--;
    this.#think();
  }

  /** Puts a seat's action in place, and where a person drives, compares it with the mind's.
   * @param {Seat} seat
   */
  #act(seat) {
    const { env, minds } = this;
    const at = seat.index * env.heads;
    const chosen = minds.actions.subarray(at, at + env.heads);
    if (!env.active[seat.index]) return void env.actions.fill(0, at, at + env.heads);
    if (!seat.person) return void env.actions.set(chosen, at);
    seat.hands.take(env.actions, at);
    if (!this.#allowed(seat.index)) env.actions.set(chosen, at);
    if (!minds.chosen[seat.index] || env.continuous) return;
    seat.asked++;
    if (chosen.every((choice, h) => choice === env.actions[at + h])) seat.agreed++;
  }

  /** Whether the mask allows every head's action of a row.
   * @param {number} row
   */
  #allowed(row) {
    const { mask, heads, choices, actions, spec } = this.env;
    if (!mask) return true;
    for (let h = 0, at = row * choices; h < heads; h++) {
      if (!mask[at + actions[row * heads + h]]) return false;
      at += spec.interface.action.heads[h].n;
    }
    return true;
  }

  #showFresh() {
    this.lingering = false;
    this.before.set(this.env.state);
    this.now.set(this.env.state);
    this.version++;
  }

  /** @param {number} seat @param {Mind} mind @param {string} [trouble] why it is not another one */
  setMind(seat, mind, trouble = "") {
    const s = this.seats[seat];
    s.setMind(mind);
    s.trouble = trouble;
    if (mind.kind === "policy") mind.policy.forget(seat);
    this.version++;
    this.#think();
  }
}
