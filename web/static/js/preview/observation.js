// An observation as text, number by number, as a policy gets it. It only computes.

/**
 * @typedef {object} Part of an observation, as spec.json has it
 * @property {string} name
 * @property {number} offset
 * @property {number[]} shape
 * @property {string[]} names
 * @property {string[]} categories
 */

/** The parts of an observation as text: a grid of categories, planes, or a line for each value.
 * @param {Part[]} parts @param {ArrayLike<number>} obs @param {number} [start] of the row in `obs`
 */
export function observationText(parts, obs, start = 0) {
  return parts
    .map((part) => {
      const size = part.shape.reduce((a, b) => a * b, 1);
      const values = Array.from({ length: size }, (_, i) => obs[start + part.offset + i]);
      const lines = part.shape.length > 1 ? gridLines(part, values) : rowLines(part, values);
      return [part.name, ...lines].join("\n");
    })
    .join("\n\n");
}

/** @param {Part} part @param {number[]} values */
function rowLines({ names, categories }, values) {
  const width = Math.max(0, ...names.map((name) => name.length));
  return values.map((value, i) => {
    const name = names[i] ? `${names[i].padEnd(width)}  ` : "";
    return `  ${name}${categories.length ? `${value} ${categories[value] ?? "?"}` : number(value)}`;
  });
}

/** @param {Part} part @param {number[]} values */
function gridLines({ shape, names, categories }, values) {
  const width = shape.at(-1) ?? 1;
  const height = shape.at(-2) ?? 1;
  const lines = [];
  for (let from = 0; from < values.length; from += width) {
    const plane = from / (width * height);
    if (shape.length > 2 && Number.isInteger(plane)) lines.push(`  ${names[plane] ?? plane}:`);
    const row = values.slice(from, from + width);
    lines.push(`  ${row.map((v) => (categories.length ? category(v) : number(v))).join(" ")}`);
  }
  const known = categories.map((name, i) => `${category(i)} ${name}`).join(", ");
  const columns = shape.length === 2 && names.length ? `  ${names.join(" | ")}` : "";
  return [...(columns ? [columns] : []), ...lines, ...(known ? [`  ${known}`] : [])];
}

/** @param {number} value */
function category(value) {
  return value === 0 ? "·" : value.toString(36);
}

/** @param {number} value */
function number(value) {
  const text = Number.isInteger(value) ? String(value) : value.toFixed(3);
  return text.padStart(7);
}
