// Which inputs a policy's answer hangs on: each is replaced by something neutral, the policy is asked
// again, and how far its answer moves is what that input matters. Nothing here runs a policy.

import { greedy, softmax } from "./sampler.js";
import { countInputs } from "./sight.js";

/**
 * @typedef {import('./policy.js').Thoughts} Thoughts
 * @typedef {import('./types.js').Interface} Interface
 * @typedef {import('./sight.js').Sight} Sight
 * @typedef {'action' | 'policy' | 'value'} Measure of how far an answer has moved
 *
 * @typedef {object} Moment what was asked about, copied when the sweep began
 * @property {Float32Array} obs of one seat
 * @property {Uint8Array | null} mask
 * @property {ArrayLike<number> | null} chosen one a head; null where it has not been drawn yet: the
 *   likeliest then stands for it
 *
 * @typedef {object} Batch
 * @property {Float32Array} obs rows of observations
 * @property {number} count
 */

/** @type {Measure[]} */
export const MEASURES = ["action", "policy", "value"];
const TINY = 1e-12; // the least probability that is told from none

/** The inputs that matter most, the hottest first.
 * @param {Sight[]} sights @param {Float32Array} heat by input @param {number} count at most
 */
export function hottest(sights, heat, count) {
  /** @type {{sight: Sight, i: number, hot: number}[]} */
  const top = [];
  for (const sight of sights) {
    for (let i = 0; i < sight.inputs; i++) {
      const hot = heat[sight.first + i];
      if (top.length === count && hot <= top[count - 1].hot) continue;
      if (top.length === count) top.pop();
      top.push({ sight, i, hot });
      top.sort((a, b) => b.hot - a.hot);
    }
  }
  return top;
}

/** All inputs of one moment, replaced one by one; in batches, the first of which begins with the
 * observation as it is.
 */
export class Sweep {
  #moment;
  #action;
  #answer = /** @type {Answer | null} */ (null); // to the observation as it is
  /** @type {{sight: Sight, i: number}[]} inputs that replacing changes */
  #asked = [];
  #made = 0; // rows handed out, the first of all included
  #taken = 0;
  #neutral;

  /** @type {Record<Measure, Float32Array>} what each input matters, by the number of the input */
  heat;
  /** @type {Record<Measure, boolean>} whether the policy tells enough */
  told = { action: false, policy: false, value: false };

  /** @param {Sight[]} sights @param {Interface} interface_
   * @param {import('./neutral.js').Neutral} neutral @param {Moment} moment
   */
  constructor(sights, interface_, neutral, moment) {
    this.#moment = moment;
    this.#action = interface_.action;
    this.#neutral = neutral;
    const inputs = countInputs(sights);
    const blank = () => new Float32Array(inputs);
    this.heat = { action: blank(), policy: blank(), value: blank() };
    const trial = moment.obs.slice();
    for (const sight of sights) {
      for (let i = 0; i < sight.inputs; i++) {
        if (neutral.replace(sight, i, moment.obs, trial, 0)) this.#asked.push({ sight, i });
      }
    }
  }

  /** Rows to be asked about in all. */
  get rows() {
    return 1 + this.#asked.length;
  }

  get done() {
    return this.#taken === this.rows;
  }

