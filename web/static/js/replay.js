// Replay files, as docs/replay-format.md says: written, read, and played again to be checked.
// envs_c/replay_file.py does the same. It only computes; the page's part is elsewhere.

import { pack, unpack } from "./packing.js";
import { checkHead, MOST_HEAD, ReplayError } from "./replay-head.js";

/**
 * @typedef {import('./env.js').Env} Env
 * @typedef {import('./types.js').Spec} Spec
 * @typedef {import('./replay-head.js').Driver} Driver
 *
 * @typedef {object} Recorded a game as it was played; ticks count the steps played before, from 0
 * @property {number} seed 32 bits
 * @property {Record<string, number>} params at the start
 * @property {{tick: number, params: Record<string, number>}[]} paramChanges before the step of that tick
 * @property {{tick: number, seat: number, driver: Driver}[]} drivers who drives from that tick on
 * @property {Int32Array | Float32Array} actions ticks × seats × heads
 * @property {number} ticks
 * @property {{tick: number, hash: string}[]} hashes of the state after as many steps, before
 *   parameters change there; 16 hexadecimal digits. The last is the end.
 *
 * @typedef {object} Made for what it was made
 * @property {string} env
 * @property {string} interfaceVersion
 * @property {string} dynamicsVersion
 * @property {number} seats
 * @property {number[]} heads choices of each; 0 for each where actions are numbers
 *
 * @typedef {Recorded & Made} Replay
 */

export { ReplayError };

const MAGIC = "GYMCADE";
const VERSION = 1; // one byte after MAGIC
const START = MAGIC.length + 1;

/** What a reader takes at most: bytes of the file; ticks; ticks times seats times heads. */
export const LIMITS = { file: 2 ** 24, ticks: 2 ** 20, values: 2 ** 22 };

/** What stands in a replay about the environment it was played in.
 * @param {Spec} spec @param {number} seats in use
 * @returns {Made}
 */
export function madeFor(spec, seats) {
  const { type, heads } = spec.interface.action;
  return {
    env: spec.name ?? "",
    interfaceVersion: spec.interface_version,
    dynamicsVersion: spec.dynamics_version ?? "",
    seats,
    heads: heads.map((head) => (type === "continuous" ? 0 : head.n)),
  };
}

/** The bytes of a file.
 * @param {Replay} replay
 */
export async function encodeReplay(replay, limits = LIMITS) {
  const { ticks, seats, heads, actions } = replay;
  const head = {
    env: replay.env,
    interface_version: replay.interfaceVersion,
    dynamics_version: replay.dynamicsVersion,
    seed: replay.seed,
    params: replay.params,
    changes: replay.paramChanges.map(({ tick, params }) => [tick, params]),
    seats,
    heads,
    drivers: replay.drivers.map(({ tick, seat, driver }) => [tick, seat, plain(driver)]),
    ticks,
    hashes: replay.hashes.map(({ tick, hash }) => [tick, hash]),
  };
  checkHead(head, limits);
  checkActions(replay);
  const files = Object.entries(pack(actions, { ticks, seats, heads })).map(([packing, data]) =>
    toFile({ ...head, packing }, data),
  );
  return (await Promise.all(files)).reduce((a, b) => (b.length < a.length ? b : a));
}

/** @param {Driver} driver @returns {Driver} without what is empty */
function plain({ kind, name, sha256 }) {
  return { kind, ...(name && { name }), ...(sha256 && { sha256 }) };
}

/** @param {Replay} replay */
function checkActions({ actions, ticks, seats, heads }) {
  const discrete = heads.some(Boolean);
  const count = ticks * seats * heads.length;
  const Want = discrete ? Int32Array : Float32Array;
  if (!(actions instanceof Want) || actions.length !== count) {
    const got = `${actions.constructor.name} of ${actions.length}`;
    throw new ReplayError(`actions: want ${Want.name} of ${count}, got ${got}`);
  }
  for (let i = 0; discrete && i < count; i++) {
    const n = heads[i % heads.length];
    if (actions[i] < 0 || actions[i] >= n) {
      throw new ReplayError(`actions: want 0 to ${n - 1}, got ${actions[i]}`);
    }
  }
}

