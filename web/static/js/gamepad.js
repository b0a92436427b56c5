// A gamepad's cross and left stick, for choices called up, down, left and right.

/** @typedef {import('./session.js').Session} Session */

const FAR = 0.5; // of the stick's way, from which on it counts
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
  const [head] = session.spec.interface.action.heads;
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
