// Whose convention a file follows, told by its tensors, and what each tensor is for. The conventions
// are facts in conventions.json; trainer/conventions.py goes by the same rules, with the same words.

import { PolicyError } from "./policy.js";

/**
 * @typedef {import('./types.js').Interface} Interface
 * @typedef {import('./onnx-file.js').TensorInfo} TensorInfo
 *
 * @typedef {object} InputRule
 * @property {string} [name] in which a hash stands for a number; none where the position says it
 * @property {Role} role
 * @property {string} [next] the output that holds the next value of a state
 * @property {string[]} [axes] of the tensor, if the batch is not first
 * @property {boolean} [optional]
 *
 * @typedef {object} OutputRule
 * @property {string} [name]
 * @property {string} role choice, sampled, value, log_std or fact
 * @property {string} [of] type of action that it is for; none for either
 * @property {boolean} [optional]
 *
 * @typedef {object} Convention
 * @property {string} id
 * @property {string} title
 * @property {'position'} [by]
 * @property {InputRule[]} inputs
 * @property {OutputRule[]} outputs
 *
 * @typedef {'obs' | 'mask' | 'state' | 'ones' | 'zeros'} Role
 *
 * @typedef {object} Feed one input and what goes into it
 * @property {string} name
 * @property {Role} role
 * @property {number} type of ONNX
 * @property {number[]} shape of one row
 * @property {number} size values a row
 * @property {number} axis where the batch stands among the tensor's dimensions
 * @property {string} next
 *
 * @typedef {object} Plan how a file is read
 * @property {string} convention
 * @property {string} title
 * @property {number | null} batch rows of every run, where the file fixes them
 * @property {Feed[]} feeds
 * @property {{name: string, role: string, of: string}[]} outputs
 * @property {number} stateSize values of memory a row, over all states in their order
 */

const ACTS = ["choice", "sampled"]; // roles that say what to do

/** @param {readonly (string | number | null)[]} items as Python writes a list */
export function listed(items) {
  const shown = items.map((item) => (typeof item === "string" ? `'${item}'` : (item ?? "None")));
  return `[${shown.join(", ")}]`;
}

/** The plan by which a file is read for an environment. Throws a PolicyError where no convention
 * fits its names, or an input does not fit the environment.
 * @param {Convention[]} conventions in the order in which they are tried
 * @param {TensorInfo[]} inputs
 * @param {string[]} outputs
 * @param {Interface} interface_
 * @returns {Plan}
 */
export function makePlan(conventions, inputs, outputs, interface_) {
  const names = inputs.map(({ name }) => name);
  for (const convention of conventions) {
    const found = match(convention, names, outputs);
    if (!found) continue;
    const feeds = makeFeeds(inputs, found.roles, interface_);
    const fixed = feeds.map(({ axis }, i) => inputs[i].shape[axis] ?? null);
    const batches = [...new Set(fixed.filter((n) => n !== null))].sort((a, b) => a - b);
    if (batches.length > 1) {
      const seen = listed(batches);
      throw new PolicyError(`batch: inputs are fixed to ${seen} rows, want one number`);
    }
    return {
      convention: convention.id,
      title: convention.title,
      batch: batches[0] ?? null,
      feeds,
      outputs: found.acts,
      stateSize: feeds.reduce((sum, feed) => sum + (feed.role === "state" ? feed.size : 0), 0),
    };
  }
  const known = conventions.map(({ title }) => title).join(", ");
  const seen = `${listed(names)} to ${listed(outputs)}`;
  throw new PolicyError(`tensors: ${seen} fit no convention of ${known}`);
}

/** What each input and each output is for; null if the convention does not fit.
 * @param {Convention} convention @param {string[]} inputs @param {string[]} outputs
 */
function match(convention, inputs, outputs) {
  return convention.by === "position"
    ? matchPositions(convention, inputs, outputs)
    : matchNames(convention, inputs, outputs);
}

/** @param {Convention} convention @param {string[]} inputs @param {string[]} outputs */
function matchPositions(convention, inputs, outputs) {
  if (convention.inputs.length !== inputs.length) return null;
  if (convention.outputs.length !== outputs.length) return null;
  if (convention.inputs.some((rule, i) => rule.name && rule.name !== inputs[i])) return null;
  const acts = convention.outputs.map(({ role }, i) => ({ name: outputs[i], role, of: "" }));
  return { roles: convention.inputs, acts };
}

