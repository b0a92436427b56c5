// One ONNX policy of ours: checked against the environment it is to play, run on batches of rows, with
// the memory of each row if it is recurrent. ONNX Runtime is handed in, so that tests can stand in for it.

/**
 * @typedef {import('./types.js').Spec} Spec
 * @typedef {import('./types.js').Sidecar} Sidecar
 *
 * @typedef {{data: any, dims: readonly number[]}} Tensor
 * @typedef {object} OrtSession
 * @property {readonly string[]} inputNames
 * @property {readonly string[]} outputNames
 * @property {(feeds: Record<string, any>) => Promise<Record<string, Tensor>>} run
 *
 * @typedef {object} Ort the part of onnxruntime-web that is used
 * @property {new (type: 'float32', data: Float32Array, dims: number[]) => Tensor} Tensor
 * @property {{create: (bytes: Uint8Array, options: object) => Promise<any>}} InferenceSession
 *
 * @typedef {object} Thoughts outputs for the rows asked about, in their order; null where the file
 *   has none
 * @property {Float32Array | null} logits rows x choices
 * @property {Float32Array | null} mean rows x heads, of continuous actions
 * @property {Float32Array | null} logStd
 * @property {Float32Array | null} value one a row
 * @property {Float32Array | null} action rows x heads, chosen in the file itself
 * @property {Float32Array | null} sampled rows x heads, drawn in the file itself
 * @property {Float32Array | null} state rows x stateSize, to be handed to `remember`
 */

/** A policy that does not fit: the message names the value seen and the value wanted. */
export class PolicyError extends Error {
  /** @override */
  name = "PolicyError";
}

/** @param {string} what @param {unknown} seen @param {unknown} wanted */
function demand(what, seen, wanted) {
  const [s, w] = [JSON.stringify(seen), JSON.stringify(wanted)];
  if (s !== w) throw new PolicyError(`${what} is ${s}, wanted ${w}`);
}

/** Throws a PolicyError unless the sidecar describes a policy for this environment.
 * @param {Sidecar} sidecar @param {Spec} spec
 */
export function checkSidecar(sidecar, spec) {
  demand("format", sidecar.format, "gymcade-policy");
  demand("format_version", sidecar.format_version, 1);
  if (spec.name) demand("env", sidecar.env, spec.name);
  demand("interface_version", sidecar.interface_version, spec.interface_version);
}

/** @param {OrtSession} session @param {boolean} continuous @param {number} stateSize */
function checkNames(session, continuous, stateSize) {
  const memory = stateSize > 0;
  const actions = continuous ? ["mean", "log_std"] : ["logits"];
  demand("inputs", [...session.inputNames].sort(), memory ? ["obs", "state_in"] : ["obs"]);
  const outputs = [...actions, "value", ...(memory ? ["state_out"] : [])];
  demand("outputs", [...session.outputNames].sort(), outputs.sort());
}

/**
 * @param {{ort: Ort, onnx: Uint8Array, sidecar: Sidecar, spec: Spec, rows: number}} from
 *   rows: the most that are ever asked about, and the number of memories kept
 */
export async function openPolicy({ ort, onnx, sidecar, spec, rows }) {
  checkSidecar(sidecar, spec);
  const session = await ort.InferenceSession.create(onnx, { executionProviders: ["wasm"] });
  checkNames(session, spec.interface.action.type === "continuous", sidecar.state_size);
  const policy = new Policy(ort, session, sidecar, spec, rows);
  await policy.try();
  return policy;
}

/** What every policy has, wherever it runs: a name, how it is played, a memory of each row. */
export class Mindful {
  own = false; // whether a visitor brought it
  sha256 = ""; // of its ONNX file, where that is known
  rules = ""; // the dynamics version that it was made for, where that is known
  /** @type {number | null} how much of a later reward counts, a decision on; null where nobody says */
  gamma = null;

  /** @param {string} name @param {import('./types.js').Play} play
   * @param {number} rows @param {number} stateSize
   */
  constructor(name, play, rows, stateSize) {
    this.name = name;
    this.play = play;
    this.stateSize = stateSize;
    this.memory = new Float32Array(rows * stateSize); // zero at the start of an episode
  }

  /** Keeps the memory that a run gave for a row, once the tick it was asked for has been played.
   * @param {Float32Array} state of the run
   * @param {number} index of the row in the run
   * @param {number} row
   */
  remember(state, index, row) {
    copyRow(state, index, this.memory, row, this.stateSize);
  }

