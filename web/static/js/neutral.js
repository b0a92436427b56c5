// What an input is replaced by to see what it matters: something that says nothing in particular.
//
//   a number        its mean of late, which begins in the middle of its range
//   a cell          on each plane the commonest category of late; of floats, each value's mean
//   a category      that stands alone: the commonest other one of late
//   an entity       is taken away: a row of zeros

import { valuesOf } from "./sight.js";

/**
 * @typedef {import('./sight.js').Sight} Sight
 * @typedef {import('./sight.js').Obs} Obs
 */

const LATE = 128; // observations that "of late" goes back, more or less
const CODES = 256; // values of a uint8

export class Neutral {
  #sights;
  #means;
  /** @type {Map<Sight, Float64Array>} how often each code was seen, by plane or value of a row */
  #counts = new Map();

  /** @param {Sight[]} sights @param {number} size of an observation */
  constructor(sights, size) {
    this.#sights = sights;
    this.#means = new Float64Array(size);
    for (const sight of sights) {
      const { part, whole, rows, kind, planes } = sight;
      const values = part.shape.reduce((a, b) => a * b, 1);
      this.#means.fill((part.low + part.high) / 2, part.offset, part.offset + values);
      const lists = kind === "row" ? rows : planes;
      if (whole) this.#counts.set(sight, new Float64Array(lists * CODES));
    }
  }

  /** Takes note of what is seen.
   * @param {Obs} obs
   */
  see(obs) {
    for (let i = 0; i < this.#means.length; i++) {
      this.#means[i] += (obs[i] - this.#means[i]) / LATE;
    }
    for (const sight of this.#sights) {
      const counts = this.#counts.get(sight);
      if (!counts) continue;
      for (let i = 0; i < counts.length; i++) counts[i] *= 1 - 1 / LATE;
      for (let i = 0; i < sight.inputs; i++) {
        const { from, count, stride } = valuesOf(sight, i);
        for (let k = 0; k < count; k++) {
          const list = sight.kind === "row" ? i : k;
          counts[list * CODES + obs[from + k * stride]]++;
        }
      }
    }
  }

  /** Replaces an input in an observation.
   * @param {Sight} sight @param {number} i @param {Obs} obs the true one
   * @param {Float32Array} into a copy of it, from index `at` on @param {number} at
   * @returns {boolean} whether that changes anything
   */
  replace(sight, i, obs, into, at) {
    const { from, count, stride } = valuesOf(sight, i);
    let changed = false;
    for (let k = 0; k < count; k++) {
      const value = from + k * stride;
      const neutral = this.#instead(sight, sight.kind === "row" ? i : k, value, obs[value]);
      into[at + value] = neutral;
      changed ||= into[at + value] !== obs[value];
    }
    return changed;
  }

  /** @param {Sight} sight @param {number} list of its counts
   * @param {number} value index of the value @param {number} seen
   */
  #instead(sight, list, value, seen) {
    if (sight.kind === "entities") return 0;
    const counts = this.#counts.get(sight);
    if (!counts) return Math.fround(this.#means[value]);
    const alone = sight.kind === "row";
    let best = alone && seen === 0 ? 1 : 0;
    for (let code = 0; code < CODES; code++) {
      if (alone && code === seen) continue;
      if (counts[list * CODES + code] > counts[list * CODES + best]) best = code;
    }
    return best;
  }
}
