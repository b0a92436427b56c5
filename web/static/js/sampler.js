// Chance: the generator that draws a policy's actions, and the rule by which it draws them. The
// exporter's Python and these lines give the same actions (tests/vectors/sampler.json).

const MASK = (1n << 64n) - 1n;

/** splitmix64 (Steele, Lea, Flood, 2014): spreads a seed over 64 bits.
 * @param {bigint | number} seed
 */
export function scramble(seed) {
  let x = (BigInt(seed) + 0x9e3779b97f4a7c15n) & MASK;
  x = ((x ^ (x >> 30n)) * 0xbf58476d1ce4e5b9n) & MASK;
  x = ((x ^ (x >> 27n)) * 0x94d049bb133111ebn) & MASK;
  return x ^ (x >> 31n);
}

/** PCG XSH-RR 64/32 (O'Neill, 2014), its state in two halves so that a draw allocates nothing. */
export class Rng {
  #high = 0;
  #low = 0;

  /** @param {bigint | number} seed */
  constructor(seed) {
    this.state = scramble(seed);
  }

  get state() {
    return (BigInt(this.#high >>> 0) << 32n) | BigInt(this.#low >>> 0);
  }

  set state(value) {
    this.#high = Number(value >> 32n) | 0;
    this.#low = Number(value & 0xffffffffn) | 0;
  }

  /** Writes the state, so that a draw can be made again.
   * @param {Uint32Array} into @param {number} at of two numbers
   */
  save(into, at) {
    into[at] = this.#high;
    into[at + 1] = this.#low;
  }

  /** @param {Uint32Array} from as `save` wrote it @param {number} at */
  load(from, at) {
    this.#high = from[at] | 0;
    this.#low = from[at + 1] | 0;
  }

  /** A whole number over all 32 bits. */
  next() {
    const high = this.#high;
    const low = this.#low;
    // state * 6364136223846793005 + 1442695040888963407, in 64 bits
    const product = Math.imul(low, 0x5851f42d) + Math.imul(high, 0x4c957f2d) + carry(low);
    const sum = (Math.imul(low, 0x4c957f2d) >>> 0) + 0xf767814f;
    this.#low = sum | 0;
    this.#high = (product + 0x14057b7e + (sum > 0xffffffff ? 1 : 0)) | 0;
    // the low half of ((state >> 18) ^ state) >> 27, turned right by the top five bits
    const mixedLow = ((low >>> 18) | (high << 14)) ^ low;
    const mixedHigh = (high >>> 18) ^ high;
    const xored = (mixedLow >>> 27) | (mixedHigh << 5);
    const turn = high >>> 27;
    return ((xored >>> turn) | (xored << (-turn & 31))) >>> 0;
  }

  /** In [0, 1), in steps of 2^-24. */
  unit() {
    return (this.next() >>> 8) * 2 ** -24;
  }

  /** A whole number in [0, n).
   * @param {number} n
   */
  below(n) {
    return Math.floor((this.next() * n) / 2 ** 32);
  }
}

/** The high half of low * 0x4c957f2d, both without sign.
 * @param {number} low
 */
function carry(low) {
  const a = low >>> 16;
  const b = low & 0xffff;
  const middle = a * 0x7f2d + ((b * 0x7f2d) >>> 16);
  const cross = b * 0x4c95 + (middle % 0x10000);
  return a * 0x4c95 + Math.floor(middle / 0x10000) + Math.floor(cross / 0x10000);
}

/** Probabilities of one head's choices, in float64; what the mask forbids gets 0.
 * @param {ArrayLike<number>} logits
 * @param {number} from index of the head's first logit
 * @param {number} n
 * @param {Float64Array} into from index 0
 * @param {ArrayLike<number> | null} [mask] indexed like logits, from maskFrom
 */
export function softmax(logits, from, n, into, mask = null, maskFrom = 0, temperature = 1) {
  let top = -Infinity;
  for (let i = 0; i < n; i++) {
    if (!mask || mask[maskFrom + i]) top = Math.max(top, logits[from + i] / temperature);
  }
  let sum = 0;
  for (let i = 0; i < n; i++) {
    const allowed = !mask || mask[maskFrom + i];
    into[i] = allowed ? Math.exp(logits[from + i] / temperature - top) : 0;
    sum += into[i];
  }
  for (let i = 0; i < n; i++) into[i] /= sum;
}

/** The first choice whose cumulative probability exceeds u, the last allowed one if none does.
 * @param {Float64Array} probabilities
 * @param {number} n
 * @param {number} u
 */
export function pick(probabilities, n, u) {
  let sum = 0;
  let last = 0;
  for (let i = 0; i < n; i++) {
    sum += probabilities[i];
    if (probabilities[i] > 0) last = i;
    if (sum > u) return i;
  }
  return last;
}

/** The first of the largest logits that the mask allows.
 * @param {ArrayLike<number>} logits
 * @param {number} from index of the head's first logit
 * @param {number} n
 * @param {ArrayLike<number> | null} [mask]
 */
export function greedy(logits, from, n, mask = null, maskFrom = 0) {
  let best = -1;
  for (let i = 0; i < n; i++) {
    if (mask && !mask[maskFrom + i]) continue;
    if (best < 0 || logits[from + i] > logits[from + best]) best = i;
  }
  return Math.max(best, 0);
}

/** A value in [-1, 1] about `mean`, by Box and Muller's two draws.
 * @param {Rng} rng @param {number} mean @param {number} logStd
 */
export function drawNormal(rng, mean, logStd) {
  const u1 = rng.unit();
  const u2 = rng.unit();
  const normal = Math.sqrt(-2 * Math.log(1 - u1)) * Math.cos(2 * Math.PI * u2);
  return clamp(mean + Math.exp(logStd) * normal);
}

/** @param {number} value */
export function clamp(value) {
  return Math.max(-1, Math.min(1, value));
}

/** The likeliest of many choices, likeliest first, among them those that are to be kept in any case.
 * @param {Float64Array} chances @param {number} n of them @param {number} most to be returned
 * @param {number[]} kept
 * @returns {number[]}
 */
export function likeliest(chances, n, most, kept) {
  const weight = (/** @type {number} */ i) => chances[i] + (kept.includes(i) ? 1 : 0);
  const all = Array.from({ length: n }, (_, i) => i);
  const some = all.sort((a, b) => weight(b) - weight(a) || a - b).slice(0, most);
  return some.sort((a, b) => chances[b] - chances[a] || a - b);
}
