// How fine the picture is drawn: as fine as the display, coarser where drawing that is too slow.

const FRAMES = 60; // that are looked at together, fewer where they take long
const LOOK_MS = 1500;
const AWAY_MS = 2000; // a longer pause is no frame
const SLOW = 21; // ms a frame, in the median
const STEP = 0.75;
const COARSEST = 0.5; // pixels a CSS pixel
const GAIN = 0.92; // of the time that a frame took, or less: otherwise a step was for nothing

export class Resolution {
  #times = new Float64Array(FRAMES);
  #count = 0;
  #sum = 0; // of the times
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
    if (this.#settled || !(took < AWAY_MS)) return; // or the first one
    this.#times[this.#count++] = took;
    this.#sum += took;
    if (this.#count < FRAMES && (this.#sum < LOOK_MS || this.#count < 6)) return;
    const times = this.#times.subarray(0, this.#count).sort();
    this.#judge(times[times.length >> 1]);
    this.#count = 0;
    this.#sum = 0;
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
