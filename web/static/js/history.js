// The record of a game from its start: what was done at every tick and what came of it. Any tick is
// reached again by the nearest copy of the state before it and the recorded actions from there on.

import { Track } from "./tracks.js";

/**
 * @typedef {import('./env.js').Env} Env
 * @typedef {Record<string, number>} Params
 * @typedef {{tick: number, driver: string}} Change
 *
 * @typedef {object} Frame a game as it stood before the action of `tick`
 * @property {number} tick
 * @property {Uint8Array} state
 * @property {Params} params
 * @property {any} kept what the caller keeps beside the state
 * @property {number} bytes
 *
 * @typedef {object} Decision what the tick about to be played is decided by, beside env.actions
 * @property {string[]} drivers one a seat: person, scripted, random, or policy: and its name
 * @property {Float32Array} values one a row; NaN where nobody has said
 * @property {Uint8Array} compared one a row: 0, or ASKED, or ASKED | AGREED
 * @property {ArrayLike<number>} [choices] what the minds chose, a row: heads, if not what is played;
 *   of rows that do not act, anything
 *
 * @typedef {object} Watch called on the way to a tick
 * @property {(kept: any) => void} [restore] with what was kept beside the state that is begun from
 * @property {(tick: number) => void} [before] each tick is played
 * @property {(tick: number) => void} [after] each tick was played
 *
 * @typedef {object} Tail ticks cut off a history
 * @property {number} from the first one
 * @property {number} to the one after the last
 * @property {import('./tracks.js').Numbers[]} tracks
 * @property {Frame[]} frames
 * @property {Change[][]} drivers by seat
 * @property {{tick: number, params: Params}[]} paramChanges
 * @property {{tick: number, hash: string}[]} hashes
 * @property {number} doubt as History.doubt
 */

export const [TERMINATED, TRUNCATED, ACTIVE, ASKED, AGREED, OVER] = [1, 2, 4, 8, 16, 32];

const STRIDE = 16; // ticks from one frame to the next at first
const FRAME_BYTES = 4 * 2 ** 20; // of all frames; beyond it every second one is given up
const HASH_EVERY = 256; // ticks

/** @param {Env} env */
export function hashOf(env) {
  return env.hash().toString(16).padStart(16, "0");
}

export class History {
  #env;
  #keep;
  #room;
  #stride = STRIDE;
  /** @type {Frame[]} by tick, the first at 0 */
  #frames = [];
  #frameBytes = 0;
  /** @type {Params} in force after the last change */
  #params;
  /** @type {{tick: number, params: Params}[]} */
  #paramChanges = [];
  /** @type {{tick: number, hash: string}[]} */
  #hashes = [];

  ticks = 0; // recorded
  doubt = Infinity; // the tick from which on it is not what a replay's file says was played
  revision = 0; // grows when recorded ticks are taken away or put back
  /** @type {Change[][]} who drives each seat from the action of a tick on */
  drivers;

  /** Begins at the state that `env` is in: of one copy, just reset.
   * @param {Env} env @param {number} seed that it was reset with
   * @param {{keep?: () => {kept: any, bytes: number}, room?: number}} [options]
   *   keep: what else belongs to a state; room: bytes of all frames
   */
  constructor(env, seed, { keep = () => ({ kept: null, bytes: 0 }), room = FRAME_BYTES } = {}) {
    if (env.copies !== 1) throw new RangeError(`a history of ${env.copies} copies, want 1`);
    this.#env = env;
    this.#keep = keep;
    this.#room = room;
    this.seed = seed;
    this.params = { ...env.params }; // at the start
    this.#params = this.params;
    const { rows, heads } = env;
    const small = env.spec.interface.action.heads.every(({ n }) => n <= 256);
    /** @type {new (length: number) => import('./tracks.js').Numbers} */
    const Action = env.continuous ? Float32Array : small ? Uint8Array : Int32Array;
    /** @type {Track<import('./tracks.js').Numbers>} */
    this.actions = new Track(Action, rows * heads);
    this.rewards = new Track(Float32Array, rows);
    this.values = new Track(Float32Array, rows);
    this.flags = new Track(Uint8Array, rows);
    this.choices = new Track(Action, rows * heads); // the minds', of rows that acted
    this.draws = new Track(Uint32Array, 2); // the policies' generator after the tick
    this.drivers = Array.from({ length: rows }, () => /** @type {Change[]} */ ([]));
    this.#mark();
  }

