// What the policy of one seat remembered at the last few hundred ticks.

/** @typedef {import('./seats.js').AnyPolicy} Policy */

export const ROOM = 240; // ticks

export class Trail {
  #seat = -1;
  /** @type {Policy | null} */
  #policy = null;
  #values = new Float32Array(); // ROOM places of so many units
  #ticks = new Int32Array(ROOM).fill(-1); // which tick is at a place

  /** Of what is kept. */
  get units() {
    return this.#policy?.stateSize ?? 0;
  }

  /** Keeps what a policy remembers for a seat, from now on; what was kept of another is dropped.
   * @param {number} seat @param {Policy} policy
   * @returns {boolean} whether it is another
   */
  follow(seat, policy) {
    if (seat === this.#seat && policy === this.#policy) return false;
    this.#seat = seat;
    this.#policy = policy;
    this.#values = new Float32Array(ROOM * policy.stateSize);
    this.forget(0);
    return true;
  }

  /** Keeps what a policy remembers before it chooses for a tick, if it is followed.
   * @param {number} tick @param {Policy} policy
   */
  note(tick, policy) {
    if (policy !== this.#policy) return;
    const place = tick % ROOM;
    const [from, size] = [this.#seat * policy.stateSize, policy.stateSize];
    this.#ticks[place] = tick;
    this.#values.set(policy.memory.subarray(from, from + size), place * size);
  }

  /** Drops what belongs to a tick and those after it.
   * @param {number} tick
   */
  forget(tick) {
    this.#ticks.forEach((kept, place) => {
      if (kept >= tick) this.#ticks[place] = -1;
    });
  }

  /** One number a unit, null where nothing is kept of that tick. Good until the next `note`.
   * @param {number} tick
   */
  at(tick) {
    const place = ((tick % ROOM) + ROOM) % ROOM;
    if (this.#ticks[place] !== tick) return null;
    return this.#values.subarray(place * this.units, (place + 1) * this.units);
  }
}

/** A picture of what is kept: a column a tick, a row a unit, above zero and below it in two colours, the
 * stronger the farther; clear where nothing is kept.
 * @param {Trail} trail @param {number} from the first tick @param {number} to the tick after the last
 * @param {Uint8ClampedArray} into to - from columns of `units` rows: red, green, blue, alpha
 * @param {[number, number, number][]} colours below and above zero
 * @returns {number} the largest size of a number, that of the strongest colour; 0 for none
 */
export function paint(trail, from, to, into, [below, above]) {
  let most = 0;
  for (let tick = from; tick < to; tick++) {
    for (const value of trail.at(tick) ?? []) most = Math.max(most, Math.abs(value));
  }
  into.fill(0);
  const columns = to - from;
  for (let tick = from; tick < to; tick++) {
    trail.at(tick)?.forEach((value, unit) => {
      const at = 4 * (unit * columns + tick - from);
      into.set(value < 0 ? below : above, at);
      into[at + 3] = most > 0 ? Math.round((255 * Math.abs(value)) / most) : 0;
    });
  }
  return most;
}
