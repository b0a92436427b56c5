// Which key means what: the environment's own keys, and how to write a key's name.

/**
 * @typedef {object} Binding
 * @property {number} seat that the key drives, -1 for the one in focus
 * @property {number} head
 * @property {number} choice
 */

/** What a person holds: the sticks, or the decisions themselves.
 * @param {import('./types.js').Spec} spec
 */
export function heldHeads(spec) {
  return spec.sticks.length ? spec.sticks : spec.interface.action.heads;
}

/** Whether what a person holds is numbers in [-1, 1]; otherwise it is choices.
 * @param {import('./types.js').Spec} spec
 */
export function leans(spec) {
  return spec.sticks.length > 0 || spec.interface.action.type === "continuous";
}

/** Whether two people can share a keyboard: each side has its own set of keys.
 * @param {import('./types.js').Spec} spec
 */
export function shares(spec) {
  return spec.agents === 2 && !spec.turn_based;
}

/** The environment's keys by KeyboardEvent.code. In a real-time game for two, each side has its own
 * set; otherwise all keys drive the seat in focus.
 * @param {import('./types.js').Spec} spec
 * @returns {Map<string, Binding>}
 */
export function bindings(spec) {
  const shared = shares(spec);
  /** @type {Map<string, Binding>} */
  const map = new Map();
  spec.keys.forEach((choices, head) => {
    choices.forEach((sets, choice) => {
      sets.forEach((code, set) => {
        if (code) map.set(code, { seat: shared ? set : -1, head, choice });
      });
    });
  });
  return map;
}

/** The choices that have a key, with the keys that drive a seat.
 * @param {import('./types.js').Spec} spec
 * @param {number} seat
 * @returns {{head: number, choice: number, name: string, codes: string[]}[]}
 */
export function keysOf(spec, seat) {
  const shared = shares(spec);
  return spec.keys.flatMap((choices, head) =>
    choices.flatMap((sets, choice) => {
      const codes = sets.filter((code, set) => code && (!shared || set === seat));
      const name = heldHeads(spec)[head].choices[choice];
      return codes.length ? [{ head, choice, name, codes }] : [];
    }),
  );
}

/** The choices that have a button on the touch pad: where a pointer plays or aims, not what it does.
 * @param {import('./types.js').Spec} spec
 */
export function padKeys(spec) {
  if (spec.has.point) return [];
  return keysOf(spec, 0).filter(({ head }) => !spec.aims.includes(head));
}

/** @type {Record<string, "up" | "down" | "left" | "right">} */
const ARROWS = { ArrowUp: "up", ArrowDown: "down", ArrowLeft: "left", ArrowRight: "right" };

/** The way that a choice's arrow key points, "" if it has none.
 * @param {{codes: string[]}} key
 */
export function wayOf({ codes }) {
  return codes.map((code) => ARROWS[code]).find(Boolean) ?? "";
}

/** What a head does when no key is held: the first choice that has none. Where each has one, none of
 * them rests, and they are made in turn: a cart pushed left and right by turns rolls on.
 * @param {import('./types.js').Spec} spec
 * @returns {number[][]} by head, the choices to be made in turn
 */
export function idleChoices(spec) {
  return heldHeads(spec).map(({ choices }, head) => {
    const keyless = (spec.keys[head] ?? []).findIndex((sets) => sets.every((code) => !code));
    return keyless < 0 ? choices.map((_, choice) => choice) : [keyless];
  });
}

/** What swipes choose, of the first head; null where they mean nothing: its choices go not four ways,
 * or the scene is clicked.
 * @param {import('./types.js').Spec} spec
 * @returns {Record<"up" | "down" | "left" | "right", number> | null}
 */
export function swipeChoices(spec) {
  const { choices } = heldHeads(spec)[0];
  const [up, down, left, right] = ["up", "down", "left", "right"].map((w) => choices.indexOf(w));
  if (spec.has.point || Math.min(up, down, left, right) < 0) return null;
  return { up, down, left, right };
}

/** @type {Record<string, string>} */
const NAMES = {
  ArrowUp: "↑",
  ArrowDown: "↓",
  ArrowLeft: "←",
  ArrowRight: "→",
  Space: "Space",
  Period: ".",
  Comma: ",",
  Slash: "/",
  Semicolon: ";",
};

/** As it is printed on the key.
 * @param {string} code KeyboardEvent.code
 */
export function keyLabel(code) {
  return NAMES[code] ?? code.replace(/^(Key|Digit|Numpad)/, "");
}
