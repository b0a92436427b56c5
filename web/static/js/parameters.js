// Parameters of a game as a page's address gives them, and how a game differs from the standard one.

/**
 * @typedef {import('./types.js').Param} Param
 * @typedef {Record<string, number>} Params
 */

const OURS = ["seed", "timeline"]; // what else an address may ask for

/** What an address asks for (?snakes=32), and what of it cannot be had, in words.
 * @param {Param[]} all @param {string} search
 * @returns {{params: Params, refused: string[]}}
 */
export function fromAddress(all, search) {
  const asked = new URLSearchParams(search);
  /** @type {Params} */
  const params = {};
  const refused = [];
  for (const param of addressed(all)) {
    const text = asked.get(param.name);
    if (text === null) continue;
    const value = text.trim() === "" ? Number.NaN : Number(text);
    if (value >= param.min && value <= param.max && same(value, snapped(param, value))) {
      params[param.name] = value;
      continue;
    }
    const steps = `${param.min} to ${param.max} in steps of ${param.step}`;
    const got = text.trim() || "nothing";
    refused.push(
      `In the address, ${param.name}: want ${steps}, got ${got}; it is ${param.default}.`,
    );
  }
  return { params, refused };
}

/** The address of a game with parameters: those that differ from the standard are named.
 * @param {string} address @param {Param[]} all @param {Params} params @param {number} seed
 */
export function addressOf(address, all, params, seed) {
  const url = new URL(address);
  url.hash = "";
  for (const { name } of addressed(all)) url.searchParams.delete(name);
  url.searchParams.set("seed", String(seed));
  for (const { name } of differing(addressed(all), params)) {
    url.searchParams.set(name, String(params[name]));
  }
  return url.href;
}

/** Those that an address can name.
 * @param {Param[]} all
 */
function addressed(all) {
  return all.filter(({ name }) => !OURS.includes(name));
}

/** Those that are not at their default.
 * @param {Param[]} all @param {Params} params
 */
export function differing(all, params) {
  return all.filter((param) => !same(params[param.name], param.default));
}

/** Every one at its default.
 * @param {Param[]} all
 * @returns {Params}
 */
export function standard(all) {
  return Object.fromEntries(all.map((param) => [param.name, param.default]));
}

/** Whether the environment, which holds float32, takes two values for one.
 * @param {number} a @param {number} b
 */
function same(a, b) {
  return Math.fround(a) === Math.fround(b);
}

/** The nearest value that can be had.
 * @param {Param} param @param {number} value
 */
function snapped({ min, max, step }, value) {
  const steps = Math.round((Math.max(min, Math.min(value, max)) - min) / step);
  return Number((min + steps * step).toPrecision(6));
}

/** As people read it: 'paddle speed'.
 * @param {Param} param
 */
export function wordsOf({ name }) {
  return name.replaceAll("_", " ");
}

/** A value with its unit; a unit that only repeats the name is left out.
 * @param {Param} param @param {number} value
 */
export function withUnit(param, value) {
  const { unit } = param;
  return unit && unit !== wordsOf(param) ? `${value} ${unit}` : String(value);
}