  /** The next rows, `most` of them or fewer.
   * @param {number} most
   * @returns {Batch}
   */
  next(most) {
    const { obs } = this.#moment;
    const count = Math.min(most, this.rows - this.#made);
    const rows = new Float32Array(count * obs.length);
    for (let r = 0; r < count; r++) {
      rows.set(obs, r * obs.length);
      const asked = this.#asked[this.#made + r - 1];
      if (asked) this.#neutral.replace(asked.sight, asked.i, obs, rows, r * obs.length);
    }
    this.#made += count;
    return { obs: rows, count };
  }

  /** The answers to the rows that `next` gave, in the same order.
   * @param {Thoughts} thoughts @param {number} count
   */
  take(thoughts, count) {
    for (let r = 0; r < count; r++) {
      const answer = new Answer(this.#action, thoughts, r, this.#moment);
      const asked = this.#asked[this.#taken + r - 1];
      if (!asked) {
        this.#answer = answer;
        this.told = answer.told;
      } else if (this.#answer) {
        const moved = this.#answer.distance(answer);
        for (const measure of MEASURES) {
          this.heat[measure][asked.sight.first + asked.i] = moved[measure];
        }
      }
    }
    this.#taken += count;
  }
}

/** What a policy says to one row. */
class Answer {
  #action;
  #chosen;
  #value;
  /** @type {Float64Array[]} probabilities by head, of discrete actions that are explained */
  #chances = [];
  /** @type {number[]} by head: of continuous actions, or of those that are only chosen */
  #middles = [];
  /** @type {number[]} log of the standard deviation by head, 0 where it is not told */
  #spreads = [];

  /** @param {Interface['action']} action @param {Thoughts} thoughts @param {number} row
   * @param {Moment} moment
   */
  constructor(action, thoughts, row, { mask, chosen }) {
    this.#action = action;
    this.#chosen = chosen;
    this.#value = thoughts.value ? thoughts.value[row] : Number.NaN;
    const { heads } = action;
    const sure = thoughts.mean ?? thoughts.action;
    const width = heads.reduce((sum, { n }) => sum + n, 0);
    let at = 0;
    heads.forEach(({ n }, h) => {
      const place = row * heads.length + h;
      if (thoughts.logits) {
        const chances = new Float64Array(n);
        softmax(thoughts.logits, row * width + at, n, chances, mask, at);
        this.#chances.push(chances);
      } else if (sure) {
        this.#middles.push(sure[place]);
        this.#spreads.push(thoughts.logStd ? thoughts.logStd[place] : 0);
      }
      at += n;
    });
  }

  get told() {
    const acts = this.#chances.length + this.#middles.length > 0;
    const policy = this.#chances.length > 0 || this.#action.type === "continuous";
    return { action: acts, policy: acts && policy, value: !Number.isNaN(this.#value) };
  }

  /** How far another answer is from this one.
   * @param {Answer} other
   * @returns {Record<Measure, number>}
   */
  distance(other) {
    const moved = { action: 0, policy: 0, value: Math.abs(other.#value - this.#value) || 0 };
    this.#chances.forEach((p, h) => {
      const q = other.#chances[h];
      const a = this.#chosen?.[h] ?? greedy(p, 0, p.length);
      moved.action += Math.abs(Math.log(Math.max(q[a], TINY)) - Math.log(Math.max(p[a], TINY)));
      for (let i = 0; i < p.length; i++) {
        if (p[i] > 0) moved.policy += p[i] * Math.log(p[i] / Math.max(q[i], TINY));
      }
    });
    this.#middles.forEach((middle, h) => {
      const far = other.#middles[h] - middle;
      if (this.#action.type !== "continuous") {
        moved.action += far === 0 ? 0 : 1; // it tells only its choice: whether that is another
        return;
      }
      const [s, t] = [this.#spreads[h], other.#spreads[h]];
      moved.action += Math.abs(far) / Math.exp(s);
      moved.policy += t - s + (Math.exp(2 * s) + far * far) / (2 * Math.exp(2 * t)) - 0.5;
    });
    moved.policy = Math.max(moved.policy, 0); // but for rounding it never is less
    return moved;
  }
}

const TARGET_MS = 4; // that one batch may take
const [FIRST, MOST] = [8, 128]; // rows of a batch

/** How many rows to ask about at once so that the answer takes a few ms. */
export class Pace {
  static most = MOST;
  rows = FIRST;

  /** Takes note of how long an answer took; a batch grows to twice its size at most.
   * @param {number} rows @param {number} ms
   */
  took(rows, ms) {
    const fit = Math.floor((TARGET_MS * rows) / Math.max(ms, 0.01));
    this.rows = Math.max(1, Math.min(fit, 2 * this.rows, MOST));
  }
}
