// When games end that people play, in words. It only computes.

import { outcome, seatNames } from "./names.js";

export class Endings {
  #session;
  #names;
  /** @type {number[]} episodes that have ended, by seat, when asked last */
  #known;

  /** @param {import('./session.js').Session} session */
  constructor(session) {
    this.#session = session;
    this.#names = seatNames(session.spec, session.seats.length);
    this.#known = session.seats.map((seat) => seat.episodes);
  }

  /** What has come of episodes of people that ended since the last call; '' if none did, and of what
   * is seen again.
   */
  next() {
    const { seats, past, spec } = this.#session;
    const ended = seats.filter(
      ({ person, episodes, index }) => !past && person && episodes > this.#known[index],
    );
    this.#known = seats.map((seat) => seat.episodes);
    return outcome(spec, ended, this.#names);
  }
}