  /** Forgets a row whose episode has ended.
   * @param {number} row
   */
  forget(row) {
    this.memory.fill(0, row * this.stateSize, (row + 1) * this.stateSize);
  }
}

export class Policy extends Mindful {
  #ort;
  #session;
  #obs; // of the rows asked about
  #state; // of the rows asked about
  #width; // of a row of logits or means
  /** @type {Promise<unknown>} */
  #busy = Promise.resolve();

  /**
   * @param {Ort} ort @param {OrtSession} session @param {Sidecar} sidecar @param {Spec} spec
   * @param {number} rows
   */
  constructor(ort, session, sidecar, spec, rows) {
    const { observation, action } = spec.interface;
    super(sidecar.name, sidecar.play, rows, sidecar.state_size);
    this.gamma = sidecar.settings?.gamma ?? null;
    this.rules = sidecar.dynamics_version ?? "";
    this.#ort = ort;
    this.#session = session;
    this.obsSize = observation.size;
    this.continuous = action.type === "continuous";
    this.#width = action.heads.reduce((sum, h) => sum + (this.continuous ? 1 : h.n), 0);
    this.#obs = new Float32Array(rows * this.obsSize);
    this.#state = new Float32Array(rows * this.stateSize);
  }

  /** Runs once on nothing, so that a model of the wrong shapes is refused before it plays. */
  async try() {
    let seen;
    try {
      seen = await this.run(new Float32Array(this.obsSize), Int32Array.of(0), 1);
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      throw new PolicyError(`the model does not run on ${this.obsSize} observations: ${reason}`);
    }
    const actions = this.continuous ? "mean" : "logits";
    demand(`${actions} a row`, seen[actions]?.length, this.#width);
    demand("values a row", seen.value?.length, 1);
    if (this.stateSize) demand("state_out a row", seen.state?.length, this.stateSize);
  }

  /** Asks about `count` rows in one run. What it reads is copied before it returns, and runs never
   * overlap: one that is asked for in the meantime waits for its turn.
   * @param {ArrayLike<number>} obs of all rows
   * @param {Int32Array} rows
   * @param {number} count
   * @param {ArrayLike<number> | null} [_mask] what comes out is masked, not what goes in
   * @param {Float32Array} [memory] of all rows, if not what the seats' rows remember
   * @returns {Promise<Thoughts>}
   */
  run(obs, rows, count, _mask = null, memory = this.memory) {
    const free = count * this.obsSize <= this.#obs.length && !this.#waiting;
    const input = free ? this.#obs : new Float32Array(count * this.obsSize);
    const state = free ? this.#state : new Float32Array(count * this.stateSize);
    for (let i = 0; i < count; i++) {
      copyRow(obs, rows[i], input, i, this.obsSize);
      copyRow(memory, rows[i], state, i, this.stateSize);
    }
    this.#waiting++;
    const turn = this.#busy.then(() => this.#run(input, state, count));
    this.#busy = turn.then(this.#done, this.#done);
    return turn;
  }

  #waiting = 0; // runs asked for and not yet over
  #done = () => {
    this.#waiting--;
  };

  /** @param {Float32Array} obs @param {Float32Array} state @param {number} n */
  async #run(obs, state, n) {
    const { Tensor } = this.#ort;
    /** @type {Record<string, Tensor>} */
    const feeds = {
      obs: new Tensor("float32", obs.subarray(0, n * this.obsSize), [n, this.obsSize]),
    };
    if (this.stateSize) {
      const values = state.subarray(0, n * this.stateSize);
      feeds.state_in = new Tensor("float32", values, [n, this.stateSize]);
    }
    const out = await this.#session.run(feeds);
    return {
      logits: out.logits?.data ?? null,
      mean: out.mean?.data ?? null,
      logStd: out.log_std?.data ?? null,
      value: out.value.data,
      action: null,
      sampled: null,
      state: out.state_out?.data ?? null,
    };
  }
}

/**
 * @param {ArrayLike<number>} from @param {number} fromRow
 * @param {Float32Array} to @param {number} toRow @param {number} size
 */
export function copyRow(from, fromRow, to, toRow, size) {
  const [a, b] = [fromRow * size, toRow * size];
  for (let i = 0; i < size; i++) to[b + i] = from[a + i];
}
