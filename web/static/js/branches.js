// The lines that a game was played on in: where play went on from an earlier tick, what had come
// after it is kept as a branch.

import { bytesOf } from "./history.js";

/**
 * @typedef {import('./history.js').History} History
 * @typedef {import('./history.js').Tail} Tail
 * @typedef {{name: string, tail: Tail, branches: Branch[], age: number}} Branch ticks that left the
 *   line they are listed with at `tail.from`, and the branches that left them further on; the larger
 *   the age the younger
 */

const MOST_BYTES = 32 * 2 ** 20; // of all branches; beyond it the oldest are let go

export class Branches {
  /** @type {Branch[]} those that leave the line that is being played */
  #here = [];
  #most;
  #age = 0;

  dropped = 0; // branches that were let go, for want of room

  /** @param {string} name of the first line @param {number} [most] bytes that branches may take */
  constructor(name, most = MOST_BYTES) {
    this.name = name; // of the line that is being played
    this.#most = most;
  }

  /** All others, by the tick at which they leave. */
  get list() {
    const all = flat(this.#here);
    return all.sort((a, b) => a.tail.from - b.tail.from);
  }

  /** Keeps what came from a tick on, so that the history ends there, where the environment is.
   * @param {History} history @param {number} tick @param {string} name of the line that begins there
   */
  fork(history, tick, name) {
    this.#set(history, tick);
    history.changeParams(); // what was changed at that very tick went with the branch
    this.name = name;
  }

  /** Puts a branch back in the history, in the place of what is there.
   * @param {History} history @param {Branch} branch one of `list`
   */
  choose(history, branch) {
    const way = this.wayTo(branch);
    if (!way) throw new RangeError(`there is no branch “${branch.name}”`);
    for (const step of way) {
      this.#here.splice(this.#here.indexOf(step), 1);
      this.#set(history, step.tail.from);
      history.graft(step.tail);
      this.#here.push(...step.branches);
      this.name = step.name;
    }
  }

  /** The branches that lead from the line that is being played to one of `list`, which is the last of
   * them; null if it is not there.
   * @param {Branch} branch
   */
  wayTo(branch) {
    return wayTo(this.#here, branch);
  }

  /** Sets the rest of the line that is being played aside as a branch.
   * @param {History} history @param {number} tick
   */
  #set(history, tick) {
    if (tick === history.ticks) return;
    const branches = this.#here.filter(({ tail }) => tail.from > tick);
    this.#here = this.#here.filter(({ tail }) => tail.from <= tick);
    this.#here.push({ name: this.name, tail: history.cut(tick), branches, age: this.#age++ });
    this.#makeRoom();
  }

  /** Lets the oldest go, the youngest excepted, and those excepted that others are reached through. */
  #makeRoom() {
    let all = flat(this.#here);
    let bytes = all.reduce((sum, { tail }) => sum + bytesOf(tail), 0);
    while (bytes > this.#most && all.length > 1) {
      const leaves = all.filter((b) => b.branches.length === 0 && b.age < this.#age - 1);
      if (!leaves.length) return;
      const oldest = leaves.reduce((a, b) => (b.age < a.age ? b : a));
      bytes -= bytesOf(oldest.tail);
      this.#here = without(this.#here, oldest);
      all = flat(this.#here);
      this.dropped++;
    }
  }
}

/** @param {Branch[]} branches @returns {Branch[]} */
function flat(branches) {
  return branches.flatMap((branch) => [branch, ...flat(branch.branches)]);
}

/** @param {Branch[]} branches @param {Branch} gone @returns {Branch[]} */
function without(branches, gone) {
  for (const branch of branches) branch.branches = without(branch.branches, gone);
  return branches.filter((branch) => branch !== gone);
}

/** @param {Branch[]} branches @param {Branch} wanted @returns {Branch[] | null} */
function wayTo(branches, wanted) {
  for (const branch of branches) {
    if (branch === wanted) return [branch];
    const rest = wayTo(branch.branches, wanted);
    if (rest) return [branch, ...rest];
  }
  return null;
}
