// What a file that a visitor brought fits and what it lacks, in words.

/**
 * @typedef {import('./types.js').Spec} Spec
 * @typedef {import('./onnx-file.js').OnnxFile} OnnxFile
 * @typedef {import('./conventions.js').Plan} Plan
 * @typedef {'fits' | 'ignored' | 'missing' | 'differs' | 'refused'} Kind
 * @typedef {{kind: Kind, text: string}} Line
 */

const LONGEST = 300; // characters of a line: names come from the file

/** @param {Kind} kind @param {string} text @returns {Line} */
export function line(kind, text) {
  return { kind, text: text.length > LONGEST ? `${text.slice(0, LONGEST)} …` : text };
}

/** @param {number} n @param {string} noun */
function count(n, noun) {
  return `${n} ${noun}${n === 1 ? "" : "s"}`;
}

/** @param {number} bytes */
export function size(bytes) {
  return bytes < 1e6 ? `${Math.ceil(bytes / 1000)} KB` : `${(bytes / 1e6).toFixed(1)} MB`;
}

/** What the file is, and what it says of the environment it was made for.
 * @param {OnnxFile} file @param {Plan} plan @param {number} bytes
 * @param {Spec} spec
 */
export function aboutFile(file, plan, bytes, spec) {
  const { irVersion, opset, metadata } = file;
  const versions = `opset ${opset}, IR ${irVersion}`;
  const lines = [line("fits", `Read as ${plan.title}: ${size(bytes)}, ${versions}.`)];
  const { env, interface_version: seen, dynamics_version: rules } = metadata;
  if (env && spec.name && env !== spec.name) {
    lines.push(line("differs", `It was made for ${env}. Its sizes fit, so it plays all the same.`));
  } else if (seen && seen !== spec.interface_version) {
    const both = `interface ${seen}, this page has ${spec.interface_version}`;
    lines.push(line("differs", `It was made for ${both}: it may misread what it sees.`));
  } else if (rules && spec.dynamics_version && rules !== spec.dynamics_version) {
    lines.push(line("differs", "The rules have changed since it was trained."));
  }
  return lines;
}

/** What goes into the file.
 * @param {Plan} plan
 */
export function aboutInputs({ feeds, batch }) {
  const lines = feeds.map(({ name, role, size: n, next }) => {
    const numbers = count(n, "number");
    if (role === "obs") return line("fits", `${name}: the observation, ${numbers}.`);
    if (role === "mask") return line("fits", `${name}: what is allowed, ${numbers}.`);
    if (role === "state") {
      return line(
        "fits",
        `${name} and ${next}: its memory, ${numbers}, cleared with each episode.`,
      );
    }
    return line("ignored", `${name}: filled with ${role}.`);
  });
  if (batch) {
    lines.push(
      line("differs", `It takes ${count(batch, "row")} at a time: slower with many seats.`),
    );
  }
  return lines;
}

/** @type {Record<string, (spec: Spec) => string>} */
const SAYS = {
  logits: ({ interface: { action } }) => {
    const n = action.heads.reduce((sum, head) => sum + head.n, 0);
    return `how likely each of ${count(n, "choice")} is`;
  },
  mean: ({ interface: { action } }) => `the middle of ${count(action.heads.length, "number")}`,
  log_std: () => "how far it strays from the middle",
  mean_log_std: () => "the middle, and how far it strays from it",
  value: () => "the reward it expects",
  action: () => "the action, chosen in the file",
  sampled: () => "the action, drawn in the file",
};

/** What comes out of it, what of that is not used, and what is missing.
 * @param {Plan} plan @param {string[]} names of all outputs
 * @param {Map<string, string>} meanings @param {Set<string>} has @param {Spec} spec
 */
export function aboutOutputs(plan, names, meanings, has, spec) {
  const states = new Set(plan.feeds.map(({ next }) => next));
  const lines = [];
  for (const [name, what] of meanings) lines.push(line("fits", `${name}: ${SAYS[what](spec)}.`));
  const unused = names.filter((name) => !meanings.has(name) && !states.has(name));
  if (unused.length) lines.push(line("ignored", `Not used: ${unused.join(", ")}.`));
  if (!has.has("logits") && !has.has("mean")) {
    const kind = has.has("action") ? "chosen" : "drawn";
    const why = `only what it has ${kind}; the page can show no probabilities`;
    lines.push(line("missing", `No logits: ${why}.`));
  } else if (has.has("mean") && !has.has("log_std")) {
    lines.push(line("missing", "No log_std: it plays the middle itself."));
  }
  if (!has.has("value")) {
    lines.push(line("missing", "No value: the page cannot show what it expects."));
  }
  return lines;
}

/** How it is to be played, as the file says in its metadata, or else drawn at temperature 1.
 * @param {Record<string, string>} metadata
 * @returns {import('./types.js').Play}
 */
export function playOf(metadata) {
  try {
    const { mode, temperature } = JSON.parse(metadata.play ?? "null");
    if ((mode === "greedy" || mode === "sampled") && temperature > 0) return { mode, temperature };
  } catch {
    // as if it said nothing
  }
  return { mode: "sampled", temperature: 1 };
}

/** How much of a later reward counted in its training, as the file says in its metadata, or null.
 * @param {Record<string, string>} metadata
 * @returns {number | null}
 */
export function gammaOf(metadata) {
  try {
    const { gamma } = JSON.parse(metadata.settings ?? "null");
    return gamma > 0 && gamma <= 1 ? gamma : null;
  } catch {
    return null;
  }
}
