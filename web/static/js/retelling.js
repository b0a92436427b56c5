// A replay played again, into ticks that a session's history takes as its own, and compared with the
// hashes in the file on the way. It only computes, a step at a time, so that a page can go on between.

import { handsOn } from "./hands.js";
import { History } from "./history.js";
import { retrace } from "./replay.js";
import { Rng } from "./sampler.js";
import { countTick, Seat } from "./seats.js";

/**
 * @typedef {import('./env.js').Env} Env
 * @typedef {import('./replay.js').Replay} Replay
 * @typedef {import('./replay-head.js').Driver} Driver
 *
 * @typedef {object} Retold
 * @property {import('./history.js').Tail} tail all ticks
 * @property {number} agreed the last tick up to which every hash agrees, -1 if none does
 * @property {number} differs the first tick whose hash is another, -1 for none
 *
 * @typedef {object} Cast how drivers of the file are called here
 * @property {(driver: Driver) => string} enter the name of a driver in a history
 * @property {(name: string) => boolean} draws whether that driver draws its choices
 */

/** Plays a replay tick by tick: yields how many there are so far, and returns what came of it.
 * @param {Env} env of one copy, not used by anything else; it is started anew
 * @param {Replay} replay that fits it; of other seats it throws a ReplayError
 * @param {Cast} cast
 * @returns {Generator<number, Retold>}
 */
export function* retell(env, replay, cast) {
  const steps = retrace(env, replay);
  const hashes = new Set(replay.hashes.map(({ tick }) => tick));
  let [agreed, differs] = [-1, -1];
  /** @param {IteratorResult<{tick: number, differs: boolean}, void>} step */
  const compare = ({ value }) => {
    if (!value || differs >= 0 || !hashes.has(value.tick)) return;
    if (value.differs) differs = value.tick;
    else agreed = value.tick;
  };
  compare(steps.next());
  const seats = Array.from({ length: env.rows }, (_, i) => {
    return new Seat(i, { kind: "random" }, handsOn(env.spec));
  });
  const keep = () => {
    const kept = { memories: new Map(), seats: seats.map((seat) => seat.keep()) };
    return { kept, bytes: 8 * 8 * seats.length };
  };
  const history = new History(env, replay.seed, { keep });
  const roles = new Roles(replay, cast);
  const rng = new Rng(replay.seed);
  const generator = {
    save: (/** @type {Uint32Array} */ into, /** @type {number} */ at) => rng.save(into, at),
  };
  const values = new Float32Array(env.rows).fill(Number.NaN);
  const compared = new Uint8Array(env.rows);
  const { length } = env.actions;
  for (let tick = 0, change = 0; tick < replay.ticks; tick++) {
    roles.goTo(tick);
    for (; replay.paramChanges[change]?.tick === tick; change++) {
      env.setParams(replay.paramChanges[change].params);
    }
    history.changeParams();
    env.actions.set(replay.actions.subarray(tick * length, (tick + 1) * length));
    roles.draw(rng, env);
    history.decide({ drivers: roles.names, values, compared });
    compare(steps.next()); // sets the same parameters and actions, and steps
    for (const seat of seats) countTick(seat, env);
    history.conclude(generator);
    yield tick + 1;
  }
  return { tail: history.cut(0), agreed, differs };
}

/** Who drives at a tick, and who draws: behind a person the mind goes on choosing, so it is the last
 * one that drove the seat, or the next one where none has.
 */
class Roles {
  #changes;
  #cast;
  #at = 0;
  /** @type {string[]} a seat: the mind behind it */
  #minds;

  /** @param {Replay} replay @param {Cast} cast */
  constructor(replay, cast) {
    this.#changes = replay.drivers;
    this.#cast = cast;
    /** @type {string[]} a seat */
    this.names = new Array(replay.seats).fill("random");
    this.#minds = this.names.map((_, seat) => {
      const first = replay.drivers.find((c) => c.seat === seat && c.driver.kind !== "person");
      return first ? cast.enter(first.driver) : "random";
    });
  }

  /** @param {number} tick */
  goTo(tick) {
    for (; this.#changes[this.#at]?.tick <= tick; this.#at++) {
      const { seat, driver } = this.#changes[this.#at];
      this.names[seat] = this.#cast.enter(driver);
      if (driver.kind !== "person") this.#minds[seat] = this.names[seat];
    }
  }

  /** Draws as often as the policies did.
   * @param {Rng} rng @param {Env} env
   */
  draw(rng, { active, rows, heads, continuous }) {
    for (let row = 0; row < rows; row++) {
      if (!active[row] || !this.#cast.draws(this.#minds[row])) continue;
      for (let i = continuous ? 2 * heads : heads; i > 0; i--) rng.unit();
    }
  }
}

/** Takes steps for a few ms, then lets others have a turn, until they end.
 * @template T
 * @param {Generator<number, T>} steps
 * @param {(done: number) => boolean} goOn told after each turn how far they are; false gives up
 * @param {number} [ms] of one turn
 * @returns {Promise<T | null>} what they return; null if they were given up
 */
export async function inTurns(steps, goOn, ms = 8) {
  let until = performance.now() + ms;
  for (;;) {
    const { done, value } = steps.next();
    if (done) return value;
    if (performance.now() < until) continue;
    await new Promise((resolve) => setTimeout(resolve));
    if (!goOn(value)) return null;
    until = performance.now() + ms;
  }
}
