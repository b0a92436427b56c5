// The part of the scene that means one choice, where a game is played by pointing: found by trying a
// lattice of points, since an environment says only which choice lies under a point.

export const LATTICE = 48; // points a side

/**
 * @typedef {object} Region in px of the scene
 * @property {number} points of the lattice that lie in it
 * @property {string} path of an SVG
 */

/** Where the scene has to be touched for a choice. A rectangle is found to a quarter of a pixel, other
 * shapes as the squares about the lattice's points.
 * @param {(x: number, y: number) => number} point the choice under a point
 * @param {number} choice
 * @param {number} width of the scene @param {number} height
 * @returns {Region}
 */
export function regionOf(point, choice, width, height) {
  const [w, h] = [width / LATTICE, height / LATTICE];
  /** @param {number} column @param {number} row */
  const inside = (column, row) => point((column + 0.5) * w, (row + 0.5) * h) === choice;
  const rows = Array.from({ length: LATTICE }, (_, row) =>
    Array.from({ length: LATTICE }, (_, column) => inside(column, row)),
  );
  const runs = rows.flatMap((cells, row) => runsOf(cells).map((run) => ({ row, ...run })));
  const points = runs.reduce((sum, { from, to }) => sum + to - from, 0);
  if (!points) return { points, path: "" };
  const [{ row: top, from: left, to: right }] = runs;
  const bottom = runs[runs.length - 1].row + 1;
  const boxed = runs.every(({ from, to }) => from === left && to === right);
  if (boxed && runs.length === bottom - top) {
    /** @param {number} x */
    const across = (x) => point(x, (top + 0.5) * h) === choice;
    /** @param {number} y */
    const down = (y) => point((left + 0.5) * w, y) === choice;
    const x0 = edge(across, (left + 0.5) * w, Math.max((left - 0.5) * w, 0));
    const x1 = edge(across, (right - 0.5) * w, Math.min((right + 0.5) * w, width));
    const y0 = edge(down, (top + 0.5) * h, Math.max((top - 0.5) * h, 0));
    const y1 = edge(down, (bottom - 0.5) * h, Math.min((bottom + 0.5) * h, height));
    return { points, path: box(x0, y0, x1, y1) };
  }
  const boxes = runs.map(({ row, from, to }) => box(from * w, row * h, to * w, (row + 1) * h));
  return { points, path: boxes.join("") };
}

/** Where the trues lie in a row.
 * @param {boolean[]} cells
 */
function runsOf(cells) {
  /** @type {{from: number, to: number}[]} */
  const runs = [];
  cells.forEach((cell, i) => {
    if (!cell) return;
    const last = runs.at(-1);
    if (last?.to === i) last.to++;
    else runs.push({ from: i, to: i + 1 });
  });
  return runs;
}

/** Where something ceases to hold on the way from a place at which it does.
 * @param {(at: number) => boolean} holds @param {number} from @param {number} to
 */
function edge(holds, from, to) {
  if (holds(to)) return to;
  let [yes, no] = [from, to];
  while (Math.abs(yes - no) > 0.25) {
    const middle = (yes + no) / 2;
    if (holds(middle)) yes = middle;
    else no = middle;
  }
  return yes;
}

/** @param {number} x0 @param {number} y0 @param {number} x1 @param {number} y1 */
function box(x0, y0, x1, y1) {
  const [left, top, right, bottom] = [x0, y0, x1, y1].map((n) => Number(n.toFixed(2)));
  return `M${left} ${top}H${right}V${bottom}H${left}z`;
}
