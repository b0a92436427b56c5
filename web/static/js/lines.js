// Two lines of one game beside each other, from the tick at which they part: where their actions first
// differ, what each brought, and the other line's states while the session shows those of its own.

import { ACTIVE, lastUpTo, tracksOf } from "./history.js";

/**
 * @typedef {import('./env.js').Env} Env
 * @typedef {import('./history.js').History} History
 * @typedef {import('./branches.js').Branch} Branch
 *
 * @typedef {object} Tick what a line holds of one
 * @property {ArrayLike<number>} actions
 * @property {ArrayLike<number>} rewards
 * @property {ArrayLike<number>} flags
 * @property {number} at its place in them: multiply by rows, and actions by heads too
 *
 * @typedef {{seat: number, tick: number, here: number[], there: number[]}} Difference actions of a
 *   seat, one a head
 */

/** A line that is kept as a branch, or as several that leave each other. */
export class Line {
  #history;
  #way;
  #tracks;

  /** @param {History} history of the line that is played
   * @param {Branch[]} way from it to the branch, as Branches.wayTo gives it
   */
  constructor(history, way) {
    this.#history = history;
    this.#way = way;
    this.#tracks = way.map(({ tail }) => tracksOf(tail));
    this.from = way[0].tail.from; // the tick at which they part
    this.to = way[way.length - 1].tail.to;
    this.name = way[way.length - 1].name;
  }

  /** @param {number} tick */
  #stretch(tick) {
    let i = this.#way.length - 1;
    while (i > 0 && this.#way[i].tail.from > tick) i--;
    return i;
  }

  /** @param {number} tick from `from` to before `to` @returns {Tick} */
  tick(tick) {
    const i = this.#stretch(tick);
    const { actions, rewards, flags } = this.#tracks[i];
    return { actions, rewards, flags, at: tick - this.#way[i].tail.from };
  }

  /** The parameters in force at the tick where they part, before those changed there.
   * @returns {Record<string, number>}
   */
  get params() {
    return this.#history.paramsBefore(this.from);
  }

  /** Parameters that were changed before a tick was played, null for none.
   * @param {number} tick
   */
  changeAt(tick) {
    const { paramChanges } = this.#way[this.#stretch(tick)].tail;
    return paramChanges.find((change) => change.tick === tick)?.params ?? null;
  }

  /** The last copy of a state up to a tick, null if there is none since they parted.
   * @param {number} tick
   */
  frameUpTo(tick) {
    for (let i = this.#stretch(Math.min(tick, this.to - 1)); i >= 0; i--) {
      const { frames } = this.#way[i].tail;
      const next = this.#way[i + 1]?.tail.from ?? Number.POSITIVE_INFINITY;
      const frame = frames[lastUpTo(frames, Math.min(tick, next))];
      if (frame) return frame;
    }
    return null;
  }

  /** Whether a person drove a seat at a tick.
   * @param {number} seat @param {number} tick
   */
  driven(seat, tick) {
    for (let i = this.#stretch(tick); i >= 0; i--) {
      const changes = this.#way[i].tail.drivers[seat];
      const next = this.#way[i + 1]?.tail.from ?? Number.POSITIVE_INFINITY;
      const change = changes[lastUpTo(changes, Math.min(tick, next - 1))];
      if (change) return change.driver === "person";
    }
    return this.#history.driverAt(seat, this.from - 1) === "person";
  }
}

/** Where the actions of each seat first differ, of ticks in which both lines let it act.
 * @param {History} history @param {Line} line
 * @returns {Difference[]} by tick; seats that did the same are left out
 */
export function firstDifferences(history, line) {
  const rows = history.rewards.width;
  const heads = history.actions.width / rows;
  /** @type {Difference[]} */
  const found = [];
  const open = new Set(Array.from({ length: rows }, (_, seat) => seat));
  const end = Math.min(history.ticks, line.to);
  for (let tick = line.from; tick < end && open.size; tick++) {
    const there = line.tick(tick);
    for (const seat of open) {
      const [a, b] = [tick * rows + seat, there.at * rows + seat];
      if (!(history.flags.data[a] & there.flags[b] & ACTIVE)) continue;
      const ours = Array.from(history.actions.data.subarray(a * heads, (a + 1) * heads));
      const theirs = ours.map((_, h) => there.actions[b * heads + h]);
      if (ours.every((action, h) => action === theirs[h])) continue;
      found.push({ seat, tick, here: ours, there: theirs });
      open.delete(seat);
    }
  }
  return found;
}

/** The sum of what each line has brought a seat from where they part up to a tick.
 * @param {History} history @param {Line} line @param {number} seat @param {number} tick
 */
export function returnsUpTo(history, line, seat, tick) {
  const rows = history.rewards.width;
  const sums = { here: 0, there: 0 };
  for (let t = line.from; t < tick; t++) {
    if (t < history.ticks) sums.here += history.rewards.data[t * rows + seat];
    if (t >= line.to) continue;
    const { rewards, at } = line.tick(t);
    sums.there += rewards[at * rows + seat];
  }
  return sums;
}

/** Follows a session's ticks on the other line, in an environment of its own. It is what a Scene draws. */
export class Follower {
  #env;
  #line;
  #session;
  #start;
  #tick;

  /** @param {Env} env of one copy, of the parameters of the game
   * @param {import('./session.js').Session} session that shows the tick where the lines part
   * @param {Line} line
   */
  constructor(env, session, line) {
    this.#env = env;
    this.#session = session;
    this.#line = line;
    this.#start = { tick: line.from, state: session.env.save(), params: line.params };
    this.#tick = line.from;
    this.now = new Uint8Array(env.copySize);
    this.before = new Uint8Array(env.copySize);
    this.#load(this.#start);
  }

  /** The tick that it shows. */
  get tick() {
    return this.#tick;
  }

  /** Whether the line is over where the session is. */
  get ended() {
    return this.#session.ticks > this.#line.to;
  }

  get phase() {
    return this.ended ? 1 : this.#session.phase;
  }

  get focus() {
    return this.#session.focus;
  }

  /** @param {number} seat */
  driven(seat) {
    return seat < this.#session.seats.length && this.#line.driven(seat, this.#tick);
  }

  /** Comes to where the session is, at most to the end of its line. */
  follow() {
    const tick = Math.max(this.#line.from, Math.min(this.#session.ticks, this.#line.to));
    if (tick === this.#tick) return;
    const frame = this.#line.frameUpTo(Math.max(tick - 1, this.#line.from)) ?? this.#start;
    if (tick < this.#tick || frame.tick > this.#tick) this.#load(frame);
    while (this.#tick < tick) this.#step();
  }

  /** @param {{tick: number, state: Uint8Array, params: Record<string, number>}} frame */
  #load({ tick, state, params }) {
    this.#tick = tick;
    this.#env.load(state);
    this.#env.setParams(params);
    this.now.set(this.#env.state);
    this.before.set(this.#env.state);
  }

  #step() {
    const env = this.#env;
    const params = this.#line.changeAt(this.#tick);
    if (params) env.setParams(params);
    const { actions, at } = this.#line.tick(this.#tick);
    const { length } = env.actions;
    for (let i = 0; i < length; i++) env.actions[i] = actions[at * length + i];
    this.before.set(env.state);
    env.step();
    this.#tick++;
    this.now.set(env.over[0] ? env.finals : env.state);
  }
}
