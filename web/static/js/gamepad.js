// A gamepad: its cross and left stick for choices called up, down, left and right; its sticks, as far as
// they are pushed, where a person holds numbers.

import { heldHeads, leans } from "./keys.js";

/** @typedef {import('./session.js').Session} Session */

const FAR = 0.5; // of the stick's way, from which on it counts
const DEAD = 0.12; // of the stick's way, up to which it rests
const BUTTONS = { up: 12, down: 13, left: 14, right: 15 }; // of the standard mapping

/** @param {Gamepad} pad @param {keyof typeof BUTTONS} way */
function points(pad, way) {
  const axis = pad.axes[way === "up" || way === "down" ? 1 : 0] ?? 0;
  const pushed = way === "up" || way === "left" ? axis < -FAR : axis > FAR;
  return pushed || Boolean(pad.buttons[BUTTONS[way]]?.pressed);
}

/** Returns a function that looks at the gamepad, to be called once a frame.
 * @param {Session} session @param {() => void} played
 */
export function listenToGamepad(session, played) {
  if (leans(session.spec)) return listenToSticks(session, played);
  const [head] = heldHeads(session.spec);
  const ways = /** @type {(keyof typeof BUTTONS)[]} */ (Object.keys(BUTTONS)).flatMap((way) => {
    const choice = head.choices.indexOf(way);
    return choice < 0 ? [] : [{ way, choice, seat: -1 }];
  });
  let connected = false;
  window.addEventListener("gamepadconnected", () => {
    connected = true;
  });
  return () => {
    if (!connected || !ways.length) return;
    const pad = navigator.getGamepads().find((p) => p?.connected);
    for (const held of ways) {
      const now = pad ? points(pad, held.way) : false;
      if (now && held.seat < 0) {
        held.seat = session.press(session.spec.turn_based ? -1 : session.focus, 0, held.choice);
        if (held.seat >= 0) played();
      } else if (!now && held.seat >= 0) {
        session.release(held.seat, 0, held.choice);
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
