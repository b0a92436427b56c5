// What the address of the page asks it to show: a replay in its fragment, or one that the server keeps,
// and a moment of it.

import { fetchBytes } from "./load.js";
import { decodeReplay, fitOf } from "./replay.js";
import { fromFragment, idIn } from "./replay-link.js";

/**
 * @typedef {object} Arrival
 * @property {Uint8Array | null} bytes of a file, null if there is none
 * @property {string} id under which the server keeps it, '' if it is not from there
 * @property {number | null} tick
 * @property {import('./replay.js').Replay | null} replay in the bytes, null if they hold none
 * @property {string} trouble why there is no replay though one was asked for
 */

/** Reads the address, fetches what it names and decodes it; what goes wrong is told in `trouble`.
 * @param {{search: string, hash: string}} address
 * @returns {Promise<Arrival>}
 */
export async function arriving({ search, hash }) {
  /** @type {Arrival} */
  const arrival = { bytes: null, id: "", tick: null, replay: null, trouble: "" };
  try {
    Object.assign(arrival, fromFragment(hash));
    if (!arrival.bytes) arrival.id = idIn(search);
    if (arrival.id) {
      arrival.bytes = await fetchBytes(`/api/v1/replays/${encodeURIComponent(arrival.id)}`);
    }
    if (arrival.bytes) arrival.replay = await decodeReplay(arrival.bytes);
  } catch (error) {
    arrival.trouble = error instanceof Error ? error.message : String(error);
  }
  return arrival;
}

/** Parameters of a game, those of a replay where they mean something here.
 * @param {import('./replay.js').Replay | null} replay @param {import('./types.js').Spec} spec
 * @returns {Record<string, number>} all of them
 */
export function paramsFor(replay, spec) {
  const usual = Object.fromEntries(spec.params.map((p) => [p.name, p.default]));
  return replay && fitOf(replay, spec).playable ? { ...usual, ...replay.params } : usual;
}
