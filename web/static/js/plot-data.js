// What a plot over ticks shows: a stretch of the game about the shown tick, in as many points as there
// are pixels for.

/** A stretch of ticks that follows the present, and stands still while the tick that is shown is in it. */
export class Stretch {
  from = 0;
  to = 0; // the tick after its last

  /** @param {number} length ticks, Infinity for the whole game
   * @param {number} shown @param {number} ticks of the game
   */
  place(length, shown, ticks) {
    const wide = Math.min(length, Math.max(ticks, 1));
    const inside = this.from <= shown && shown <= this.to && this.to <= ticks;
    if (shown === ticks || length >= ticks) this.to = Math.max(ticks, 1);
    else if (!inside || this.to - this.from !== wide) {
      this.to = Math.max(Math.min(Math.round(shown + wide / 2), ticks), wide);
    }
    this.from = this.to - wide;
  }
}

/**
 * @typedef {object} Series numbers by tick
 * @property {ArrayLike<number>} data
 * @property {number} width numbers a tick
 * @property {number} at which of them
 *
 * @typedef {(number | null)[]} Points null where there is nothing
 */

/** Points for a plot: ticks, then a list for each series. Where ticks are more than points, each pair of
 * points holds the first and the last of the least and the most of so many ticks.
 * @param {Series[]} series @param {number} from @param {number} to @param {number} columns px
 * @returns {[number[], ...Points[]]}
 */
export function thinned(series, from, to, columns) {
  const bucket = Math.ceil((to - from) / columns);
  if (bucket <= 2) return [range(from, to), ...series.map((s) => plain(s, from, to))];
  // Buckets begin at multiples of their size, so that they stay as they are while the stretch moves.
  const first = Math.floor(from / bucket) * bucket;
  const at = [];
  for (let tick = first; tick < to; tick += bucket)
    at.push(tick + bucket / 4, tick + bucket * 0.75);
  return [at, ...series.map((s) => extremes(s, first, from, to, bucket))];
}

/** @param {number} from @param {number} to */
function range(from, to) {
  return Array.from({ length: to - from }, (_, i) => from + i);
}

/** @param {Series} series @param {number} from @param {number} to @returns {Points} */
function plain({ data, width, at }, from, to) {
  return range(from, to).map((tick) => orNull(data[tick * width + at]));
}

/** @param {Series} series @param {number} first @param {number} from @param {number} to
 * @param {number} bucket @returns {Points}
 */
function extremes({ data, width, at }, first, from, to, bucket) {
  const points = [];
  for (let begin = first; begin < to; begin += bucket) {
    let [low, high] = [Infinity, -Infinity];
    let [lowAt, highAt] = [0, 0];
    const end = Math.min(begin + bucket, to);
    for (let tick = Math.max(begin, from); tick < end; tick++) {
      const value = data[tick * width + at]; // NaN is neither less nor more
      if (value < low) [low, lowAt] = [value, tick];
      if (value > high) [high, highAt] = [value, tick];
    }
    if (low > high) points.push(null, null);
    else if (lowAt < highAt) points.push(low, high);
    else points.push(high, low);
  }
  return points;
}

/** @param {number} value */
function orNull(value) {
  return Number.isNaN(value) ? null : value;
}
