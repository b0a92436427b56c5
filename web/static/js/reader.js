// An ONNX policy of any known convention, run on rows of an environment: trainer/reader.py in the
// page. ONNX Runtime is handed in.

import { listed, meaning } from "./conventions.js";
import { fromHalf, toHalf } from "./half.js";
import { PolicyError } from "./policy.js";

/**
 * @typedef {import('./conventions.js').Plan} Plan
 * @typedef {import('./conventions.js').Feed} Feed
 * @typedef {import('./policy.js').OrtSession} OrtSession
 * @typedef {import('./policy.js').Thoughts} Thoughts
 * @typedef {{obs: ArrayLike<number>, state: ArrayLike<number>, mask: ArrayLike<number> | null}} Rows
 * @typedef {new (type: any, data: any, dims: number[]) => any} MakeTensor of onnxruntime-web
 */

/** By the types of ONNX: what ONNX Runtime calls them, and what their numbers are made from.
 * @type {Record<number, {name: string, from: (values: Float32Array) => any}>}
 */
const TYPES = {
  1: { name: "float32", from: (values) => values },
  2: { name: "uint8", from: (values) => Uint8Array.from(values) },
  6: { name: "int32", from: (values) => Int32Array.from(values) },
  7: { name: "int64", from: (values) => BigInt64Array.from(values, (v) => BigInt(Math.trunc(v))) },
  9: { name: "bool", from: (values) => Uint8Array.from(values, (v) => Number(v !== 0)) },
  10: { name: "float16", from: (values) => Uint16Array.from(values, toHalf) },
  11: { name: "float64", from: (values) => Float64Array.from(values) },
};

/** Throws a PolicyError unless every input is of numbers that can be given.
 * @param {import('./onnx-file.js').TensorInfo[]} inputs
 */
export function checkTypes(inputs) {
  for (const { name, type } of inputs) {
    if (TYPES[type]) continue;
    const known = Object.values(TYPES).map((t) => t.name);
    throw new PolicyError(`${name}: want a type of ${known.join(", ")}, got ONNX's ${type}`);
  }
}

export class Reader {
  #Tensor;
  #session;
  #plan;
  #action;
  #size;
  #choices;
  /** @type {Map<string, string>} what each output is, by its name */
  meanings = new Map();
  /** @type {Set<string>} some of logits, mean, log_std, value, action, sampled */
  has = new Set();

  /** `learn` comes before anything else.
   * @param {MakeTensor} Tensor @param {OrtSession} session @param {Plan} plan
   * @param {import('./types.js').Interface} interface_
   */
  constructor(Tensor, session, plan, { observation, action }) {
    this.#Tensor = Tensor;
    this.#session = session;
    this.#plan = plan;
    this.#action = action;
    this.#size = observation.size;
    this.#choices = action.heads.reduce((sum, head) => sum + head.n, 0);
  }

