// What is said of a replay that was opened, or that cannot be.

import { moment } from "./curves.js";
import { seatNames } from "./names.js";

/**
 * @typedef {import('./replay.js').Replay} Replay
 * @typedef {import('./types.js').Spec} Spec
 */

/** A replay in short: '1:05.3, 1,959 ticks, seed 7'.
 * @param {Replay} replay @param {Spec} spec
 */
export function summary({ ticks, seed }, spec) {
  const count = ticks.toLocaleString("en");
  return `${moment(ticks, spec.ticks_per_second)}, ${count} ticks, seed ${seed}`;
}

/** Whether it is what was played, and if not, up to where.
 * @param {{sameRules: boolean, trouble: string}} fit @param {{agreed: number, differs: number}} retold
 * @param {Spec} spec
 * @returns {{kind: 'good' | 'warning', text: string}}
 */
export function verdict({ sameRules, trouble }, { agreed, differs }, spec) {
  /** @param {number} tick */
  const at = (tick) => `${moment(tick, spec.ticks_per_second)} (tick ${tick})`;
  if (differs < 0 && sameRules) {
    return { kind: "good", text: "Checked: every hash agrees, this is what was played." };
  }
  if (differs < 0) {
    const text = `It was ${trouble}, but every hash agrees: this is what was played.`;
    return { kind: "good", text };
  }
  const why = sameRules
    ? "This is not what was played: the file was altered, or made by other code."
    : `It was ${trouble}.`;
  const far = agreed < 0 ? "No hash agrees" : `Its hashes agree up to ${at(agreed)}`;
  const rest = "What comes after can be watched and played on from, but it is not what was played.";
  return { kind: "warning", text: `${why} ${far}; the one at ${at(differs)} differs. ${rest}` };
}

/** Who sits where now in the place of a policy that the page does not have.
 * @param {Spec} spec @param {{seat: number, name: string, sha256: string, instead: string}[]} missing
 * @param {number} seats
 * @returns {string} '' if none is missing
 */
export function replacements(spec, missing, seats) {
  const names = seatNames(spec, seats);
  /** @type {Map<string, number[]>} */
  const alike = new Map();
  for (const { seat, name, sha256, instead } of missing) {
    const file = sha256 ? ` (${sha256.slice(0, 8)}…)` : "";
    const text = `“${name}”${file}, which this page does not have; “${instead}” sits there now`;
    alike.set(text, [...(alike.get(text) ?? []), seat]);
  }
  const words = [...alike].map(([text, which]) => {
    const where = which.length === seats && seats > 1 ? ["All seats"] : which.map((i) => names[i]);
    return `${where.join(", ")} had ${text}.`;
  });
  return words.join(" ");
}
