// A gamepad: its cross and left stick are the arrow keys, its buttons the choices that have other keys;
// its sticks, as far as they are pushed, are what a person holds where that is numbers.

import { heldHeads, keysOf, leans, wayOf } from "./keys.js";

/** @typedef {import('./session.js').Session} Session */

const FAR = 0.5; // of the stick's way, from which on it counts
const DEAD = 0.12; // of the stick's way, up to which it rests
const CROSS = { up: 12, down: 13, left: 14, right: 15 }; // of the standard mapping
const BUTTONS = [4, 5, 0, 1, 2, 3]; // shoulders first, then those under the right thumb

/** @param {Gamepad} pad @param {string} way */
function points(pad, way) {
  const axis = pad.axes[way === "up" || way === "down" ? 1 : 0] ?? 0;
  return way === "up" || way === "left" ? axis < -FAR : axis > FAR;
}

/** What each choice is held down by.
 * @param {import('./types.js').Spec} spec
 * @returns {{way: string, button: number, head: number, choice: number}[]} way: of the stick, or ""
 */
export function padChoices(spec) {
  let others = 0;
  return keysOf(spec, 0).flatMap((key) => {
    const way = wayOf(key);
    const button = way ? CROSS[way] : (BUTTONS[others++] ?? -1);
    return button < 0 ? [] : [{ way, button, head: key.head, choice: key.choice }];
  });
}

/** Returns a function that looks at the gamepad, to be called once a frame.
 * @param {Session} session @param {() => void} played
 */
export function listenToGamepad(session, played) {
  if (leans(session.spec)) return listenToSticks(session, played);
  const choices = padChoices(session.spec).map((choice) => ({ ...choice, seat: -1 }));
  let connected = false;
  window.addEventListener("gamepadconnected", () => {
    connected = true;
  });
  return () => {
    if (!connected || !choices.length) return;
    const pad = navigator.getGamepads().find((p) => p?.connected);
    for (const held of choices) {
      const pressed = Boolean(pad?.buttons[held.button]?.pressed);
      const now = pressed || (pad && held.way ? points(pad, held.way) : false);
      if (now && held.seat < 0) {
        const seat = session.spec.turn_based ? -1 : session.focus;
        held.seat = session.press(seat, held.head, held.choice);
        if (held.seat >= 0) played();
      } else if (!now && held.seat >= 0) {
        session.release(held.seat, held.head, held.choice);
        held.seat = -1;
      }
    }
  };
}

/** How far an axis is pushed, -1 to 1, from 0 where it leaves its rest.
 * @param {number} axis
 */
export function pushed(axis) {
  const far = Math.min((Math.abs(axis) - DEAD) / (1 - DEAD), 1);
  return far > 0 ? Math.sign(axis) * far : 0;
}

/** The first axes, left stick across and down, right stick across and down, in the order of the heads.
 * @param {Session} session @param {() => void} played
 */
function listenToSticks(session, played) {
  const held = heldHeads(session.spec)
    .slice(0, 4)
    .map(() => ({ value: 0, seat: -1 }));
  let connected = false;
  window.addEventListener("gamepadconnected", () => {
    connected = true;
  });
  return () => {
    if (!connected) return;
    const pad = navigator.getGamepads().find((p) => p?.connected);
    held.forEach((stick, head) => {
      const value = pushed(pad?.axes[head] ?? 0);
      if (value === stick.value) return;
      const wanted = session.spec.turn_based ? -1 : session.focus;
      const seat = session.lean(stick.value ? stick.seat : wanted, head, value);
      if (!stick.value && seat >= 0) played();
      Object.assign(stick, { value, seat });
    });
  };
}