/** @param {object} head @param {Uint8Array} data */
async function toFile(head, data) {
  const text = new TextEncoder().encode(JSON.stringify(head));
  const size = new DataView(new ArrayBuffer(4));
  size.setUint32(0, text.length, true);
  const body = new Blob([size.buffer, text, /** @type {BlobPart} */ (data)]).stream();
  const deflated = await collect(body.pipeThrough(new CompressionStream("deflate")), Infinity);
  const file = new Uint8Array(START + deflated.length);
  file.set(new TextEncoder().encode(MAGIC));
  file[MAGIC.length] = VERSION;
  file.set(deflated, START);
  return file;
}

/** The replay that a file holds; it throws a ReplayError at any other bytes.
 * @param {Uint8Array} bytes
 * @returns {Promise<Replay>}
 */
export async function decodeReplay(bytes, limits = LIMITS) {
  const magic = String.fromCharCode(...bytes.subarray(0, MAGIC.length));
  if (magic !== MAGIC) {
    const got = JSON.stringify(magic);
    throw new ReplayError(`no replay: want ${JSON.stringify(MAGIC)} at its start, got ${got}`);
  }
  if (bytes[MAGIC.length] !== VERSION) {
    throw new ReplayError(`format version: want ${VERSION}, got ${bytes[MAGIC.length]}`);
  }
  if (bytes.length > limits.file) {
    throw new ReplayError(`file: want at most ${limits.file} bytes, got ${bytes.length}`);
  }
  const most = 4 + MOST_HEAD + 4 * limits.values;
  const body = await inflate(bytes.subarray(START), most);
  const size = body.length < 4 ? Infinity : new DataView(body.buffer).getUint32(0, true);
  const room = Math.max(0, Math.min(MOST_HEAD, body.length - 4));
  if (size > room) throw new ReplayError(`head: want at most ${room} bytes, got ${size}`);
  const head = checkHead(parse(body.subarray(4, 4 + size)), limits);
  const { ticks, seats, heads } = head;
  try {
    const data = body.subarray(4 + size);
    return {
      env: head.env,
      interfaceVersion: head.interface_version,
      dynamicsVersion: head.dynamics_version,
      seed: head.seed,
      params: head.params,
      paramChanges: head.changes.map(([tick, params]) => ({ tick, params })),
      seats,
      heads,
      drivers: head.drivers.map(([tick, seat, driver]) => ({ tick, seat, driver: plain(driver) })),
      actions: unpack(data, /** @type {string} */ (head.packing), { ticks, seats, heads }),
      ticks,
      hashes: head.hashes.map(([tick, hash]) => ({ tick, hash })),
    };
  } catch (error) {
    throw new ReplayError(`actions: ${error instanceof Error ? error.message : error}`);
  }
}

/** @param {Uint8Array} bytes @param {number} most */
async function inflate(bytes, most) {
  const deflated = new Blob([/** @type {BlobPart} */ (bytes)]).stream();
  const damaged = `the file is damaged or cut off after ${START + bytes.length} bytes`;
  /** @type {Uint8Array} */
  let body;
  try {
    body = await collect(deflated.pipeThrough(new DecompressionStream("deflate")), most);
  } catch (error) {
    throw error instanceof ReplayError ? error : new ReplayError(damaged);
  }
  // Not every engine minds what comes after the checksum.
  const end = new DataView(bytes.buffer, bytes.byteOffset + bytes.length - 4);
  if (end.getUint32(0) !== adler32(body)) throw new ReplayError(`${damaged}, or more follows`);
  return body;
}

/** The checksum at the end of what zlib writes (RFC 1950).
 * @param {Uint8Array} bytes
 */
function adler32(bytes) {
  let low = 1;
  let high = 0;
  for (let i = 0; i < bytes.length; i++) {
    low = (low + bytes[i]) % 65521;
    high = (high + low) % 65521;
  }
  return high * 65536 + low;
}