  /** Runs once on nothing, and tells by the widths what the outputs are; throws a PolicyError. */
  async learn() {
    const { batch, outputs, feeds, stateSize } = this.#plan;
    const rows = batch ?? 1;
    const nothing = {
      obs: new Float32Array(rows * this.#size),
      state: new Float32Array(rows * stateSize),
      mask: null,
    };
    const ran = await this.#run(nothing, rows);
    const taken = new Set();
    for (const { name, role, of } of outputs) {
      if (role === "fact" || (of && of !== this.#action.type)) continue;
      const { dims, data } = ran[name];
      if (dims[0] !== rows) {
        throw new PolicyError(`${name}: want ${rows} rows, got shape ${listed(dims)}`);
      }
      const what = meaning(name, role, Math.trunc(data.length / rows), this.#action);
      if (taken.has(what)) continue;
      taken.add(what);
      this.meanings.set(name, what);
    }
    if (taken.delete("mean_log_std")) taken.add("mean").add("log_std");
    this.has = taken;
    if (!["logits", "mean", "action", "sampled"].some((what) => taken.has(what))) {
      const names = listed(outputs.map(({ name }) => name));
      const want = `want a ${this.#action.type} action among them`;
      throw new PolicyError(`outputs: ${want}, got ${names}`);
    }
    for (const feed of feeds) {
      if (feed.role !== "state") continue;
      const want = listed(dimsOf(feed, rows));
      const got = listed(ran[feed.next].dims);
      if (want === got) continue;
      throw new PolicyError(`${feed.next}: want the shape ${want} of ${feed.name}, got ${got}`);
    }
  }

  /** Asks about `count` rows, in as many runs as the file's batch asks for.
   * @param {Rows} rows of which the first `count` count @param {number} count
   * @returns {Promise<Thoughts>}
   */
  async run(rows, count) {
    const fixed = this.#plan.batch ?? count;
    if (fixed === count) return this.#thoughts(await this.#run(rows, count), count);
    const parts = [];
    for (let low = 0; low < count; low += fixed) {
      const held = Math.min(fixed, count - low);
      const part = {
        obs: take(rows.obs, low, held, fixed, this.#size, 0),
        state: take(rows.state, low, held, fixed, this.#plan.stateSize, 0),
        mask: rows.mask && take(rows.mask, low, held, fixed, this.#choices, 1),
      };
      parts.push({ said: this.#thoughts(await this.#run(part, fixed), fixed), held });
    }
    return join(parts, fixed, count);
  }

  /** @param {Rows} rows @param {number} count @returns {Promise<Record<string, any>>} */
  async #run({ obs, state, mask }, count) {
    /** @type {Record<string, any>} */
    const feeds = {};
    let seen = 0;
    let kept = 0;
    for (const feed of this.#plan.feeds) {
      const values = new Float32Array(count * feed.size);
      const into = { values, feed, count };
      if (feed.role === "obs") {
        fill(into, obs, seen, this.#size);
        seen += feed.size;
      } else if (feed.role === "state") {
        fill(into, state, kept, this.#plan.stateSize);
        kept += feed.size;
      } else if (feed.role === "mask" && mask) {
        fill(into, mask, 0, this.#choices);
      } else {
        values.fill(feed.role === "zeros" ? 0 : 1);
      }
      const { name, from } = TYPES[feed.type];
      feeds[feed.name] = new this.#Tensor(name, from(values), dimsOf(feed, count));
    }
    const ran = await this.#session.run(feeds);
    return Object.fromEntries(
      Object.entries(ran).map(([name, tensor]) => [
        name,
        { dims: tensor.dims, data: numbers(tensor) },
      ]),
    );
  }

  /** @param {Record<string, {dims: number[], data: Float32Array}>} ran @param {number} count */
  #thoughts(ran, count) {
    /** @type {Record<string, Float32Array>} */
    const said = {};
    for (const [name, what] of this.meanings) {
      const { data } = ran[name];
      if (what !== "mean_log_std") {
        said[what] = data;
        continue;
      }
      const heads = this.#action.heads.length;
      said.mean = columns(data, count, 0, heads);
      said.log_std = columns(data, count, heads, heads);
    }
    return {
      logits: said.logits ?? null,
      mean: said.mean ?? null,
      logStd: said.log_std ?? null,
      value: said.value ?? null,
      action: said.action ?? null,
      sampled: said.sampled ?? null,
      state: this.#plan.stateSize ? this.#state(ran, count) : null,
    };
  }

  /** @param {Record<string, {data: Float32Array}>} ran @param {number} count */
  #state(ran, count) {
    const state = new Float32Array(count * this.#plan.stateSize);
    let kept = 0;
    for (const feed of this.#plan.feeds) {
      if (feed.role !== "state") continue;
      const { data } = ran[feed.next];
      each(feed, count, (row, i, at) => {
        state[row * this.#plan.stateSize + kept + i] = data[at];
      });
      kept += feed.size;
    }
    return state;
  }
}

/** Dimensions of an input for so many rows.
 * @param {Feed} feed @param {number} count
 */
function dimsOf({ shape, axis }, count) {
  return [...shape.slice(0, axis), count, ...shape.slice(axis)];
}

/** Calls for every value of every row with its place in the tensor, where the batch may not be first.
 * @param {Feed} feed @param {number} count
 * @param {(row: number, i: number, at: number) => void} what i: of the row's values
 */
function each({ shape, axis, size }, count, what) {
  const inner = shape.slice(axis).reduce((product, n) => product * n, 1);
  for (let row = 0; row < count; row++) {
    for (let i = 0; i < size; i++) {
      const outer = Math.floor(i / inner);
      what(row, i, (outer * count + row) * inner + (i % inner));
    }
  }
}

/** @param {{values: Float32Array, feed: Feed, count: number}} into
 * @param {ArrayLike<number>} from rows of `width` values, of which those from `first` on are taken
 * @param {number} first @param {number} width
 */
function fill({ values, feed, count }, from, first, width) {
  each(feed, count, (row, i, at) => {
    values[at] = from[row * width + first + i];
  });
}

/** Some rows, and as many more of `rest` as make up `rows`.
 * @param {ArrayLike<number>} from @param {number} low @param {number} held @param {number} rows
 * @param {number} width @param {number} rest
 */
function take(from, low, held, rows, width, rest) {
  const part = new Float32Array(rows * width).fill(rest);
  for (let i = 0; i < held * width; i++) part[i] = from[low * width + i];
  return part;
}

/** @param {Float32Array} data @param {number} rows @param {number} first @param {number} width */
function columns(data, rows, first, width) {
  const all = data.length / rows;
  return Float32Array.from({ length: rows * width }, (_, i) => {
    return data[Math.floor(i / width) * all + first + (i % width)];
  });
}

/** @param {{said: Thoughts, held: number}[]} parts @param {number} rows of each @param {number} count
 * @returns {Thoughts}
 */
function join(parts, rows, count) {
  const whole = /** @type {Record<string, Float32Array | null>} */ ({});
  for (const [name, first] of Object.entries(parts[0].said)) {
    whole[name] = null;
    if (!first) continue;
    const width = first.length / rows;
    const all = new Float32Array(count * width);
    parts.forEach(({ said, held }, i) => {
      const part = /** @type {Record<string, Float32Array>} */ (/** @type {any} */ (said))[name];
      all.set(part.subarray(0, held * width), i * rows * width);
    });
    whole[name] = all;
  }
  return /** @type {any} */ (whole);
}

/** @param {import('./policy.js').Tensor} tensor */
function numbers({ data }) {
  if (data instanceof Float32Array) return data;
  if (data instanceof Uint16Array) return Float32Array.from(data, fromHalf); // float16
  return Float32Array.from(data, Number);
}
