// Swipes over the scene, in games whose choices are called up, down, left and right.

import { swipeChoices } from "./keys.js";

/** @typedef {import('./session.js').Session} Session */

const FAR = 24; // px from where a pointer came down, from which on it has swiped

/** One press a swipe, as soon as it is far enough to tell where it goes; mice drag.
 * @param {Session} session @param {HTMLCanvasElement} canvas @param {() => void} played
 */
export function listenToSwipes(session, canvas, played) {
  const choices = swipeChoices(session.spec);
  if (!choices) return;
  let [pointer, x, y] = [-1, 0, 0];
  canvas.addEventListener("pointerdown", (event) => {
    if (event.button !== 0 || !event.isPrimary) return;
    [pointer, x, y] = [event.pointerId, event.clientX, event.clientY];
    canvas.setPointerCapture(pointer);
  });
  canvas.addEventListener("pointermove", (event) => {
    if (event.pointerId !== pointer) return;
    const [dx, dy] = [event.clientX - x, event.clientY - y];
    if (Math.max(Math.abs(dx), Math.abs(dy)) < FAR) return;
    pointer = -1;
    const level = Math.abs(dx) > Math.abs(dy);
    const choice = level ? choices[dx < 0 ? "left" : "right"] : choices[dy < 0 ? "up" : "down"];
    const seat = session.spec.turn_based ? -1 : session.focus;
    if (session.press(seat, 0, choice, false) >= 0) played();
  });
  for (const end of ["pointerup", "pointercancel"]) {
    canvas.addEventListener(end, () => {
      pointer = -1;
    });
  }
}
