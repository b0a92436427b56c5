// What a person did in a game of this page: counted, and brought into the files of a Minari dataset by
// playing the game again, a few milliseconds at a time. It only computes.

import { replayOf } from "./cast.js";
import { ACTIVE, hashOf, TERMINATED, TRUNCATED } from "./history.js";
import { datasetFiles } from "./minari.js";
import { encodeReplay } from "./replay.js";
import { collect, parting } from "./segments.js";

/**
 * @typedef {import('./env.js').Env} Env
 * @typedef {import('./session.js').Session} Session
 * @typedef {import('./history.js').History} History
 * @typedef {import('./replay.js').Replay} Replay
 * @typedef {ReturnType<History['record']>} Line
 */

const SLICE = 8; // ms of play between two pauses

/** How much a person drove each seat in the line that is being played.
 * @param {History} history
 * @returns {{decisions: number, segments: number}[]} by seat
 */
export function driven(history) {
  const seats = history.drivers.length;
  return history.drivers.map((changes, seat) => {
    let [decisions, segments] = [0, 0];
    changes.forEach(({ tick, driver }, i) => {
      if (driver !== "person") return;
      const end = changes[i + 1]?.tick ?? history.ticks;
      let going = false;
      for (let at = tick; at < end; at++) {
        const flags = history.flags.data[at * seats + seat];
        if (flags & ACTIVE) {
          decisions++;
          if (!going) segments++;
          going = true;
        }
        if (flags & (TERMINATED | TRUNCATED)) going = false;
      }
    });
    return { decisions, segments };
  });
}

/** Every line of a session's game that it keeps, the one that is being played first.
 * @param {Session} session @param {import('./types.js').Spec} spec with its name
 * @param {import('./cast.js').Cast} cast
 * @returns {Replay[]} hashes may lack the one at the end
 */
export function linesOf({ history, branches, seats }, spec, cast) {
  const played = history.record();
  const lines = [played];
  for (const branch of branches.list) {
    const way = branches.wayTo(branch) ?? [];
    lines.push(way.reduce((line, { tail }) => extended(line, tail), played));
  }
  return lines.map((line) => replayOf(line, spec, cast, seats.length));
}

/** A line up to where a branch leaves it, and the branch.
 * @param {Line} line @param {import('./history.js').Tail} tail
 * @returns {Line}
 */
function extended(line, tail) {
  const before = (/** @type {{tick: number}} */ { tick }) => tick < tail.from;
  const width = line.actions.length / Math.max(line.ticks, 1);
  const [rest] = tail.tracks;
  const Numbers = /** @type {new (length: number) => typeof rest} */ (rest.constructor);
  const actions = new Numbers(tail.from * width + rest.length);
  actions.set(line.actions.subarray(0, tail.from * width));
  actions.set(rest, tail.from * width);
  const drivers = tail.drivers.flatMap((changes, seat) =>
    changes.map(({ tick, driver }) => ({ tick, seat, driver })),
  );
  drivers.sort((a, b) => a.tick - b.tick || a.seat - b.seat);
  return {
    ...line,
    actions,
    ticks: tail.to,
    drivers: [...line.drivers.filter(before), ...drivers],
    paramChanges: [...line.paramChanges.filter(before), ...tail.paramChanges],
    hashes: [...line.hashes.filter(({ tick }) => tick <= tail.from), ...tail.hashes],
  };
}

/** The files of a dataset of what a person did; none where nobody did anything.
 * @param {Env} env of one copy, of its own: it is played on
 * @param {import('./types.js').Spec} spec with its name
 * @param {Replay[]} lines as `linesOf` gives them
 * @param {(share: number) => Promise<unknown>} pause called every few milliseconds, with how much is
 *   done
 * @returns {Promise<ReturnType<typeof datasetFiles> | null>}
 */
export async function makeDataset(env, spec, lines, pause) {
  const whole = lines.reduce((sum, { ticks }) => sum + ticks, 0);
  const replays = [];
  /** @type {import('./segments.js').Segment[]} */
  const segments = [];
  /** @type {number[]} */
  const origins = [];
  let before = 0;
  for (const [i, line] of lines.entries()) {
    const run = collect(env, line, { since: parting(line, lines.slice(0, i)) });
    let until = performance.now() + SLICE;
    let next = run.next();
    for (; !next.done; next = run.next()) {
      if (performance.now() < until) continue;
      await pause((before + next.value) / whole);
      until = performance.now() + SLICE;
    }
    before += line.ticks;
    segments.push(...next.value);
    while (origins.length < segments.length) origins.push(replays.length);
    const ends = line.hashes.filter(({ tick }) => tick < line.ticks);
    // Lines without anything of a person's are not told of, the first excepted: it names the dataset.
    if (i > 0 && origins.at(-1) !== replays.length) continue;
    replays.push({ ...line, hashes: [...ends, { tick: line.ticks, hash: hashOf(env) }] });
  }
  if (!segments.length) return null;
  const games = await Promise.all(replays.map((replay) => encodeReplay(replay)));
  return datasetFiles({ spec, replays, segments, origins }, games);
}
