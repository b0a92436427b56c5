// Links to replays: a short one travels in the fragment of the address, and `t` leads to a moment.
//
//   #replay=R1lNQ0FERQF4…&t=1200    the replay itself, at tick 1200
//   #t=1200                         a moment of the replay that the page shows
//   ?replay=KF3hYk_QdW1uVx0cT9sQbg  one that the server keeps, by its id; before the fragment

import { ReplayError } from "./replay-head.js";

/** Letters of a fragment that is passed on whole by what people send links with. */
export const LONGEST = 8000;

/** The fragment for a replay, without "#"; null where it would be too long, and a file is wanted.
 * @param {Uint8Array} bytes of a file
 * @param {number} [tick] 0 for the beginning
 * @param {number} [longest] letters
 */
export function toFragment(bytes, tick = 0, longest = LONGEST) {
  if (Math.ceil((bytes.length * 4) / 3) > longest) return null;
  const text = btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(""));
  const url = text.replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
  return `replay=${url}${tick > 0 ? `&${momentOf(tick)}` : ""}`;
}

/** The fragment that leads to a tick.
 * @param {number} tick
 */
export function momentOf(tick) {
  return `t=${tick}`;
}

/** The id in the part of an address between "?" and "#", '' for none.
 * @param {string} search
 */
export function idIn(search) {
  return new URLSearchParams(search).get("replay") ?? "";
}

/** What a fragment holds: the bytes of a file, and a tick; null for what is not there.
 * @param {string} fragment with or without "#"
 * @returns {{bytes: Uint8Array | null, tick: number | null}} it throws a ReplayError at letters
 *   that are no base64url; a `t` that is no whole number is passed over
 */
export function fromFragment(fragment) {
  const given = new Map(
    fragment
      .replace(/^#/, "")
      .split("&")
      .map((part) => /** @type {[string, string]} */ (part.split(/=(.*)/s, 2))),
  );
  const text = given.get("replay");
  const moment = given.get("t") ?? "";
  return {
    bytes: text === undefined ? null : fromBase64(text),
    tick: /^\d{1,9}$/.test(moment) ? Number(moment) : null,
  };
}

/** @param {string} text */
function fromBase64(text) {
  const wrong = text.match(/[^A-Za-z0-9_-]/);
  if (wrong || text.length % 4 === 1) {
    const got = wrong ? JSON.stringify(wrong[0]) : `${text.length} letters, one is missing`;
    throw new ReplayError(`link: want letters of base64url, got ${got}`);
  }
  const bytes = atob(text.replaceAll("-", "+").replaceAll("_", "/"));
  return Uint8Array.from(bytes, (letter) => letter.charCodeAt(0));
}
