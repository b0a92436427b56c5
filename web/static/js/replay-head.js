// What the head of a replay must be, before anything of it is used; envs_c/replay_file.py asks for
// the same.

/**
 * @typedef {{kind: string, name?: string, sha256?: string}} Driver who drives a seat: 'person',
 *   'scripted', 'random', or 'policy' with its name and, where it is known, the hash of its file
 *
 * @typedef {object} Head as docs/replay-format.md says
 * @property {string} env
 * @property {string} interface_version
 * @property {string} dynamics_version
 * @property {number} seed
 * @property {Record<string, number>} params
 * @property {[number, Record<string, number>][]} changes
 * @property {number} seats
 * @property {number[]} heads
 * @property {[number, number, Driver][]} drivers
 * @property {number} ticks
 * @property {[number, string][]} hashes
 * @property {string} [packing]
 */

export const MOST_HEAD = 2 ** 20; // bytes of the JSON
const KINDS = ["person", "policy", "scripted", "random"];
const [MOST_SEATS, MOST_HEADS, MOST_CHOICES] = [64, 64, 65536];
const NAME = /^[A-Za-z_]\w{0,63}$/;

/** Bytes that are no replay, or a replay that does not fit. */
export class ReplayError extends Error {
  /** @override */
  name = "ReplayError";
}

/** The head, if it is one; otherwise a ReplayError says what is wrong.
 * @param {unknown} value @param {{ticks: number, values: number}} limits
 * @returns {Head}
 */
export function checkHead(value, limits) {
  want(isObject(value), "head", "an object", value);
  const head = /** @type {Head} */ (value);
  want(isText(head.env, NAME), "env", "a name", head.env);
  for (const key of /** @type {const} */ (["interface_version", "dynamics_version"])) {
    want(isText(head[key], /^[0-9a-f]{0,64}$/), key, "hexadecimal digits", head[key]);
  }
  wantWhole(head.seed, "seed", 0, 2 ** 32 - 1);
  wantWhole(head.ticks, "ticks", 0, limits.ticks);
  wantWhole(head.seats, "seats", 1, MOST_SEATS);
  checkHeads(head.heads);
  const values = head.ticks * head.seats * head.heads.length;
  const few = `at most ${limits.values} (ticks × seats × heads)`;
  want(values <= limits.values, "actions", few, values);
  checkParams(head.params, "params");
  checkList(head.changes, "changes", head.ticks, 2);
  for (const [, params] of head.changes) checkParams(params, "changes");
  checkList(head.drivers, "drivers", head.ticks, 3);
  for (const [, seat, driver] of head.drivers) {
    wantWhole(seat, "drivers: seat", 0, head.seats - 1);
    checkDriver(driver);
  }
  checkHashes(head.hashes, head.ticks);
  return head;
}

/** @param {number[]} heads */
function checkHeads(heads) {
  const counted = Array.isArray(heads) && heads.length >= 1 && heads.length <= MOST_HEADS;
  want(counted, "heads", `a list of 1 to ${MOST_HEADS}`, heads);
  for (const n of heads) wantWhole(n, "heads: choices", 0, MOST_CHOICES);
  const alike = heads.every(Boolean) || !heads.some(Boolean);
  want(alike, "heads", "choices for each or for none", heads);
}

/** @param {[number, string][]} hashes @param {number} ticks */
function checkHashes(hashes, ticks) {
  checkList(hashes, "hashes", ticks, 2);
  let last = -1;
  for (const [tick, hash] of hashes) {
    want(isText(hash, /^[0-9a-f]{16}$/), "hashes", "16 hexadecimal digits", hash);
    want(tick > last, "hashes", "one of a tick", "several");
    last = tick;
  }
  want(last === ticks, "hashes", `one of tick ${ticks}, the last`, hashes.slice(-1));
}

/** That it holds lists of `length`, each headed by a tick, and that ticks ascend.
 * @param {unknown} entries @param {string} what @param {number} ticks @param {number} length
 */
function checkList(entries, what, ticks, length) {
  if (!Array.isArray(entries)) return void want(false, what, "a list", entries);
  let last = 0;
  for (const entry of entries) {
    want(Array.isArray(entry) && entry.length === length, what, `lists of ${length}`, entry);
    wantWhole(entry[0], `${what}: tick`, last, ticks);
    last = entry[0];
  }
}

/** @param {Record<string, number>} params @param {string} what */
function checkParams(params, what) {
  want(isObject(params), what, "an object", params);
  for (const [name, value] of Object.entries(params)) {
    want(isText(name, NAME), what, "names", name);
    want(isNumber(value), `${what}: ${name}`, "a number", value);
  }
}

/** @param {Driver} driver */
function checkDriver(driver) {
  want(isObject(driver), "driver", "an object", driver);
  const { kind, name = "", sha256 = "" } = driver;
  want(KINDS.includes(kind), "driver: kind", `one of ${KINDS.join(", ")}`, kind);
  want(isText(name, /^[^\ud800-\udfff]{0,200}$/u), "driver: name", "up to 200 letters", name);
  want(isText(sha256, /^([0-9a-f]{64})?$/), "driver: sha256", "64 hexadecimal digits", sha256);
}

/** @param {unknown} value @returns {boolean} */
function isObject(value) {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** @param {unknown} value @param {RegExp} pattern */
function isText(value, pattern) {
  return typeof value === "string" && pattern.test(value);
}

/** @param {unknown} value */
function isNumber(value) {
  return typeof value === "number" && Math.abs(value) < 1e300;
}

/** @param {number} value @param {string} what @param {number} low @param {number} high */
function wantWhole(value, what, low, high) {
  want(Number.isInteger(value) && low <= value && value <= high, what, `${low} to ${high}`, value);
}

/** @param {boolean} right @param {string} what @param {string} wanted @param {unknown} got */
function want(right, what, wanted, got) {
  if (right) return;
  const text = got === undefined ? "nothing" : (JSON.stringify(got) ?? String(got));
  const shown = text.length > 60 ? `${text.slice(0, 57)}...` : text;
  throw new ReplayError(`${what}: want ${wanted}, got ${shown}`);
}
