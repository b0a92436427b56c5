// Time in ticks: however often it is asked, the same span of time gives the same number of ticks.

const LONGEST = 250; // ms of wall time that one call may add, and that may be owed

export const SPEEDS = [0.25, 0.5, 1, 2, 4, 8, 16];

export class Clock {
  #last = Number.NaN;
  elapsed = 0; // ms of play since the last tick
  speed = 1;

  #waits;

  /** @param {number} ticksPerSecond @param {boolean} waits for players, so that no tick is owed */
  constructor(ticksPerSecond, waits = false) {
    this.period = 1000 / ticksPerSecond;
    this.#waits = waits;
  }

  /** Moves on to `now`; returns the ms of wall time since the call before. While it is not
   * `running`, time stops at the end of the running tick.
   * @param {number} now ms @param {boolean} running
   */
  advance(now, running) {
    const passed = Math.min(Math.max(now - this.#last, 0) || 0, LONGEST);
    this.#last = now;
    const owed = this.#waits ? Infinity : Math.max(2 * this.period, LONGEST * this.speed);
    const next = Math.min(this.elapsed + passed * this.speed, running ? owed : this.period);
    this.elapsed = Math.max(this.elapsed, next);
    return passed;
  }

  /** Whether a tick is due; the tiny allowance keeps sums of fractions from coming late. */
  get due() {
    return this.elapsed >= this.period - 1e-6;
  }

  /** Takes a tick that is due off what has elapsed. */
  take() {
    this.elapsed = Math.max(this.elapsed - this.period, 0);
  }

  /** Begins the next tick now. */
  restart() {
    this.elapsed = 0;
  }

  /** Ends the running tick at once; the next one is due. */
  settle() {
    this.elapsed = this.period;
  }

  /** How far the running tick has got, 0 to 1. */
  get phase() {
    return Math.min(this.elapsed / this.period, 1);
  }
}
