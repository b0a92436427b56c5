// Colours of what is seen and of what matters. Orange and blue are kept for who drives.

/** On ink, of the codes 1, 2, 3, …; 0 is the ground. */
const CODES = ["#06d6a0", "#8594a3", "#f4f1ea", "#ff6b6b", "#ff9ec7", "#ffd166"];
const [INK, GROUND] = ["#0e1318", "#1b242c"];
const HEAT = "#a78bfa"; // on ink

/** @param {number} code of a picture */
export function codeColour(code) {
  return code === 0 ? GROUND : CODES[(code - 1) % CODES.length];
}

/** From the ground to the brightest.
 * @param {number} level 0 to 1
 */
export function levelColour(level) {
  return hex(mix(GROUND, CODES[2], level));
}

/** What a cell looks like that matters so much: dim and grey, up to full heat.
 * @param {string} colour #rrggbb @param {number} heat 0 to 1
 */
export function heated(colour, heat) {
  const [r, g, b] = mix(INK, colour, 0.45);
  const grey = Math.round(0.3 * r + 0.6 * g + 0.1 * b);
  return hex(mix(hex([grey, grey, grey]), HEAT, heat));
}

/** @param {string} from #rrggbb @param {string} to @param {number} share 0 to 1 */
function mix(from, to, share) {
  return [1, 3, 5].map((at) => {
    const [a, b] = [from, to].map((colour) => Number.parseInt(colour.slice(at, at + 2), 16));
    return Math.round(a + (b - a) * share);
  });
}

/** @param {number[]} parts red, green, blue */
function hex(parts) {
  return `#${parts.map((part) => part.toString(16).padStart(2, "0")).join("")}`;
}
