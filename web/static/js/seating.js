// Who sits where: seats, the one in focus, and how people take them over and hand them back.

import { handsOn } from "./hands.js";
import { leans } from "./keys.js";
import { Seat } from "./seats.js";

/** @typedef {import('./seats.js').Mind} Mind */

export class Seating {
  focus = 0; // the seat that keys drive and that is looked into
  version = 0; // grows when there is something else to show than the next tick
  lingering = false; // whether the end of a game is in sight, the next one not yet begun

  /**
   * @param {import('./env.js').Env} env
   * @param {Mind[]} minds one a seat; if fewer, the last again
   */
  constructor(env, minds) {
    this.env = env;
    this.spec = env.spec;
    /** @type {Mind} */
    const usual = { kind: this.spec.has.script ? "scripted" : "random" };
    this.seats = Array.from({ length: env.seats }, (_, i) => {
      const mind = minds[i] ?? minds.at(-1) ?? usual;
      return new Seat(i, mind, handsOn(this.spec));
    });
  }

  /** The seat that a key or a pointer means: the one in focus, or the seat to move; -1 for none.
   * @param {number} seat as a key's binding names it, -1 for no seat of its own
   */
  seatFor(seat) {
    if (seat >= 0) return seat < this.seats.length ? seat : -1;
    if (!this.spec.turn_based) return this.focus;
    const mover = this.seats.find((s) => this.env.active[s.index]);
    if (!mover || this.lingering) return -1;
    // While a person plays, the agents on the other side are not taken over by a hasty click.
    const taken = mover.person || !this.seats.some((s) => s.person);
    return taken ? mover.index : -1;
  }

  /** A person is about to drive a seat: what is shown is played on, if it is past.
   * @param {number} _seat
   */
  playOn(_seat) {}

  /** A control is pressed: takes the seat, if it is not yet a person's.
   * @param {number} seat as a key's binding names it
   * @param {number} head @param {number} choice
   * @param {boolean} [held] until `release`; otherwise it is over at once
   * @returns {number} the seat it was for, -1 for none
   */
  press(seat, head, choice, held = true) {
    const index = this.seatFor(seat);
    if (index < 0) return -1;
    const { mask, choices } = this.env;
    const start =
      index * choices +
      this.env.spec.interface.action.heads.slice(0, head).reduce((sum, h) => sum + h.n, 0);
    const masked = this.spec.turn_based && mask && !leans(this.spec);
    if (masked && !mask[start + choice]) {
      if (this.seats.some((s) => s.person)) return -1;
      this.takeOver(index, false); // nobody played: now the game waits for a choice that there is
      return index;
    }
    const { hands } = this.#touch(index);
    if (this.spec.turn_based) hands.drop(); // the last choice counts
    if (this.spec.turn_based || !held) hands.tap(head, choice);
    else hands.press(head, choice);
    return index;
  }

  /** A stick is pushed, or let go: pushed, it takes the seat as a key does.
   * @param {number} seat as a key's binding names it @param {number} head
   * @param {number} value -1 to 1, 0 for let go
   * @returns {number} the seat it was for, -1 for none
   */
  lean(seat, head, value) {
    const index = this.seatFor(seat);
    if (index < 0 || (value === 0 && !this.seats[index].person)) return -1;
    this.#touch(index).hands.lean(head, value);
    return index;
  }

  /** A person does something on a seat: it is theirs.
   * @param {number} index
   */
  #touch(index) {
    const seat = this.seats[index];
    this.playOn(index);
    if (!seat.person) this.takeOver(index, false);
    seat.idle = 0;
    return seat;
  }

  /** A pointer over the scene, in a game that has something to aim: pressed, it takes the seat in
   * focus; from then on it aims wherever it is.
   * @param {import('./hands.js').Pointer} pointer
   * @returns {boolean} whether a person drives the seat
   */
  aim(pointer) {
    if (!pointer.down && !this.seats[this.focus].person) return false;
    this.#touch(this.focus).hands.point(pointer);
    return true;
  }

  /** @param {number} seat as `press` returned it @param {number} head @param {number} choice */
  release(seat, head, choice) {
    this.seats[seat]?.hands.release(head, choice);
  }

  /** Lets go of every control, of all seats. */
  releaseAll() {
    for (const seat of this.seats) seat.hands.drop();
  }

  /** @param {number} seat @param {boolean} pinned whether it is kept until handed back */
  takeOver(seat, pinned) {
    this.playOn(seat);
    this.seats[seat].takeOver(pinned);
    this.focus = seat;
    this.version++;
  }

  /** @param {number} seat */
  handBack(seat) {
    this.seats[seat].handBack();
    this.version++;
  }

  /** What the takeover key does: an agent's seat and one that is not yet pinned are taken for good,
   * a pinned one, and a person's in a turn-based game, is handed back.
   * @param {number} [seat]
   */
  toggle(seat = this.focus) {
    const { person, pinned } = this.seats[seat];
    if (person && (pinned || this.spec.turn_based)) this.handBack(seat);
    else this.takeOver(seat, true);
  }

  /** @param {number} seat */
  setFocus(seat) {
    this.focus = Math.max(0, Math.min(seat, this.seats.length - 1));
    this.version++;
  }
}
