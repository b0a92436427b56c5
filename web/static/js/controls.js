// Keys and pointer: what a person presses, turned into the session's presses.

import { bindings } from "./keys.js";

/** @typedef {import('./session.js').Session} Session */

const RANGE_KEYS = /^(Arrow|Home|End|Page)/; // that move a slider

/** Whether a key pressed here belongs to the element: typing, choosing, activating.
 * @param {EventTarget | null} target @param {string} code
 */
function belongsTo(target, code) {
  if (!(target instanceof HTMLElement)) return false;
  if (target.matches("input[type=range]")) return RANGE_KEYS.test(code);
  if (target.isContentEditable || target.matches("input, textarea, select")) return true;
  return code === "Space" && target.matches("button, a, summary");
}

/** Listens to the keyboard for as long as the page lives.
 * @param {Session} session
 * @param {{commands: Record<string, () => void>, hears: () => boolean, played: () => void}} page
 *   commands: by KeyboardEvent.code, for keys that the game itself does not use;
 *   hears: whether keys are meant for this player; played: a person has pressed a control
 */
export function listenToKeys(session, { commands, hears, played }) {
  const keys = bindings(session.spec);
  /** @type {Map<string, number>} the seat that each key held down drives */
  const held = new Map();

  window.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
    if (!hears() || belongsTo(event.target, event.code)) return;
    const binding = keys.get(event.code);
    const command = commands[event.code];
    if (!binding && !command) return;
    event.preventDefault(); // no scrolling
    if (event.repeat) return;
    if (!binding) return command();
    const seat = session.press(binding.seat, binding.head, binding.choice);
    if (seat < 0) return;
    held.set(event.code, seat);
    played();
  });

  window.addEventListener("keyup", (event) => {
    const binding = keys.get(event.code);
    const seat = held.get(event.code);
    if (!binding || seat === undefined) return;
    held.delete(event.code);
    session.release(seat, binding.head, binding.choice);
  });

  window.addEventListener("blur", () => {
    held.clear();
    session.releaseAll();
  });
}

/** Listens to a pointer that aims: while it moves over the scene, and pressed until it is let go. A
 * finger that has left goes on to aim where it was; a mouse that leaves the scene does not.
 * @param {Session} session @param {HTMLCanvasElement} canvas @param {() => void} played
 */
export function listenToAim(session, canvas, played) {
  const { spec } = session;
  if (!spec.aims.length) return;
  /** @param {PointerEvent} event @param {boolean} down */
  const aim = (event, down) => {
    if (!event.isPrimary) return;
    const box = canvas.getBoundingClientRect();
    const x = ((event.clientX - box.left) / box.width) * spec.width;
    const y = ((event.clientY - box.top) / box.height) * spec.height;
    if (session.aim({ x, y, down }) && down) played();
  };
  canvas.addEventListener("pointerdown", (event) => {
    if (event.button !== 0) return;
    canvas.setPointerCapture(event.pointerId);
    aim(event, true);
  });
  canvas.addEventListener("pointermove", (event) => aim(event, (event.buttons & 1) === 1));
  canvas.addEventListener("pointerup", (event) => aim(event, false));
  const lift = () => session.seats[session.focus].hands.lift();
  canvas.addEventListener("pointercancel", lift);
  canvas.addEventListener("pointerleave", (event) => {
    if (event.pointerType === "mouse") lift();
  });
}

/** Listens to clicks and touches on the scene, where the game has a use for them.
 * @param {Session} session @param {HTMLCanvasElement} canvas @param {() => void} played
 */
export function listenToPointer(session, canvas, played) {
  const { spec } = session;
  if (!spec.has.point) return;
  canvas.addEventListener("pointerdown", (event) => {
    if (event.button !== 0) return;
    const seat = session.seatFor(-1);
    if (seat < 0) return;
    const box = canvas.getBoundingClientRect();
    const x = ((event.clientX - box.left) / box.width) * spec.width;
    const y = ((event.clientY - box.top) / box.height) * spec.height;
    const choice = session.env.point(seat, x, y);
    if (choice >= 0) {
      if (session.press(-1, 0, choice, false) >= 0) played();
    } else if (!session.seats.some(({ person }) => person)) {
      session.takeOver(session.focus, false); // nobody played: now the game waits for a better aim
      played();
    }
  });
}
