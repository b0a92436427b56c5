// Where in the scene a seat sees what it sees. A cell of a grid is a place and stays where it is; a
// number or an entity tells of a thing, which moves with the picture.

import { inputName, present, valuesOf } from "./sight.js";

/**
 * @typedef {import('./sight.js').Sight} Sight
 * @typedef {{x: number, y: number, width: number, height: number}} Box px of the scene
 *
 * @typedef {object} Thing
 * @property {number} value of the observation, of those that tell of it
 * @property {number[]} inputs
 * @property {string} name
 */

const JUMP = 0.25; // of the scene's width: a thing that goes further in a tick has not moved there

export class Places {
  #session;
  #shown = "";
  now;
  before;

  /** @param {import('./session.js').Session} session */
  constructor(session) {
    this.#session = session;
    this.now = new Float32Array(4 * session.env.obsSize);
    this.before = this.now.slice();
  }

  /** Comes up to date with what is shown.
   * @returns {boolean} whether anything was to be done
   */
  update() {
    const { env, ticks, version, focus, now, before } = this.#session;
    const shown = `${ticks} ${version} ${focus}`;
    if (shown === this.#shown) return false;
    this.#shown = shown;
    env.places(now, focus, this.now);
    env.places(before, focus, this.before);
    return true;
  }

  /** The box of a thing between two ticks.
   * @param {number} value @param {number} phase 0 to 1
   */
  at(value, phase) {
    const [now, before] = [boxAt(this.now, value), boxAt(this.before, value)];
    const far = Math.hypot(now.x - before.x, now.y - before.y);
    if (!before.width || far > JUMP * this.#session.spec.width) return now;
    const mix = (/** @type {number} */ a, /** @type {number} */ b) => a + (b - a) * phase;
    return { ...now, x: mix(before.x, now.x), y: mix(before.y, now.y) };
  }
}

/** @param {Float32Array} boxes four numbers a value @param {number} value
 * @returns {Box}
 */
export function boxAt(boxes, value) {
  const [x, y, width, height] = boxes.subarray(4 * value, 4 * value + 4);
  return { x, y, width, height };
}

/** The box around all cells of a grid; null where they are nowhere.
 * @param {Sight} sight @param {Float32Array} boxes
 * @returns {Box | null}
 */
export function frameOf(sight, boxes) {
  let [left, top, right, bottom] = [Infinity, Infinity, -Infinity, -Infinity];
  for (let i = 0; i < sight.inputs; i++) {
    const { x, y, width, height } = boxAt(boxes, valuesOf(sight, i).from);
    if (!width) continue;
    [left, top] = [Math.min(left, x), Math.min(top, y)];
    [right, bottom] = [Math.max(right, x + width), Math.max(bottom, y + height)];
  }
  return right > left ? { x: left, y: top, width: right - left, height: bottom - top } : null;
}

/** What the numbers and entities tell of, one for all that are in the same place.
 * @param {Sight[]} sights @param {Float32Array} boxes @param {ArrayLike<number>} obs
 * @returns {Thing[]}
 */
export function thingsOf(sights, boxes, obs) {
  /** @type {Map<string, Thing & {names: string[]}>} */
  const things = new Map();
  for (const sight of sights) {
    if (sight.kind === "grid") continue;
    for (let i = 0; i < sight.inputs; i++) {
      const value = valuesOf(sight, i).from;
      const { x, y, width, height } = boxAt(boxes, value);
      if (!width || (sight.kind === "entities" && !present(sight, i, obs))) continue;
      const key = `${x} ${y} ${width} ${height}`;
      const thing = things.get(key) ?? { value, inputs: [], names: [], name: "" };
      thing.inputs.push(sight.first + i);
      thing.names.push(inputName(sight, i));
      thing.name = common(thing.names);
      things.set(key, thing);
    }
  }
  return [...things.values()];
}

/** The words that all names begin with, the first name if there are none.
 * @param {string[]} names
 */
export function common(names) {
  const [first, ...others] = names.map((name) => name.split(" "));
  let same = first.length;
  for (const words of others) {
    let i = 0;
    while (i < same && words[i] === first[i]) i++;
    same = i;
  }
  return first.slice(0, same || first.length).join(" ");
}

/** Of an SVG: a rectangle, drawn in on all sides.
 * @param {Box} box @param {number} [by] px
 */
export function rectPath({ x, y, width, height }, by = 0) {
  const [w, h] = [width - 2 * by, height - 2 * by];
  return `M${x + by} ${y + by}h${w}v${h}h${-w}z`;
}
