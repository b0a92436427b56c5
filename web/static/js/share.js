// Links to replays: whole in the fragment where they are short, by an id where the server has to keep
// them.

import { momentOf, toFragment } from "./replay-link.js";

const MOST_CARRIED = 1_000_000; // letters of a fragment that goes from page to page in one browser
const TYPE = "application/vnd.gymcade.replay";

/** A link that opens a replay at a tick.
 * @param {string} env @param {Uint8Array} bytes of its file @param {number} tick 0 for the beginning
 * @returns {Promise<{link: string, stored: boolean}>} stored: whether the server keeps it. It fails
 *   with the server's reason if it must and will not.
 */
export async function linkTo(env, bytes, tick) {
  const page = new URL(`/play/${env}`, location.href).href;
  const fragment = toFragment(bytes, tick);
  if (fragment) return { link: `${page}#${fragment}`, stored: false };
  const id = await store(bytes);
  return { link: `${page}${byId(id, tick)}`, stored: true };
}

/** The address of a replay on the page of another game; '' where it is too long to be carried there.
 * @param {string} env @param {Uint8Array} bytes @param {number} tick
 * @param {string} id under which the server keeps it, '' if it is not from there
 */
export function linkElsewhere(env, bytes, tick, id) {
  const page = `/play/${encodeURIComponent(env)}`;
  if (id) return `${page}${byId(id, tick)}`;
  const fragment = toFragment(bytes, tick, MOST_CARRIED);
  return fragment ? `${page}#${fragment}` : "";
}

/** @param {string} id @param {number} tick */
function byId(id, tick) {
  return `?replay=${encodeURIComponent(id)}${tick > 0 ? `#${momentOf(tick)}` : ""}`;
}

/** @param {Uint8Array} bytes @returns {Promise<string>} the id */
async function store(bytes) {
  let answer;
  try {
    answer = await fetch("/api/v1/replays", {
      method: "POST",
      headers: { "Content-Type": TYPE },
      body: /** @type {BufferSource} */ (bytes),
    });
  } catch {
    throw new Error("it is too long to stand in a link, and the server cannot be reached");
  }
  const told = await answer.json().catch(() => ({}));
  if (answer.ok && typeof told.id === "string") return told.id;
  const reason = typeof told.detail === "string" ? told.detail : `it said ${answer.status}`;
  throw new Error(`it is too long to stand in a link, and the server does not keep it: ${reason}`);
}
