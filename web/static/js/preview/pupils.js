// Policies that come while a game trains: each is listed as it comes, and seats that nobody has chosen
// another mind for go over to the newest.

import { openMind } from "../load.js";

/** @typedef {import('../session.js').Session} Session */

export class Pupils {
  #session;
  #shelf;
  /** @type {(string | null)[]} by seat: the mind that was seated without being asked for */
  #seated;
  /** @type {(string | null)[]} by seat: a policy to go back to once it is listed */
  #wanted;

  /** @param {Session} session @param {import('../load.js').Shelf} shelf */
  constructor(session, shelf) {
    this.#session = session;
    this.#shelf = shelf;
    this.#seated = session.seats.map((seat) => seat.mindName);
    this.#wanted = session.seats.map(() => null);
  }

  /** Whether a seat goes over to newer policies by itself.
   * @param {number} seat
   */
  follows(seat) {
    return this.#session.seats[seat].mindName === this.#seated[seat];
  }

  /** Seats who sat there before the page was loaded anew.
   * @param {import('./kept.js').KeptSeat[]} kept
   */
  async restore(kept) {
    for (const { index } of this.#session.seats) {
      const before = kept[index];
      if (!before || before.follows) continue;
      this.#seated[index] = null;
      const { mind } = before;
      if (mind === "scripted" || mind === "random") await this.#seat(index, mind);
      else if (this.#shelf.names.includes(mind)) await this.#seat(index, `policy:${mind}`);
      else this.#wanted[index] = mind;
    }
  }

  /** Lists policies and seats the newest.
   * @param {string[]} policies names, oldest first
   */
  async come(policies) {
    for (const name of policies) {
      if (this.#shelf.names.includes(name)) continue;
      const base = `/preview/policies/${encodeURIComponent(name)}`;
      this.#shelf.ship({
        name,
        rating: "",
        sha256: "",
        onnx: `${base}.onnx`,
        sidecar: `${base}.json`,
      });
    }
    const newest = policies.at(-1);
    if (!newest) return;
    for (const { index } of this.#session.seats) {
      const wanted = this.#wanted[index];
      if (wanted && policies.includes(wanted)) {
        this.#wanted[index] = null;
        await this.#seat(index, `policy:${wanted}`);
      } else if (this.follows(index)) {
        await this.#seat(index, `policy:${newest}`);
        this.#seated[index] = this.#session.seats[index].mindName;
      }
    }
  }

  /** @param {number} seat @param {string} driver */
  async #seat(seat, driver) {
    const { mind, trouble } = await openMind(this.#shelf, driver, this.#session.spec);
    this.#session.setMind(seat, mind, trouble);
  }
}
