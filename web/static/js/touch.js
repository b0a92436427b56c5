// Buttons under the thumbs, for screens without keys: one for each choice that has a key, but for
// those that are played on the scene.

import { el, icon, isIcon } from "./dom.js";
import { heldHeads, padKeys, wayOf } from "./keys.js";

/** @typedef {import('./session.js').Session} Session */

/** The buttons; a style sheet shows them where the pointer is a finger.
 * @param {Session} session @param {() => void} played
 */
export function touchPad(session, played) {
  const { spec } = session;
  if (spec.sticks.length) return crosses(session, played);
  const keys = padKeys(spec).map((key) => ({ ...key, way: wayOf(key) || key.name }));
  const cross = keys.length === 4 && keys.every(({ way }) => isIcon(way));
  const pad = el("div", { class: "touch", role: "group", "aria-label": "Controls" });
  pad.dataset.shape = cross ? "cross" : "row";
  pad.hidden = keys.length === 0;
  for (const { head, choice, name, way } of keys) {
    const button = el("button", { type: "button", class: "touch-button", "data-way": way });
    if (isIcon(way)) {
      button.setAttribute("aria-label", name);
      button.append(icon(way));
    } else {
      button.textContent = name;
    }
    hold(button, session, head, choice, played);
    pad.append(button);
  }
  return pad;
}

/** @type {("left" | "right" | "up" | "down")[][]} */
const WAYS = [
  ["left", "right"],
  ["up", "down"],
]; // in which the two ends of a gamepad's axes lie

/** For each two sticks a cross under one thumb, as a gamepad has them.
 * @param {Session} session @param {() => void} played
 */
function crosses(session, played) {
  const pad = el("div", { class: "touch", role: "group", "aria-label": "Controls" });
  pad.dataset.shape = "crosses";
  const sticks = heldHeads(session.spec);
  for (let first = 0; first < sticks.length; first += 2) {
    const pair = sticks.slice(first, first + 2);
    const label = pair.map(({ name }) => name).join(", ");
    const cross = el("div", { class: "touch-cross", role: "group", "aria-label": label });
    pair.forEach(({ choices }, axis) => {
      choices.forEach((name, choice) => {
        const way = WAYS[axis][choice];
        const button = el("button", { type: "button", class: "touch-button", "data-way": way });
        button.setAttribute("aria-label", name);
        button.append(icon(way));
        hold(button, session, first + axis, choice, played);
        cross.append(button);
      });
    });
    pad.append(cross);
  }
  return pad;
}

/** Presses while the finger is down; Enter and Space press once.
 * @param {HTMLElement} button @param {Session} session
 * @param {number} head @param {number} choice @param {() => void} played
 */
function hold(button, session, head, choice, played) {
  let seat = -1;
  const release = () => {
    session.release(seat, head, choice);
    seat = -1;
    button.classList.remove("held");
  };
  button.addEventListener("pointerdown", (event) => {
    event.preventDefault();
    button.setPointerCapture(event.pointerId);
    seat = session.press(session.spec.turn_based ? -1 : session.focus, head, choice);
    button.classList.add("held");
    if (seat >= 0) played();
  });
  button.addEventListener("pointerup", release);
  button.addEventListener("pointercancel", release);
  button.addEventListener("contextmenu", (event) => event.preventDefault());
  button.addEventListener("click", (event) => {
    if (event.detail !== 0) return; // of a pointer, already heard
    session.press(session.spec.turn_based ? -1 : session.focus, head, choice, false);
    played();
  });
}