/** @param {ReadableStream<Uint8Array>} stream @param {number} most bytes */
async function collect(stream, most) {
  const reader = stream.getReader();
  const chunks = [];
  let size = 0;
  for (let next = await reader.read(); !next.done; next = await reader.read()) {
    size += next.value.length;
    if (size > most) {
      await reader.cancel();
      throw new ReplayError(`contents: want at most ${most} bytes, got more`);
    }
    chunks.push(next.value);
  }
  const bytes = new Uint8Array(size);
  let at = 0;
  for (const chunk of chunks) {
    bytes.set(chunk, at);
    at += chunk.length;
  }
  return bytes;
}

/** @param {Uint8Array} text @returns {unknown} */
function parse(text) {
  try {
    return JSON.parse(new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(text));
  } catch (error) {
    throw new ReplayError(`head: no JSON: ${error instanceof Error ? error.message : error}`);
  }
}

// --- Played again --------------------------------------------------------------------------------

/** How a replay fits an environment as it is now. `playable`: its actions mean something here.
 * @param {Replay} replay @param {Spec} spec
 * @returns {{playable: boolean, sameRules: boolean, trouble: string}} trouble: '' if it fits
 */
export function fitOf(replay, spec) {
  const now = madeFor(spec, replay.seats);
  /** @param {string} trouble */
  const refused = (trouble) => ({ playable: false, sameRules: false, trouble });
  if (replay.env !== now.env) return refused(`made in ${replay.env}, this is ${now.env}`);
  if (String(replay.heads) !== String(now.heads)) {
    const want = `want heads of ${now.heads} choices, got ${replay.heads}`;
    return refused(`made for other actions: ${want}`);
  }
  for (const { tick, params } of [{ tick: -1, params: replay.params }, ...replay.paramChanges]) {
    for (const [name, value] of Object.entries(params)) {
      const found = spec.params.find((p) => p.name === name);
      if (!found) return refused(`made with a parameter that is no more: ${name}`);
      if (value < found.min || value > found.max) {
        return refused(`${name}: want ${found.min} to ${found.max}, got ${value}`);
      }
      if (tick >= 0 && !found.live && value !== (replay.params[name] ?? found.default)) {
        return refused(`${name} cannot change in play, it does at tick ${tick}`);
      }
    }
  }
  const sameRules = replay.dynamicsVersion === now.dynamicsVersion;
  const versions = `want ${now.dynamicsVersion || "none"}, got ${replay.dynamicsVersion || "none"}`;
  const trouble = sameRules ? "" : `made for other rules (dynamics version: ${versions})`;
  return { playable: true, sameRules, trouble };
}

/** Plays a replay tick by tick: after each step, its tick and whether a hash recorded there
 * differs (false too where none was recorded). Of an environment whose seats are others it throws.
 * @param {Env} env of one copy, which is started anew
 * @param {Replay} replay that `fitOf` finds playable
 * @param {(tick: number) => void} [before] called before each step
 * @returns {Generator<{tick: number, differs: boolean}>}
 */
export function* retrace(env, replay, before = () => {}) {
  env.reset(replay.seed, replay.params);
  if (env.rows !== replay.seats) {
    throw new ReplayError(`seats: want ${env.rows}, got ${replay.seats}`);
  }
  const hashes = new Map(replay.hashes.map(({ tick, hash }) => [tick, hash]));
  const now = () => env.hash().toString(16).padStart(16, "0");
  const differs = (/** @type {number} */ tick) => hashes.has(tick) && hashes.get(tick) !== now();
  yield { tick: 0, differs: differs(0) };
  const { length } = env.actions;
  for (let tick = 0, change = 0; tick < replay.ticks; tick++) {
    for (; replay.paramChanges[change]?.tick === tick; change++) {
      env.setParams(replay.paramChanges[change].params);
    }
    env.actions.set(replay.actions.subarray(tick * length, (tick + 1) * length));
    before(tick);
    env.step();
    yield { tick: tick + 1, differs: differs(tick + 1) };
  }
}

/** The first tick whose recorded hash differs, -1 if the replay plays here as it was played.
 * @param {Env} env @param {Replay} replay
 */
export function firstDifference(env, replay) {
  for (const { tick, differs } of retrace(env, replay)) if (differs) return tick;
  return -1;
}