  get #tracks() {
    return [this.actions, this.rewards, this.values, this.flags, this.choices, this.draws];
  }

  /** Of memory held, branches not counted. */
  get bytes() {
    return this.#tracks.reduce((sum, track) => sum + track.bytes, this.#frameBytes);
  }

  /** Before a tick is played: what is in `env.actions`, and why.
   * @param {Decision} decision
   */
  decide({ drivers, values, compared, choices = this.#env.actions }) {
    const { actions, active, rows, heads } = this.#env;
    for (const track of this.#tracks) track.reach(this.ticks + 1);
    const at = this.ticks * rows;
    for (let row = 0; row < rows; row++) {
      for (let h = row * heads; h < (row + 1) * heads; h++) {
        this.actions.data[at * heads + h] = this.#tidy(actions[h], h - row * heads);
        this.choices.data[at * heads + h] = this.#tidy(choices[h], h - row * heads);
      }
      this.values.data[at + row] = values[row];
      this.flags.data[at + row] = (active[row] ? ACTIVE : 0) | compared[row];
      const changes = this.drivers[row];
      if (changes.at(-1)?.driver !== drivers[row]) {
        changes.push({ tick: this.ticks, driver: drivers[row] });
      }
    }
  }

  /** After it was played: what came of it.
   * @param {{save: (into: any, at: number) => void}} generator of the policies, as it stands now
   */
  conclude(generator) {
    const { rewards, terminated, truncated, over, rows } = this.#env;
    const at = this.ticks * rows;
    for (let row = 0; row < rows; row++) {
      this.rewards.data[at + row] = rewards[row];
      this.flags.data[at + row] |=
        (terminated[row] ? TERMINATED : 0) |
        (truncated[row] ? TRUNCATED : 0) |
        (over[0] ? OVER : 0);
    }
    generator.save(this.draws.data, 2 * this.ticks);
    this.ticks++;
    if (this.ticks % this.#stride === 0) this.#mark();
    if (this.ticks % HASH_EVERY === 0) {
      this.#hashes.push({ tick: this.ticks, hash: hashOf(this.#env) });
    }
  }

  /** Notes the parameters that the next tick is played with, if they have changed in play. */
  changeParams() {
    const { params } = this.#env;
    if (Object.keys(params).every((name) => params[name] === this.#params[name])) return;
    if (this.#paramChanges.at(-1)?.tick === this.ticks) this.#paramChanges.pop(); // never played with
    this.#params = { ...this.#env.params };
    this.#paramChanges.push({ tick: this.ticks, params: this.#params });
  }

  /** Brings the environment to a tick, 0 the start: the same bytes as then.
   * @param {number} tick @param {Watch} [watch]
   * @param {Env} [env] another one of one copy, so that the game stays where it is
   */
  goTo(tick, watch = {}, env = this.#env) {
    if (!Number.isInteger(tick) || tick < 0 || tick > this.ticks) {
      throw new RangeError(`tick ${tick}, want a whole number from 0 to ${this.ticks}`);
    }
    // From before the tick that led here, so that what it brought is known too.
    const frame = this.#frameAt(Math.max(tick - 1, 0));
    env.load(frame.state);
    env.setParams(frame.params);
    for (const told of [env.rewards, env.terminated, env.truncated, env.over]) told.fill(0);
    watch.restore?.(frame.kept);
    for (let at = frame.tick; at < tick; at++) {
      this.prepare(at, env);
      watch.before?.(at);
      env.step();
      watch.after?.(at);
    }
    env.metrics.fill(0);
    this.#adjust(tick, env);
  }

  /** Puts the actions of a tick, and parameters that were changed before it, into the environment,
   * which has to be at that tick.
   * @param {number} tick @param {Env} [env]
   */
  prepare(tick, env = this.#env) {
    const { actions } = env;
    this.#adjust(tick, env);
    const from = tick * actions.length;
    for (let i = 0; i < actions.length; i++) actions[i] = this.actions.data[from + i];
  }

  /** @param {number} tick @param {Env} env */
  #adjust(tick, env) {
    for (const change of this.#paramChanges) {
      if (change.tick === tick) env.setParams(change.params);
    }
  }

  /** The parameters in force before those that were changed at a tick.
   * @param {number} tick
   */
  paramsBefore(tick) {
    const change = this.#paramChanges[lastUpTo(this.#paramChanges, tick - 1)];
    return change?.params ?? this.params;
  }

  /** Who drove a seat at a tick; of the present, who did last. '' before anybody did.
   * @param {number} seat @param {number} tick
   */
  driverAt(seat, tick) {
    const changes = this.drivers[seat];
    return changes[lastUpTo(changes, tick)]?.driver ?? "";
  }

  /** Cuts off all that came from a tick on.
   * @param {number} tick
   * @returns {Tail}
   */
  cut(tick) {
    const tail = {
      from: tick,
      to: this.ticks,
      tracks: this.#tracks.map((track) => track.slice(tick, this.ticks)),
      frames: splitAfter(this.#frames, tick),
      drivers: this.drivers.map((changes) => splitAfter(changes, tick - 1)),
      paramChanges: splitAfter(this.#paramChanges, tick - 1),
      hashes: splitAfter(this.#hashes, tick),
      doubt: this.doubt,
    };
    if (this.doubt > tick) this.doubt = Infinity;
    for (const { bytes } of tail.frames) this.#frameBytes -= bytes;
    this.revision++;
    this.ticks = tick;
    this.#params = this.#paramChanges.at(-1)?.params ?? this.params;
    return tail;
  }

  /** Adds ticks that were cut off; the history has to end where they begin.
   * @param {Tail} tail
   */
  graft(tail) {
    if (tail.from !== this.ticks) {
      throw new RangeError(`ticks from ${tail.from} on, this history has ${this.ticks}`);
    }
    this.#tracks.forEach((track, i) => {
      track.put(tail.from, tail.tracks[i]);
    });
    this.ticks = tail.to;
    this.doubt = Math.min(this.doubt, tail.doubt);
    this.revision++;
    this.#frames.push(...tail.frames);
    for (const { bytes } of tail.frames) this.#frameBytes += bytes;
    tail.drivers.forEach((changes, seat) => {
      this.drivers[seat].push(...changes);
    });
    this.#paramChanges.push(...tail.paramChanges);
    this.#hashes.push(...tail.hashes);
    this.#params = this.#paramChanges.at(-1)?.params ?? this.params;
    this.#thin();
  }

  /** The game as plain data: all that is needed to play it again, and hashes to check it by.
   * `actions` holds heads of rows of ticks; `drivers` and `paramChanges` hold from the action of their
   * tick on; a hash is of the state at its tick, the last at the end.
   */
  record() {
    const drivers = this.drivers.flatMap((changes, seat) =>
      changes.map(({ tick, driver }) => ({ tick, seat, driver })),
    );
    const hashes = [...this.#hashes];
    if (hashes.at(-1)?.tick !== this.ticks) {
      hashes.push({ tick: this.ticks, hash: this.#hashAtEnd() });
    }
    return {
      seed: this.seed,
      params: { ...this.params },
      paramChanges: this.#paramChanges.map(({ tick, params }) => ({ tick, params: { ...params } })),
      drivers: drivers.sort((a, b) => a.tick - b.tick || a.seat - b.seat),
      actions: this.actions.slice(0, this.ticks),
      ticks: this.ticks,
      hashes,
    };
  }

  /** Leaves the environment as it was, wherever in the game it is. */
  #hashAtEnd() {
    const env = this.#env;
    const [state, params] = [env.save(), { ...env.params }];
    const told = [env.actions, env.rewards, env.terminated, env.truncated, env.over, env.finals];
    const held = told.map((numbers) => numbers.slice());
    this.goTo(this.ticks);
    const hash = hashOf(env);
    env.load(state);
    env.setParams(params);
    told.forEach((numbers, i) => {
      numbers.set(held[i]);
    });
    return hash;
  }

  /** An action as the environment takes it: what is out of range counts as 0.
   * @param {number} action @param {number} head
   */
  #tidy(action, head) {
    if (this.#env.continuous) return action;
    return action >= 0 && action < this.#env.spec.interface.action.heads[head].n ? action : 0;
  }

  #mark() {
    const { kept, bytes } = this.#keep();
    const state = this.#env.save();
    const frame = {
      tick: this.ticks,
      state,
      params: this.#params,
      kept,
      bytes: bytes + state.length,
    };
    this.#frames.push(frame);
    this.#frameBytes += frame.bytes;
    this.#thin();
  }

  #thin() {
    while (this.#frameBytes > this.#room && this.#frames.length > 2) {
      this.#stride *= 2;
      this.#frames = this.#frames.filter(({ tick }) => tick % this.#stride === 0);
      this.#frameBytes = this.#frames.reduce((sum, { bytes }) => sum + bytes, 0);
    }
  }

  /** The last frame up to a tick.
   * @param {number} tick
   */
  #frameAt(tick) {
    return this.#frames[lastUpTo(this.#frames, tick)];
  }
}

/** What a tail's ticks hold, by name.
 * @param {Tail} tail
 */
export function tracksOf({ tracks: [actions, rewards, values, flags, draws] }) {
  return { actions, rewards, values, flags, draws };
}

/** Bytes that a tail keeps in memory.
 * @param {Tail} tail
 */
export function bytesOf({ tracks, frames }) {
  const numbers = tracks.reduce((sum, track) => sum + track.byteLength, 0);
  return frames.reduce((sum, { bytes }) => sum + bytes, numbers);
}

/** The index of the last one up to a tick, -1 for none.
 * @param {{tick: number}[]} sorted by tick @param {number} tick
 */
export function lastUpTo(sorted, tick) {
  let [low, high] = [0, sorted.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (sorted[middle].tick <= tick) low = middle + 1;
    else high = middle;
  }
  return low - 1;
}

/** Takes those after a tick away and returns them.
 * @template {{tick: number}} T
 * @param {T[]} sorted by tick @param {number} tick
 * @returns {T[]}
 */
function splitAfter(sorted, tick) {
  return sorted.splice(lastUpTo(sorted, tick) + 1);
}