/** @param {Convention} convention @param {string[]} inputs @param {string[]} outputs */
function matchNames(convention, inputs, outputs) {
  /** @type {InputRule[]} */
  const roles = [];
  for (const name of inputs) {
    const rule = convention.inputs.find((rule) => numberIn(rule.name ?? "", name) !== null);
    if (!rule) return null;
    const next = (rule.next ?? "").replace("#", numberIn(rule.name ?? "", name) ?? "");
    if (next && !outputs.includes(next)) return null;
    roles.push({ ...rule, next });
  }
  for (const { name = "", optional } of convention.inputs) {
    if (!optional && !inputs.some((seen) => numberIn(name, seen) !== null)) return null;
  }
  const acts = [];
  for (const { name = "", role, of = "", optional } of convention.outputs) {
    if (outputs.includes(name)) acts.push({ name, role, of });
    else if (!optional) return null;
  }
  return acts.some(({ role }) => ACTS.includes(role)) ? { roles, acts } : null;
}

/** The number that # stands for, '-' where there is none to stand; null if the names differ.
 * @param {string} pattern @param {string} name
 */
function numberIn(pattern, name) {
  const [before, after] = pattern.split("#");
  if (after === undefined) return pattern === name ? "-" : null;
  const number = name.slice(before.length, name.length - after.length);
  return name === before + number + after && /^\d+$/.test(number) ? number : null;
}

/** @param {TensorInfo[]} inputs @param {InputRule[]} roles @param {Interface} interface_ */
function makeFeeds(inputs, roles, { observation: { size }, action }) {
  const choices = action.heads.reduce((sum, head) => sum + head.n, 0);
  const alone = roles.filter(({ role }) => role === "obs").length === 1;
  const feeds = inputs.map((tensor, i) => makeFeed(tensor, roles[i], alone ? size : null, choices));
  const seen = feeds.filter(({ role }) => role === "obs");
  const sum = seen.reduce((total, feed) => total + feed.size, 0);
  if (sum !== size) {
    const which = seen.map(({ name }) => name).join(", ");
    throw new PolicyError(`${which}: want ${size} values a row in all, got ${sum}`);
  }
  for (const feed of feeds) {
    if (feed.role !== "mask" || feed.size === choices) continue;
    throw new PolicyError(`${feed.name}: want ${choices} values a row, got ${feed.size}`);
  }
  return feeds;
}

/** @param {TensorInfo} tensor @param {InputRule} rule
 * @param {number | null} size of an observation whose tensor gives none
 * @param {number} choices
 * @returns {Feed}
 */
function makeFeed({ name, type, shape }, { role, axes = [], next = "" }, size, choices) {
  const axis = Math.max(axes.indexOf("batch"), 0);
  if (axes.length && shape.length !== axes.length) {
    throw new PolicyError(`${name}: want ${axes.join(" x ")}, got shape ${listed(shape)}`);
  }
  let row = shape.filter((_, i) => i !== axis);
  const words = axes.filter((_, i) => i !== axis);
  if (role === "obs" && size !== null && row.includes(null)) row = [size];
  if (role === "mask" && row.includes(null)) row = [choices];
  const sizes = row.map((n, i) => (words[i] === "one" ? 1 : n));
  const known = sizes.filter((n) => n !== null);
  if (known.length < sizes.length) {
    throw new PolicyError(`${name}: want a size for all but the batch, got ${listed(shape)}`);
  }
  const values = known.reduce((product, n) => product * n, 1);
  return { name, role, type, shape: known, size: values, axis, next };
}

/** What an output is, by how many values a row it has: 'logits', 'mean', 'mean_log_std' (both in a
 * row), 'action' (already chosen), 'sampled' (already drawn), or its role. Throws a PolicyError.
 * @param {string} name @param {string} role @param {number} width @param {Interface["action"]} action
 */
export function meaning(name, role, width, action) {
  const heads = action.heads.length;
  if (!ACTS.includes(role)) {
    const wanted = role === "value" ? 1 : heads;
    if (width === wanted) return role;
    const values = `${wanted} value${wanted > 1 ? "s" : ""}`;
    throw new PolicyError(`${name}: want ${values} a row, got ${width}`);
  }
  const sure = role === "choice";
  if (action.type === "continuous") {
    if (width === 2 * heads) return "mean_log_std";
    if (width === heads) return sure ? "mean" : "sampled";
    const want = `${heads} values a row, or ${2 * heads} with their log_std`;
    throw new PolicyError(`${name}: want ${want}, got ${width}`);
  }
  const choices = action.heads.reduce((sum, head) => sum + head.n, 0);
  if (width === choices) return "logits";
  if (width === heads) return sure ? "action" : "sampled";
  throw new PolicyError(`${name}: want ${choices} logits a row, or ${heads} choices, got ${width}`);
}
