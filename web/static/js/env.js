// One environment: its WebAssembly, the memory it plays in, and views of what it writes there.

import { Heap } from "./heap.js";
import { scramble } from "./sampler.js";

/**
 * @typedef {import('./types.js').Spec} Spec
 * @typedef {import('./types.js').Exports} Exports
 * @typedef {Uint8Array | Float32Array} Observations
 */

const [ACTIONS, MASK] = [2, 7]; // their places in Buffers
const TEXT = 1024; // bytes kept for env_describe

/**
 * @param {WebAssembly.Module | BufferSource} source
 * @param {{copies?: number, seed?: number, params?: Record<string, number>}} [options]
 */
export async function openEnv(source, options = {}) {
  const module = source instanceof WebAssembly.Module ? source : await WebAssembly.compile(source);
  const { exports } = await WebAssembly.instantiate(module, {});
  return new Env(/** @type {Exports} */ (/** @type {unknown} */ (exports)), module, options);
}

/** Games stepped together. Views are good until the next `reset`. */
export class Env {
  #x;
  #module;
  #heap;
  #at = {
    params: 0,
    buffers: 0,
    state: 0,
    actions: 0,
    rows: 0,
    rngs: 0,
    text: 0,
    shown: 0,
    boxes: 0,
    sticks: 0,
    aimed: 0,
  };

  seats = 0; // rows of one copy
  rows = 0; // seats of all copies
  /** @type {Observations} a row: obsSize */
  obs = new Float32Array();
  /** @type {Observations} of the episode that ended in the last step */
  finalObs = new Float32Array();
  /** @type {Int32Array | Float32Array} a row: heads. The caller writes them. */
  actions = new Int32Array();
  rewards = new Float32Array();
  terminated = new Uint8Array();
  truncated = new Uint8Array();
  active = new Uint8Array(); // 1 for the rows that act on the next tick
  /** @type {Uint8Array | null} a row: choices; 1 for each that is allowed */
  mask = null;
  metrics = new Float32Array(); // a row: spec.metrics, summed over finished episodes
  state = new Uint8Array(); // a copy: copySize
  over = new Uint8Array(); // one a copy: 1 if its game was over in the last step
  finals = new Uint8Array(); // a copy: of such a game, how it stood at its end

  /**
   * @param {Exports} exports
   * @param {WebAssembly.Module} module that they are of
   * @param {{copies?: number, seed?: number, params?: Record<string, number>}} options
   */
  constructor(exports, module, { copies = 1, seed = 0, params = {} }) {
    this.#x = exports;
    this.#module = module;
    exports._initialize?.();
    this.#heap = new Heap(exports.memory, exports.__heap_base.value);
    /** @type {Spec} */
    this.spec = this.#readSpec();
    this.copies = copies;
    this.copySize = exports.env_copy_size();
    const { action, observation } = this.spec.interface;
    this.continuous = action.type === "continuous";
    this.heads = action.heads.length;
    this.choices = action.heads.reduce((sum, head) => sum + head.n, 0);
    this.obsSize = observation.size;
    /** @type {Record<string, number>} */
    this.params = Object.fromEntries(this.spec.params.map((p) => [p.name, p.default]));
    this.#layOut(params);
    this.reset(seed);
  }

  /** The same environment in a memory of its own, with the same parameters: what is played there is
   * not played here.
   * @param {number} [copies]
   */
  twin(copies = 1) {
    return openEnv(this.#module, { copies, params: this.params });
  }

  /** Starts every game anew; other parameters may change the number of seats and renew all views.
   * @param {number} seed 32 bits
   * @param {Record<string, number>} [params] those that differ from what they were
   */
  reset(seed, params) {
    if (params) this.#layOut(params);
    const { state, params: values, buffers } = this.#at;
    this.#x.env_reset(state, this.copies, seed >>> 0, 0, values, buffers);
    for (const told of [this.rewards, this.terminated, this.truncated, this.metrics, this.over]) {
      told.fill(0);
    }
    for (let row = 0; row < this.rows; row++) this.seedScript(row, seed + row);
  }

  /** Plays one tick of every game with what is in `actions`. */
  step() {
    this.#x.env_step(this.#at.state, this.copies, this.#at.buffers);
  }

  /** Brings observations, active rows and masks in line with `state`. */
  show() {
    this.#x.env_show(this.#at.state, this.copies, this.#at.buffers);
  }

  /** The bytes of all games: all there is to say about them. */
  save() {
    return this.state.slice();
  }

  /** @param {Uint8Array} saved what `save` returned, of the same environment and copies */
  load(saved) {
    if (saved.length !== this.state.length) {
      throw new RangeError(
        `a saved game of ${saved.length} bytes, this environment has ${this.state.length}`,
      );
    }
    this.state.set(saved);
    this.show();
  }

  /** Fills `actions` of one row with the scripted player's choice.
   * @param {number} row
   */
  script(row, level = 0) {
    const wanted = new Uint8Array(this.rows);
    wanted[row] = 1;
    this.scriptRows(wanted, level);
  }

  /** Fills `actions` of each row whose `wanted` is not 0.
   * @param {Uint8Array} wanted one a row
   */
  scriptRows(wanted, level = 0) {
    const { state, rows, rngs, actions } = this.#at;
    this.#heap.view(Uint8Array, rows, this.rows).set(wanted);
    this.#x.env_script(state, this.copies, level, rows, rngs, actions);
  }

  /** Fills `actions` of one row of the only copy with what a person's sticks come to.
   * @param {number} row @param {ArrayLike<number>} sticks one of `spec.sticks` each, -1 to 1
   */
  steer(row, sticks) {
    const { state, sticks: held, actions } = this.#at;
    this.#heap.view(Float32Array, held, this.spec.sticks.length).set(sticks);
    this.#x.env_steer(state, row, held, actions + 4 * row * this.heads);
  }

  /** @param {number} row @param {number | bigint} seed of the row's scripted player */
  seedScript(row, seed) {
    const state = scramble(seed);
    const halves = [Number(state & 0xffffffffn), Number(state >> 32n)];
    this.#heap.view(Uint32Array, this.#at.rngs + 8 * row, 2).set(halves);
  }

  /** Of the running episode of a seat: what its metric `score` would be if it ended now.
   * @param {number} seat
   */
  score(seat, copy = 0) {
    return this.#x.env_score(this.#at.state + copy * this.copySize, seat);
  }

  /** The choice under a point of the scene (px), -1 for none.
   * @param {number} seat @param {number} x @param {number} y
   */
  point(seat, x, y, copy = 0) {
    return this.#x.env_point(this.#at.state + copy * this.copySize, seat, x, y);
  }

  /** What a pointer over the scene does for a seat.
   * @param {number} seat @param {import('./hands.js').Pointer} pointer
   * @returns {{heads: number, action: Int32Array | Float32Array}} the heads that it decides, a bit
   *   each, and their part of an action
   */
  aim(seat, { x, y, down }, copy = 0) {
    const { state, aimed } = this.#at;
    const game = state + copy * this.copySize;
    const heads = this.#x.env_aim(game, seat, x, y, down ? 1 : 0, aimed);
    const kind = this.continuous ? Float32Array : Int32Array;
    return { heads, action: this.#heap.view(kind, aimed, this.heads) };
  }

  /** Where in the scene each value of a seat's observation of a game is to be seen.
   * @param {Uint8Array} saved the game, of one copy @param {number} seat
   * @param {Float32Array} into x, y, width and height (px) a value; 0 where it tells of no place
   */
  places(saved, seat, into) {
    const { shown, boxes } = this.#at;
    this.#heap.view(Uint8Array, shown, this.copySize).set(saved);
    this.#x.env_place(shown, seat, boxes);
    into.set(this.#heap.view(Float32Array, boxes, 4 * this.obsSize));
  }

  /** One sentence on the state of a game.
   * @param {Uint8Array} saved the game, of one copy
   */
  describe(saved) {
    const { shown, text } = this.#at;
    this.#heap.view(Uint8Array, shown, this.copySize).set(saved);
    this.#x.env_describe(shown, text, TEXT);
    return this.#heap.text(this.#at.text, TEXT);
  }

  /** A hash of the bytes of all games, 64 bits. */
  hash() {
    return BigInt.asUintN(64, this.#x.env_hash(this.#at.state, this.copies));
  }

  /** Changes parameters that may change in play; others are left as they are.
   * @param {Record<string, number>} params
   */
  setParams(params) {
    const live = this.spec.params.filter((p) => p.live && p.name in params);
    for (const { name } of live) this.params[name] = params[name];
    this.#writeParams();
    this.#x.env_set_params(this.#at.state, this.copies, this.#at.params);
    this.show();
  }

  /** @returns {Spec} */
  #readSpec() {
    const size = this.#x.env_spec(this.#heap.place(0), 0);
    const at = this.#heap.place(size);
    this.#x.env_spec(at, size);
    return JSON.parse(this.#heap.text(at, size));
  }

  #writeParams() {
    const names = this.spec.params.map((p) => p.name);
    const values = this.#heap.view(Float32Array, this.#at.params, names.length);
    values.set(names.map((name) => this.params[name]));
  }

  /** Places everything in memory, one region after another, and makes the views anew.
   * @param {Record<string, number>} params
   */
  #layOut(params) {
    for (const p of this.spec.params) {
      if (p.name in params) this.params[p.name] = params[p.name];
    }
    const heap = this.#heap;
    const at = this.#at;
    heap.clear();
    at.params = heap.place(4 * (this.spec.params.length + 1));
    this.#writeParams();
    this.seats = this.#x.env_seats(at.params);
    this.rows = this.seats * this.copies;

    const { rows, copies, spec } = this;
    const { masked } = spec.interface.action;
    const Obs = spec.interface.observation.dtype === "uint8" ? Uint8Array : Float32Array;
    const obsSize = rows * this.obsSize * Obs.BYTES_PER_ELEMENT;
    const metrics = rows * spec.metrics.length;
    // Buffers of env_exports.h, in its order; a mask only where there is one.
    const sizes = [obsSize, obsSize, 4 * rows * this.heads, 4 * rows, rows, rows, rows];
    sizes.push(rows * this.choices, 4 * metrics, copies, copies * this.copySize);
    const buffers = sizes.map((size) => heap.place(size));
    if (!masked) buffers[MASK] = 0;
    at.buffers = heap.place(4 * buffers.length);
    at.actions = buffers[ACTIONS];
    at.state = heap.place(copies * this.copySize);
    at.rows = heap.place(rows);
    at.rngs = heap.place(8 * rows);
    at.text = heap.place(TEXT);
    at.shown = heap.place(this.copySize);
    at.boxes = heap.place(16 * this.obsSize);
    at.sticks = heap.place(4 * spec.sticks.length);
    at.aimed = heap.place(4 * this.heads);

    heap.view(Uint32Array, at.buffers, buffers.length).set(buffers);
    const [
      obs,
      finalObs,
      actions,
      rewards,
      terminated,
      truncated,
      active,
      mask,
      sums,
      over,
      finals,
    ] = buffers;
    this.obs = heap.view(Obs, obs, rows * this.obsSize);
    this.finalObs = heap.view(Obs, finalObs, rows * this.obsSize);
    this.actions = heap.view(
      this.continuous ? Float32Array : Int32Array,
      actions,
      rows * this.heads,
    );
    this.rewards = heap.view(Float32Array, rewards, rows);
    this.terminated = heap.view(Uint8Array, terminated, rows);
    this.truncated = heap.view(Uint8Array, truncated, rows);
    this.active = heap.view(Uint8Array, active, rows);
    this.mask = masked ? heap.view(Uint8Array, mask, rows * this.choices) : null;
    this.metrics = heap.view(Float32Array, sums, metrics);
    this.over = heap.view(Uint8Array, over, copies);
    this.finals = heap.view(Uint8Array, finals, copies * this.copySize);
    this.state = heap.view(Uint8Array, at.state, copies * this.copySize);
  }
}
