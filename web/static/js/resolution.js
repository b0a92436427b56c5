// How fine the picture is drawn: as fine as the display, coarser where drawing that is too slow.

const FRAMES = 60; // that are looked at together
const SLOW = 21; // ms a frame, in the median
const STEP = 0.75;
const COARSEST = 0.5; // pixels a CSS pixel
const GAIN = 0.92; // of the time that a frame took, or less: otherwise a step was for nothing

export class Resolution {
  #times = new Float64Array(FRAMES);
  #count = 0;
  #before = 0; // ms a frame before the last step, 0 if there was none
  #settled = false;
  #last = Number.NaN; // ms

  /** @param {number} finest pixels a CSS pixel */
  constructor(finest) {
    this.ratio = finest;
  }

  /** Takes note of a frame.
   * @param {number} now ms
   */
  frame(now) {
    const took = now - this.#last;
    this.#last = now;
    if (this.#settled || !(took < 250)) return; // the first one, or back from elsewhere
    this.#times[this.#count++] = took;
    if (this.#count < FRAMES) return;
    this.#count = 0;
    this.#judge(this.#times.sort()[FRAMES / 2]);
  }

  /** @param {number} took ms a frame, in the median */
  #judge(took) {
    if (this.#before && took > this.#before * GAIN) {
      this.ratio /= STEP; // the pixels were not what took so long
      this.#settled = true;
    } else if (took > SLOW && this.ratio * STEP >= COARSEST) {
      this.ratio *= STEP;
      this.#before = took;
    } else {
      this.#settled = true;
    }
  }
}
