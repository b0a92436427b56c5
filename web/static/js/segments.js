// What some drivers did in a game, as pieces of its episodes; envs_c/segments.py does the same and says
// more. A segment is a run of a seat's own decisions in one episode, by one kind of driver.

import { ReplayError, retrace } from "./replay.js";

/**
 * @typedef {import('./env.js').Env} Env
 * @typedef {import('./replay.js').Replay} Replay
 * @typedef {Uint8Array | Float32Array} Observations
 *
 * @typedef {object} Segment T decisions of a seat, one after another
 * @property {Observations} observations (T + 1) × size; the last is what the seat saw next
 * @property {Int32Array | Float32Array} actions T × heads
 * @property {Float64Array} rewards T; each up to the seat's next decision
 * @property {Uint8Array} terminated T
 * @property {Uint8Array} truncated T; the last set where the episode went on without this driver too
 * @property {Int32Array} ticks T + 1, at which each observation was seen
 * @property {Uint8Array | null} mask (T + 1) × choices
 * @property {number} seat
 * @property {string} driver its kind
 * @property {boolean} first whether it begins with its episode's first decision
 *
 * @typedef {object} Open a segment that may go on
 * @property {string} driver
 * @property {boolean} first
 * @property {Observations[]} seen
 * @property {Uint8Array[]} masks
 * @property {number[]} ticks
 * @property {(Int32Array | Float32Array)[]} actions
 * @property {number[]} rewards
 */

const NO_MASK = new Uint8Array();

/** Plays a replay again, tick by tick, and collects what drivers of a kind did, in the order of its
 * end. It throws a ReplayError where the game is not the one that was recorded.
 * @param {Env} env of one copy, which is started anew
 * @param {Replay} replay that `fitOf` finds playable
 * @param {{kind?: string, since?: number}} [options] since: earlier decisions are passed over
 * @returns {Generator<number, Segment[]>} of ticks; fulfilled with the segments
 */
export function* collect(env, replay, { kind = "person", since = 0 } = {}) {
  /** @type {Segment[]} */
  const done = [];
  /** @type {(Open | null)[]} */
  const open = Array.from({ length: replay.seats }, () => null);
  const fresh = new Uint8Array(replay.seats).fill(1); // no decision of the running episode yet
  const driver = Array.from({ length: replay.seats }, () => "");
  let change = 0;

  /** @param {number} row */
  const maskOf = (row) => env.mask?.slice(row * env.choices, (row + 1) * env.choices) ?? NO_MASK;
  /** @param {Observations} of @param {number} row */
  const seenBy = (of, row) => of.slice(row * env.obsSize, (row + 1) * env.obsSize);
  /** @param {number} row @param {Open} running @param {Observations} last @param {Uint8Array} mask
   * @param {number} tick @param {boolean} [ended] whether its episode ended with it
   */
  const close = (row, running, last, mask, tick, ended = false) => {
    const length = running.rewards.length;
    const [terminated, truncated] = [new Uint8Array(length), new Uint8Array(length)];
    terminated[length - 1] = ended ? env.terminated[row] : 0;
    truncated[length - 1] = ended ? env.truncated[row] : 1;
    done.push({
      observations: joined([...running.seen, last]),
      actions: joined(running.actions),
      rewards: Float64Array.from(running.rewards),
      terminated,
      truncated,
      ticks: Int32Array.from([...running.ticks, tick]),
      mask: env.mask && joined([...running.masks, mask]),
      seat: row,
      driver: running.driver,
      first: running.first,
    });
    open[row] = null;
  };
  /** Whoever acts decides on what it sees.
   * @param {number} tick
   */
  const before = (tick) => {
    for (; change < replay.drivers.length && replay.drivers[change].tick <= tick; change++) {
      driver[replay.drivers[change].seat] = replay.drivers[change].driver.kind;
    }
    for (let row = 0; row < replay.seats; row++) {
      if (!env.active[row]) continue;
      const wanted = driver[row] === kind && tick >= since;
      let running = open[row];
      if (running && !wanted) {
        close(row, running, seenBy(env.obs, row), maskOf(row), tick);
        running = null;
      }
      if (wanted) {
        if (!running) {
          const none = { seen: [], masks: [], ticks: [], actions: [], rewards: [] };
          running = { driver: kind, first: fresh[row] === 1, ...none };
          open[row] = running;
        }
        running.seen.push(seenBy(env.obs, row));
        running.masks.push(maskOf(row));
        running.ticks.push(tick);
        running.actions.push(env.actions.slice(row * env.heads, (row + 1) * env.heads));
        running.rewards.push(0);
      }
      fresh[row] = 0;
    }
  };

  for (const { tick, differs } of retrace(env, replay, before)) {
    if (differs) throw new ReplayError(`the state at tick ${tick} is another than recorded`);
    if (tick === 0) continue;
    for (let row = 0; row < replay.seats; row++) {
      const running = open[row];
      const ended = env.terminated[row] !== 0 || env.truncated[row] !== 0;
      if (running) {
        running.rewards[running.rewards.length - 1] += env.rewards[row];
        const none = new Uint8Array(env.mask ? env.choices : 0);
        if (ended) close(row, running, seenBy(env.finalObs, row), none, tick, true);
      }
      if (ended || env.over[0]) fresh[row] = 1;
    }
    yield tick;
  }
  for (const [row, running] of open.entries()) {
    const mask = env.active[row] ? maskOf(row) : new Uint8Array(env.mask ? env.choices : 0);
    if (running) close(row, running, seenBy(env.obs, row), mask, replay.ticks);
  }
  return done;
}

/** @template {Observations | Int32Array} T @param {T[]} parts of one length @returns {T} */
function joined(parts) {
  const Numbers = /** @type {new (length: number) => T} */ (parts[0].constructor);
  const whole = new Numbers(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

/** The tick up to which one of the others was the same game: what they share is wanted once.
 * @param {Replay} replay @param {Replay[]} others
 */
export function parting(replay, others) {
  return Math.max(0, ...others.map((other) => shared(replay, other)));
}

/** @param {Replay} a @param {Replay} b */
function shared(a, b) {
  const [ours, theirs] = [a, b].map(({ env, dynamicsVersion, seed, params, heads, seats }) =>
    JSON.stringify([env, dynamicsVersion, seed, params, heads, seats]),
  );
  if (ours !== theirs) return 0;
  const ticks = Math.min(a.ticks, b.ticks);
  const width = a.seats * a.heads.length;
  let same = 0;
  while (same < ticks * width && a.actions[same] === b.actions[same]) same++;
  return Math.min(
    Math.floor(same / Math.max(width, 1)),
    ticks,
    parted(a.paramChanges, b.paramChanges),
    parted(a.drivers, b.drivers),
  );
}

/** The tick of the first of two lists of changes that the other has not.
 * @param {{tick: number}[]} ours @param {{tick: number}[]} theirs
 */
function parted(ours, theirs) {
  for (let i = 0; i < Math.max(ours.length, theirs.length); i++) {
    if (JSON.stringify(ours[i]) === JSON.stringify(theirs[i])) continue;
    return Math.min(ours[i]?.tick ?? Infinity, theirs[i]?.tick ?? Infinity);
  }
  return Infinity;
}
