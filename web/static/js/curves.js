// A game's history in as many columns as a picture of it is wide.

import { OVER, TERMINATED, TRUNCATED } from "./history.js";

/** @typedef {import('./history.js').History} History */

/**
 * @typedef {object} Columns of one seat; a column holds the ticks whose place is in it
 * @property {Float32Array} lowValue NaN where nobody has said
 * @property {Float32Array} highValue
 * @property {Float32Array} lowReturn of the running episode; NaN where no tick is in the column
 * @property {Float32Array} highReturn
 * @property {Uint8Array} rewards UP, DOWN or both
 * @property {Uint8Array} ends 1 where an episode or the game ended
 */

export const [UP, DOWN] = [1, 2];

/** The column of a tick, where all ticks of a game share so many columns.
 * @param {number} tick @param {number} ticks @param {number} columns
 */
export function columnOf(tick, ticks, columns) {
  return Math.min(Math.floor((tick / Math.max(ticks, 1)) * columns), columns - 1);
}

/** Looks at every tick once.
 * @param {History} history @param {number} seat @param {number} columns
 * @returns {Columns}
 */
export function sampled(history, seat, columns) {
  const { ticks } = history;
  const [values, rewards, flags] = [history.values.data, history.rewards.data, history.flags.data];
  const rows = history.rewards.width;
  const blank = () => new Float32Array(columns).fill(Number.NaN);
  const made = {
    lowValue: blank(),
    highValue: blank(),
    lowReturn: blank(),
    highReturn: blank(),
    rewards: new Uint8Array(columns),
    ends: new Uint8Array(columns),
  };
  let sum = 0;
  for (let tick = 0, at = seat; tick < ticks; tick++, at += rows) {
    const column = columnOf(tick, ticks, columns);
    const reward = rewards[at];
    sum += reward;
    if (reward !== 0) made.rewards[column] |= reward > 0 ? UP : DOWN;
    widen(made.lowReturn, made.highReturn, column, sum);
    if (!Number.isNaN(values[at])) widen(made.lowValue, made.highValue, column, values[at]);
    if (flags[at] & (TERMINATED | TRUNCATED | OVER)) {
      made.ends[column] = 1;
      sum = 0;
    }
  }
  return made;
}

/** @param {Float32Array} low @param {Float32Array} high @param {number} column @param {number} value */
function widen(low, high, column, value) {
  if (!(low[column] <= value)) low[column] = value;
  if (!(high[column] >= value)) high[column] = value;
}

/** The stretches of a game in which people or agents drove a seat, as shares of its length.
 * @param {History} history @param {number} seat
 * @returns {{from: number, to: number, person: boolean}[]}
 */
export function bands(history, seat) {
  const { ticks } = history;
  const changes = history.drivers[seat];
  /** @type {{from: number, to: number, person: boolean}[]} */
  const all = [];
  changes.forEach(({ tick, driver }, i) => {
    const from = tick / Math.max(ticks, 1);
    const to = i + 1 < changes.length ? changes[i + 1].tick / Math.max(ticks, 1) : 1;
    const person = driver === "person";
    const last = all.at(-1);
    if (last?.person === person) last.to = to;
    else all.push({ from, to, person });
  });
  return all;
}

/** A moment of a game, in minutes and seconds: '1:05.3'.
 * @param {number} tick @param {number} ticksPerSecond
 */
export function moment(tick, ticksPerSecond) {
  const tenths = Math.round((10 * tick) / ticksPerSecond);
  const seconds = String(Math.floor(tenths / 10) % 60).padStart(2, "0");
  return `${Math.floor(tenths / 600)}:${seconds}.${tenths % 10}`;
}
