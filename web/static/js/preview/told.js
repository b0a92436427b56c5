// What the preview's server tells the page, and how it is put in words. It only computes.

/**
 * @typedef {{file: string, line: number, column: number, message: string}} BuildError
 * @typedef {{env: string, version: string, layout: string, state: string, text: string,
 *   errors: BuildError[]}} Build
 * @typedef {{check: string, level: 'error' | 'warning', message: string, advice: string,
 *   file: string, line: number}} Finding
 * @typedef {{state: string, findings: Finding[], checks: number, notes: string[]}} Doctor
 * @typedef {{state: string, policies: string[], text: string}} Training policies: oldest first
 */

/** Findings to show over the page. That the playthrough is out of date is so after every save that
 * changes rules: the panel says it, nothing covers the game for it.
 * @param {Doctor} doctor
 */
export function pressing({ findings }) {
  return findings.filter(({ check }) => check !== "golden-stale");
}

/** @param {Doctor} doctor */
export function doctorNote({ state, findings, checks }) {
  if (state === "failed") return "failed";
  if (state !== "done") return "at work";
  const count = (/** @type {string} */ level) => findings.filter((f) => f.level === level).length;
  const said = ["error", "warning"]
    .map((level) => ({ level, n: count(level) }))
    .filter(({ n }) => n)
    .map(({ level, n }) => `${n} ${level}${n > 1 ? "s" : ""}`);
  return said.join(", ") || `nothing in ${checks} checks`;
}

/** @param {Finding} finding */
export function findingLine({ file, line, check, message, advice }) {
  return `${file}:${line}  ${check}: ${message}. ${upper(advice)}.`;
}

/** @param {string} text */
function upper(text) {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

/** That policies play which may not know the rules: made for other ones than the recorded playthrough
 * shows, or for that one, when it is out of date itself.
 * @param {import('../types.js').Spec} spec @param {import('../seats.js').Seat[]} seats
 * @param {boolean} stale whether the playthrough is not what the rules make of it
 * @returns {string} '' if there are none
 */
export function rulesLine({ dynamics_version: now }, seats, stale) {
  const policies = seats.flatMap(({ mind }) => (mind.kind === "policy" ? [mind.policy] : []));
  /** @param {(rules: string) => boolean} those */
  const named = (those) =>
    [...new Set(policies.filter(({ rules }) => rules && those(rules)).map((p) => p.name))]
      .map((name) => `“${name}”`)
      .join(", ");
  const older = named((rules) => rules !== now);
  const unsure = stale ? named((rules) => rules === now) : "";
  return [
    older && `Trained by other rules: ${older}. Train and export anew.`,
    unsure && `Perhaps trained by older rules, since golden.txt is out of date: ${unsure}.`,
  ]
    .filter(Boolean)
    .join(" ");
}

/** What to say of the training beside the preview.
 * @param {Training} training
 */
export function trainingLine({ state, policies, text }) {
  if (state === "failed") return text;
  return policies.length ? `Newest policy in training: ${policies.at(-1)}.` : "";
}
