// Fetching what a player needs, with errors that say what went wrong with which file.

import { Cast } from "./cast.js";
import { policyLabel } from "./names.js";
import { openOwn, ownWorker } from "./own-policy.js";
import { openPolicy } from "./policy.js";

/**
 * @typedef {import('./types.js').PlayerConfig} PlayerConfig
 * @typedef {import('./policy.js').Policy} Policy
 */

/** @param {string} url */
async function get(url) {
  const file = url.split("/").at(-1);
  let answer;
  try {
    answer = await fetch(url);
  } catch {
    throw new Error(`${file} did not arrive: no connection`);
  }
  if (!answer.ok) throw new Error(`${file} did not arrive: the server said ${answer.status}`);
  return answer;
}

/** @param {string} url */
export async function fetchBytes(url) {
  return new Uint8Array(await (await get(url)).arrayBuffer());
}

/** The SHA-256 of a file, as 64 hexadecimal digits; '' where the page has no way to tell: browsers
 * keep theirs from pages that came over plain HTTP.
 * @param {Uint8Array} bytes
 */
export async function digest(bytes) {
  if (!globalThis.crypto?.subtle) return "";
  const hash = await crypto.subtle.digest("SHA-256", /** @type {BufferSource} */ (bytes));
  return Array.from(new Uint8Array(hash), (byte) => byte.toString(16).padStart(2, "0")).join("");
}

/** ONNX Runtime and the policies of one environment, each loaded when it is first asked for. */
export class Shelf {
  #config;
  #rows;
  /** @type {Promise<import('./policy.js').Ort> | null} */
  #ort = null;
  /** @type {Map<string, Promise<Policy>>} */
  #policies = new Map();
  /** @type {Map<string, {policy: import('./own-policy.js').OwnPolicy, file: Blob}>} a visitor's, in the
   * order of coming */
  #own = new Map();
  /** @type {Map<string, string>} SHA-256 of the files by the names of policies */
  #digests;

  cast = new Cast((name) => this.digestOf(name)); // of replays

  /** @param {PlayerConfig} config @param {Promise<number>} rows seats of the game, once it is there */
  constructor(config, rows) {
    this.#config = config;
    this.#rows = rows;
    this.#digests = new Map(config.policies.map(({ name, sha256 }) => [name, sha256]));
    rows.catch(() => {}); // whoever waits for a policy is told
  }

  /** Begins to fetch what the first policies need, so that it is there when the game is. */
  warm() {
    this.#runtime().catch(() => {}); // asked for again, and told, when a policy is
  }

  /** Of the ladder, strongest first. */
  get names() {
    return this.#config.policies.map(({ name }) => name);
  }

  /** Who can be seated, with a label: the ladder, then a visitor's own. */
  get offers() {
    const own = [...this.#own.keys()].map((name) => ({ name, label: `${name} (yours)` }));
    const { policies } = this.#config;
    return [...policies.map((p) => ({ name: p.name, label: policyLabel(p) })), ...own];
  }

  /** A name for a visitor's file that no other policy has.
   * @param {string} file
   */
  nameFor(file) {
    const base = file.replace(/\.onnx$/i, "") || "policy";
    const taken = new Set(this.offers.map(({ name }) => name));
    let name = base;
    for (let i = 2; taken.has(name); i++) name = `${base} ${i}`;
    return name;
  }

  /** @param {import('./own-policy.js').OwnPolicy} policy @param {Blob} file that it was read from */
  add(policy, file) {
    const { name, sha256 } = policy;
    this.#own.set(name, { policy, file });
    // A later file may take the name of one that was stopped: then the name says nothing.
    this.#digests.set(name, (this.#digests.get(name) ?? sha256) === sha256 ? sha256 : "");
  }

  /** SHA-256 of the file of a policy, as 64 hexadecimal digits; '' where it is not known.
   * @param {string} name
   */
  digestOf(name) {
    return this.#digests.get(name) ?? "";
  }

  /** @param {string} name of a visitor's policy */
  remove(name) {
    this.#own.delete(name);
  }

  /** A policy by its name.
   * @param {string} name
   * @returns {Promise<import('./seats.js').AnyPolicy>}
   */
  async open(name) {
    return this.#own.get(name)?.policy ?? this.#shipped(name);
  }

  /** The .onnx file of a policy by its name: bytes of the caller's own.
   * @param {string} name
   */
  async file(name) {
    const own = this.#own.get(name);
    if (own) return new Uint8Array(await own.file.arrayBuffer());
    const source = this.#config.policies.find((p) => p.name === name);
    if (!source) throw new Error(`there is no policy ${name}`);
    return fetchBytes(source.onnx);
  }

  /** @param {string} name in the ladder */
  #shipped(name) {
    let policy = this.#policies.get(name);
    if (!policy) {
      policy = this.#open(name);
      this.#policies.set(name, policy);
      policy.catch(() => this.#policies.delete(name)); // so that it can be asked for again
    }
    return policy;
  }

  /** @param {string} name */
  async #open(name) {
    const source = this.#config.policies.find((p) => p.name === name);
    if (!source) throw new Error(`there is no policy ${name}`);
    const [ort, onnx, sidecar, rows] = await Promise.all([
      this.#runtime(),
      fetchBytes(source.onnx),
      get(source.sidecar).then((answer) => answer.json()),
      this.#rows,
    ]);
    return openPolicy({ ort, onnx, sidecar, spec: this.#config.spec, rows });
  }

  #runtime() {
    this.#ort ??= this.#loadRuntime().catch((error) => {
      this.#ort = null;
      throw error;
    });
    return this.#ort;
  }

  /** Whole addresses of ONNX Runtime. */
  get addresses() {
    const { module, base } = this.#config.ort;
    const whole = (/** @type {string} */ url) => new URL(url, document.baseURI).href;
    return { module: whole(module), base: whole(base) };
  }

  async #loadRuntime() {
    const { module, base } = this.addresses;
    let ort;
    try {
      ort = await import(module);
    } catch {
      throw new Error("the runtime for policies did not arrive");
    }
    ort.env.wasm.numThreads = 1;
    ort.env.wasm.wasmPaths = base;
    ort.env.logLevel = "error";
    return ort;
  }
}

/** A second instance of a policy, in a worker of its own, that can be asked without disturbing the one
 * that plays.
 * @param {Shelf} shelf @param {import('./types.js').Spec} spec @param {string} name
 * @param {number} rows memories
 */
export async function openSecond(shelf, spec, name, rows) {
  const job = { bytes: await shelf.file(name), spec, ort: shelf.addresses };
  return openOwn(name, job, rows, ownWorker, () => {});
}

/** The mind for a driver's name; where its policy fails, who plays in its place, and why.
 * @param {Shelf} shelf
 * @param {string} driver 'scripted', 'random' or 'policy:NAME'
 * @param {import('./types.js').Spec} spec
 * @returns {Promise<{mind: import('./seats.js').Mind, trouble: string}>}
 */
export async function openMind(shelf, driver, spec) {
  if (driver === "scripted" || driver === "random") return { mind: { kind: driver }, trouble: "" };
  const name = driver.replace("policy:", "");
  try {
    return { mind: { kind: "policy", policy: await shelf.open(name) }, trouble: "" };
  } catch (error) {
    const kind = spec.has.script ? "scripted" : "random";
    const reason = error instanceof Error ? error.message : String(error);
    const trouble = `“${name}” cannot play: ${reason}. A ${kind} player has the seat; choose another, or reload.`;
    return { mind: { kind }, trouble };
  }
}
