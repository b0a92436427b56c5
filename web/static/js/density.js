// What a continuous action is drawn from: a normal distribution, clipped to [-1, 1], so that all beyond
// an end comes out at that end.

const POINTS = 48;
const REACH = 4; // standard deviations; beyond them is 1 of 16,000

/** The error function, to 2e-7 (Abramowitz and Stegun, 7.1.26).
 * @param {number} x
 */
function erf(x) {
  const t = 1 / (1 + 0.3275911 * Math.abs(x));
  const series =
    t *
    (0.254829592 + t * (-0.284496736 + t * (1.421413741 + t * (-1.453152027 + t * 1.061405429))));
  return Math.sign(x) * (1 - series * Math.exp(-x * x));
}

/** The share of a normal distribution that lies below x.
 * @param {number} x @param {number} mean @param {number} deviation
 */
function below(x, mean, deviation) {
  return (1 + erf((x - mean) / (deviation * Math.SQRT2))) / 2;
}

/** The density inside [-1, 1] at points in order, and the shares that come out at its ends.
 * @param {number} mean @param {number} deviation above 0
 * @returns {{at: number[], height: number[], low: number, high: number}} no points where nearly all
 *   lies beyond an end
 */
export function clippedNormal(mean, deviation) {
  const from = Math.max(-1, mean - REACH * deviation);
  const to = Math.min(1, mean + REACH * deviation);
  const low = below(-1, mean, deviation);
  const high = 1 - below(1, mean, deviation);
  if (from >= to) return { at: [], height: [], low, high };
  const at = Array.from({ length: POINTS }, (_, i) => from + ((to - from) * i) / (POINTS - 1));
  const scale = 1 / (deviation * Math.sqrt(2 * Math.PI));
  const height = at.map((x) => scale * Math.exp(-(((x - mean) / deviation) ** 2) / 2));
  return { at, height, low, high };
}
