// What a seat sees, taken apart as a person would name it: the numbers of a row, the cells of a grid,
// the things of a kind. Panels show these inputs one by one, and saliency asks about each.

/**
 * @typedef {import('./types.js').Part} Part
 * @typedef {ArrayLike<number>} Obs what one seat sees
 *
 * @typedef {object} Sight one part of the observation
 * @property {Part} part
 * @property {'row' | 'grid' | 'entities'} kind
 * @property {boolean} whole whether its values are whole numbers: categories, if it names them
 * @property {number} planes 1 but of a grid that has several
 * @property {number} rows of a grid; values of a row; entities
 * @property {number} columns of a grid; 1 of a row; an entity's features
 * @property {number} first the number of its first input among those of all parts
 * @property {number} inputs a value of a row, a cell of a grid with all its planes, or an entity each
 *
 * @typedef {object} Picture what a grid is shown as, a code or a level a cell
 * @property {string} name '' where the grid has no other
 * @property {string[]} legend what codes 0, 1, 2, … stand for; none where there are levels
 * @property {(obs: Obs, cell: number) => number} read the code, or the level from 0 to 1
 */

/** @param {import('./types.js').Interface['observation']} observation
 * @returns {Sight[]}
 */
export function sightsOf({ parts, dtype }) {
  let first = 0;
  return parts.map((part) => {
    const { shape, names } = part;
    const whole = dtype === "uint8";
    const [columns, rows, planes] = [...shape.slice().reverse(), 1, 1];
    /** @type {Sight} */
    let sight = { part, kind: "grid", whole, planes, rows, columns, first, inputs: rows * columns };
    if (shape.length === 1) {
      sight = { ...sight, kind: "row", rows: columns, columns: 1, inputs: columns };
    } else if (shape.length === 2 && !whole && names.length === columns) {
      sight = { ...sight, kind: "entities", inputs: rows };
    }
    first += sight.inputs;
    return sight;
  });
}

/** How many inputs there are in all.
 * @param {Sight[]} sights
 */
export function countInputs(sights) {
  return sights.reduce((sum, { inputs }) => sum + inputs, 0);
}

/** Where in the observation the values of an input lie: the first, how many, and how far apart.
 * @param {Sight} sight @param {number} i
 */
export function valuesOf({ part, kind, planes, rows, columns }, i) {
  if (kind === "entities") return { from: part.offset + i * columns, count: columns, stride: 1 };
  if (kind === "row") return { from: part.offset + i, count: 1, stride: 1 };
  return { from: part.offset + i, count: planes, stride: rows * columns };
}

/** Whether an entity is there: a row of zeros is none.
 * @param {Sight} sight @param {number} i @param {Obs} obs
 */
export function present(sight, i, obs) {
  const { from, count } = valuesOf(sight, i);
  for (let at = from; at < from + count; at++) if (obs[at] !== 0) return true;
  return false;
}

/** What an input is called.
 * @param {Sight} sight @param {number} i
 */
export function inputName({ part, kind, rows, columns }, i) {
  if (kind === "grid") return `column ${(i % columns) + 1}, row ${Math.floor(i / columns) + 1}`;
  if (kind === "entities") return `${part.name} ${i + 1}`;
  return part.names[i] ?? (rows > 1 ? `${part.name} ${i + 1}` : part.name);
}

/** What an input is called, and what is there.
 * @param {Sight} sight @param {number} i @param {Obs} obs
 */
export function inputText(sight, i, obs) {
  const name = inputName(sight, i);
  if (sight.kind !== "grid") return name;
  const things = picturesOf(sight).flatMap(({ legend, read }) => legend[read(obs, i)] ?? []);
  return [...things, name].join(", ");
}

/** A number of the observation as a person reads it.
 * @param {Sight} sight @param {number} value
 */
export function valueText({ part, whole }, value) {
  if (whole) return part.categories[value] ?? String(value);
  return value < 0 ? `−${(-value).toFixed(2)}` : value.toFixed(2);
}

/** One picture where a cell holds one thing, told by its category or by which plane it is on;
 * otherwise a picture for each plane.
 * @param {Sight} sight a grid
 * @returns {Picture[]}
 */
export function picturesOf({ part, planes, rows, columns }) {
  const { offset, categories, names, low, high } = part;
  const size = rows * columns;
  if (planes > 1 && categories.length === 2) {
    /** @param {Obs} obs @param {number} cell */
    const read = (obs, cell) => {
      for (let p = planes - 1; p >= 0; p--) if (obs[offset + p * size + cell]) return p + 1;
      return 0;
    };
    const none = names.length ? "nothing" : categories[0];
    const legend = Array.from({ length: planes }, (_, p) => names[p] ?? `plane ${p + 1}`);
    return [{ name: "", legend: [none, ...legend], read }];
  }
  const [bottom, top] = high > low ? [low, high] : [0, 255];
  return Array.from({ length: planes }, (_, plane) => {
    const from = offset + plane * size;
    /** @param {Obs} obs @param {number} cell */
    const level = (obs, cell) =>
      Math.max(0, Math.min(1, (obs[from + cell] - bottom) / (top - bottom)));
    return {
      name: planes > 1 ? (names[plane] ?? `plane ${plane + 1}`) : "",
      legend: categories,
      read: categories.length ? (obs, cell) => obs[from + cell] : level,
    };
  });
}

const FEW = 4; // cells of a kind that are listed one by one

/** A picture of codes in words, but for the commonest code: "2 food at column 3, row 4 and …".
 * @param {Sight} sight @param {Picture} picture @param {Obs} obs
 */
export function pictureText(sight, { legend, read }, obs) {
  const { rows, columns } = sight;
  const size = `${columns} by ${rows}`;
  if (!legend.length) return `${size} levels`;
  /** @type {number[][]} */
  const cells = legend.map(() => []);
  for (let cell = 0; cell < rows * columns; cell++) cells[read(obs, cell)]?.push(cell);
  const commonest = Math.max(...cells.map(({ length }) => length));
  const told = legend.flatMap((name, code) => {
    const { length } = cells[code];
    if (length === 0) return [];
    if (length === commonest) return [`mostly ${name}`];
    if (length > FEW) return [`${length} ${name}`];
    return [`${name} at ${cells[code].map((cell) => inputName(sight, cell)).join(" and ")}`];
  });
  return `${size}: ${told.join("; ")}`;
}

/** How many cells hold each code.
 * @param {Sight} sight @param {Picture} picture @param {Obs} obs
 */
export function tally({ rows, columns }, { legend, read }, obs) {
  const counts = legend.map(() => 0);
  for (let cell = 0; cell < rows * columns; cell++) counts[read(obs, cell)]++;
  return counts;
}
