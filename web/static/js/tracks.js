// Numbers that a game leaves with every tick, in arrays that grow.

/** @typedef {Uint8Array | Uint32Array | Int32Array | Float32Array} Numbers */

const FIRST = 1024; // ticks that there is room for at first
const GROWTH = 1.5;

/** @template {Numbers} T */
export class Track {
  /** @type {T} a tick: `width`. Longer than what has been written. */
  data;
  #Type;

  /** @param {new (length: number) => T} Type @param {number} width numbers a tick */
  constructor(Type, width) {
    this.#Type = Type;
    this.width = width;
    this.data = new Type(FIRST * width);
  }

  get bytes() {
    return this.data.byteLength;
  }

  /** Makes room for so many ticks.
   * @param {number} ticks
   */
  reach(ticks) {
    if (ticks * this.width <= this.data.length) return;
    const room = Math.max(ticks, Math.ceil((this.data.length / this.width) * GROWTH));
    const grown = new this.#Type(room * this.width);
    grown.set(this.data);
    this.data = grown;
  }

  /** A copy of the ticks from `from` up to `to`.
   * @param {number} from @param {number} to
   */
  slice(from, to) {
    return /** @type {T} */ (this.data.slice(from * this.width, to * this.width));
  }

  /** Writes ticks from `from` on.
   * @param {number} from @param {Numbers} numbers as `slice` returned them
   */
  put(from, numbers) {
    this.reach(from + numbers.length / this.width);
    this.data.set(numbers, from * this.width);
  }
}
