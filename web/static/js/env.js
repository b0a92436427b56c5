// One environment: its WebAssembly, the memory it plays in, and views of what it writes there.

/**
 * @typedef {import('./types.js').Spec} Spec
 * @typedef {import('./types.js').Exports} Exports
 * @typedef {Uint8Array | Float32Array} Observations
 */

const TEXT = 1024; // bytes kept for env_describe

/**
 * @param {WebAssembly.Module | BufferSource} source
 * @param {{copies?: number, seed?: number, params?: Record<string, number>}} [options]
 */
export async function openEnv(source, options = {}) {
  const module = source instanceof WebAssembly.Module ? source : await WebAssembly.compile(source);
  const { exports } = await WebAssembly.instantiate(module, {});
  return new Env(/** @type {Exports} */ (/** @type {unknown} */ (exports)), options);
}

/** Games stepped together. Views are good until the next `reset`. */
export class Env {
  #x;
  #heap; // address of the first free byte
  #at = { params: 0, buffers: 0, state: 0, actions: 0, rows: 0, rngs: 0, text: 0 };

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
  episodeReturn = new Float32Array(); // of the running episodes of copy 0, one a seat

  /**
   * @param {Exports} exports
   * @param {{copies?: number, seed?: number, params?: Record<string, number>}} options
   */
  constructor(exports, { copies = 1, seed = 0, params = {} }) {
    this.#x = exports;
    exports._initialize?.();
    this.#heap = (exports.__heap_base.value + 15) & ~15;
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
    const { state, rows, rngs, actions } = this.#at;
    const wanted = new Uint8Array(this.#x.memory.buffer, rows, this.rows);
    wanted[row] = 1;
    this.#x.env_script(state, this.copies, level, rows, rngs, actions);
    wanted[row] = 0;
  }

  /** @param {number} row @param {number} seed of the row's scripted player */
  seedScript(row, seed) {
    const words = new Uint32Array(this.#x.memory.buffer, this.#at.rngs + 8 * row, 2);
    words[0] = Math.imul(seed + 1, 0x9e3779b9) >>> 0;
    words[1] = (seed ^ 0x5bd1e995) >>> 0;
  }

  /** The choice under a point of the scene (px), -1 for none.
   * @param {number} seat @param {number} x @param {number} y
   */
  point(seat, x, y, copy = 0) {
    return this.#x.env_point(this.#at.state + copy * this.copySize, seat, x, y);
  }

  /** One sentence on the state of a game. */
  describe(copy = 0) {
    this.#x.env_describe(this.#at.state + copy * this.copySize, this.#at.text, TEXT);
    const bytes = new Uint8Array(this.#x.memory.buffer, this.#at.text, TEXT);
    return new TextDecoder().decode(bytes.slice(0, bytes.indexOf(0)));
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
    let size = 1 << 16;
    for (;;) {
      this.#grow(this.#heap + size);
      const length = this.#x.env_spec(this.#heap, size);
      if (length <= size) {
        const text = new Uint8Array(this.#x.memory.buffer, this.#heap, length);
        return JSON.parse(new TextDecoder().decode(text));
      }
      size = length;
    }
  }

  /** @param {number} end address past the last byte needed */
  #grow(end) {
    const short = end - this.#x.memory.buffer.byteLength;
    if (short > 0) this.#x.memory.grow(Math.ceil(short / 65536));
  }

  #writeParams() {
    const values = new Float32Array(
      this.#x.memory.buffer,
      this.#at.params,
      this.spec.params.length,
    );
    for (let i = 0; i < values.length; i++) values[i] = this.params[this.spec.params[i].name];
  }

  /** Places everything in memory, one region after another, and makes the views anew.
   * @param {Record<string, number>} params
   */
  #layOut(params) {
    for (const p of this.spec.params) {
      if (p.name in params) this.params[p.name] = params[p.name];
    }
    let top = this.#heap;
    /** @param {number} bytes */
    const place = (bytes) => {
      const at = top;
      top = (top + bytes + 15) & ~15;
      return at;
    };
    const at = this.#at;
    at.params = place(4 * (this.spec.params.length + 1));
    this.#grow(top);
    this.#writeParams();
    this.seats = this.#x.env_seats(at.params);
    this.rows = this.seats * this.copies;

    const { rows } = this;
    const { masked } = this.spec.interface.action;
    const obsBytes =
      rows * this.obsSize * (this.spec.interface.observation.dtype === "uint8" ? 1 : 4);
    at.state = place(this.copies * this.copySize);
    const finals = place(this.copies * this.copySize);
    at.buffers = place(11 * 4);
    const obs = place(obsBytes);
    const finalObs = place(obsBytes);
    at.actions = place(rows * this.heads * 4);
    const rewards = place(rows * 4);
    const terminated = place(rows);
    const truncated = place(rows);
    const active = place(rows);
    const mask = masked ? place(rows * this.choices) : 0;
    const metrics = place(rows * this.spec.metrics.length * 4);
    const over = place(this.copies);
    at.rows = place(rows);
    at.rngs = place(rows * 8);
    at.text = place(TEXT);
    this.#grow(top);

    const { buffer } = this.#x.memory;
    new Uint8Array(buffer, at.state, top - at.state).fill(0);
    const addresses = [
      obs,
      finalObs,
      at.actions,
      rewards,
      terminated,
      truncated,
      active,
      mask,
      metrics,
      over,
      finals,
    ];
    new Uint32Array(buffer, at.buffers, 11).set(addresses);
    const Obs = this.spec.interface.observation.dtype === "uint8" ? Uint8Array : Float32Array;
    const Act = this.continuous ? Float32Array : Int32Array;
    this.state = new Uint8Array(buffer, at.state, this.copies * this.copySize);
    this.obs = new Obs(buffer, obs, rows * this.obsSize);
    this.finalObs = new Obs(buffer, finalObs, rows * this.obsSize);
    this.actions = new Act(buffer, at.actions, rows * this.heads);
    this.rewards = new Float32Array(buffer, rewards, rows);
    this.terminated = new Uint8Array(buffer, terminated, rows);
    this.truncated = new Uint8Array(buffer, truncated, rows);
    this.active = new Uint8Array(buffer, active, rows);
    this.mask = masked ? new Uint8Array(buffer, mask, rows * this.choices) : null;
    this.metrics = new Float32Array(buffer, metrics, rows * this.spec.metrics.length);
    this.over = new Uint8Array(buffer, over, this.copies);
    this.finals = new Uint8Array(buffer, finals, this.copies * this.copySize);
    // A Copy ends with episode_return and episode_length, AGENTS of each.
    const returns = at.state + this.copySize - 8 * this.spec.agents;
    this.episodeReturn = new Float32Array(buffer, returns, this.seats);
  }
}
