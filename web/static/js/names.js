// Words about a game that its facts imply: what seats are called, how to begin to play.

import { keyLabel, keysOf, shares, swipeChoices } from "./keys.js";

/** @typedef {import('./types.js').Spec} Spec */

const LETTERS = "QWERTYUIOPASDFGHJKLZXCVBNM"; // as they lie on a keyboard

/** What each seat is called. The two sides of a shared keyboard are the two sides of the scene.
 * @param {Spec} spec @param {number} seats
 */
export function seatNames(spec, seats) {
  if (seats === 1) return ["Player"];
  if (seats === 2 && spec.turn_based) return ["First", "Second"];
  if (seats === 2 && shares(spec)) return ["Right", "Left"];
  return Array.from({ length: seats }, (_, i) => `Seat ${i + 1}`);
}

/** Seats in the order in which to show them: the left side first.
 * @param {Spec} spec @param {number} seats
 */
export function seatOrder(spec, seats) {
  return seats === 2 && shares(spec) ? [1, 0] : Array.from({ length: seats }, (_, i) => i);
}

/** @param {string} noun */
function article(noun) {
  return /^[aeiou]/.test(noun) ? `an ${noun}` : `a ${noun}`;
}

/** How to begin: 'press ↑ or ↓ to play'.
 * @param {Spec} spec @param {number} seat @param {boolean} touch whether fingers play
 * @param {boolean} [deaf] whether keys do not arrive before a click, as in a frame
 */
export function invitation(spec, seat, touch, deaf = false) {
  const keys = spec.has.point || touch ? "" : pressing(spec, seat);
  if (keys) return deaf ? `click, then ${keys}` : keys;
  const [head] = spec.interface.action.heads;
  if (spec.aims.length && touch) {
    return `touch to aim, buttons ${head.name}`;
  }
  if (spec.has.point) return `${touch ? "touch" : "click"} ${article(head.name)} to play`;
  if (!touch) return "";
  return swipeChoices(spec) ? "swipe to play" : "touch a button to play";
}

/** @param {Spec} spec @param {number} seat */
function pressing(spec, seat) {
  const keys = keysOf(spec, seat).filter(({ head }) => !spec.aims.includes(head));
  const codes = keys.map((key) => key.codes[0]);
  if (codes.length > 2 && codes.every((code) => code.startsWith("Arrow"))) {
    return `press an arrow key to play${spec.aims.length ? ", aim with the mouse" : ""}`;
  }
  const labels = codes.map(keyLabel);
  if (!labels.length) return "";
  if (spec.sticks.length) return sticking(labels);
  if (labels.length > 4) return `press ${labels[0]} to ${labels.at(-1)} to play`;
  return `press ${labels.join(" or ")} to play`;
}

/** Of all the keys that move sticks: 'press W, A, S, D or an arrow key to play'.
 * @param {string[]} labels
 */
function sticking(labels) {
  const arrows = labels.filter((label) => "↑↓←→".includes(label));
  const others = labels
    .filter((label) => !arrows.includes(label))
    .sort((a, b) => LETTERS.indexOf(a) - LETTERS.indexOf(b));
  const all = arrows.length ? [...others, "an arrow key"] : others;
  return `press ${all.slice(0, -1).join(", ")} or ${all.at(-1)} to play`;
}

/** What happens next, to someone who has just taken a seat by a key.
 * @param {boolean} touch
 */
export function reassurance(touch) {
  return `let go and the agent plays on · ${touch ? "Keep" : "press T"} to stay`;
}

/** Of a driver that is not a person: 'best', 'script', 'chance'.
 * @param {string} mind name of a policy, 'scripted' or 'random'
 */
export function mindWord(mind) {
  return mind === "scripted" ? "script" : mind === "random" ? "chance" : mind;
}

/** A policy in a list to choose from: 'best 1523', by its rating where it has one.
 * @param {{name: string, rating: string}} policy
 */
export function policyLabel({ name, rating }) {
  return rating ? `${name} ${rating}` : name;
}

/** An action of one seat: 'up', or of several decisions 'drive ahead, fire 2', or of continuous ones
 * 'thrust +0.50'.
 * @param {Spec} spec @param {ArrayLike<number>} action one number a head
 */
export function actionWord(spec, action) {
  const { type, heads } = spec.interface.action;
  const words = heads.map(({ name, choices }, head) => {
    if (type === "continuous") return `${name} ${signed(action[head])}`;
    const choice = choices[action[head]];
    return heads.length > 1 || /^\d+$/.test(choice) ? `${name} ${choice}` : choice;
  });
  return words.join(", ");
}

/** With its sign and two digits after the point: '+0.50', '−1.00'.
 * @param {number} value
 */
export function signed(value) {
  return `${value < 0 ? "−" : "+"}${Math.abs(value).toFixed(2)}`;
}

/** What the end of a game means to a person: 'You won', 'You scored 57'; of several who sit at one
 * screen, what it means to each seat.
 * @param {Spec} spec @param {import('./seats.js').Seat[]} ended seats of people, whose episodes are over
 * @param {string[]} names of all seats
 * @returns {string} '' for nobody
 */
export function outcome(spec, ended, names) {
  const words = ended.map((seat) => {
    /** @param {string} name */
    const measured = (name) => seat.measured[spec.metrics.indexOf(name)] ?? 0;
    const who = ended.length === 1 ? "You" : names[seat.index];
    if (!spec.metrics.includes("won")) return `${who} scored ${number(measured("score"))}`;
    return `${who} ${measured("won") ? "won" : measured("drawn") ? "drew" : "lost"}`;
  });
  return words.join(", ");
}

/** What has come of a seat's finished episodes, in a few words.
 * @param {Spec} spec @param {import('./seats.js').Seat} seat
 */
export function record(spec, seat) {
  const { episodes, wins, best, total } = seat;
  if (!episodes) return "";
  if (spec.metrics.includes("won")) return `won ${wins} of ${episodes}`;
  return `best ${number(best)} · mean ${number(total / episodes)}`;
}

/** @param {number} value */
export function number(value) {
  return Number.isInteger(value) ? String(value) : value.toFixed(1);
}

/** An action in words: 'up', 'left and fire', 'steer −0.25'.
 * @param {Spec} spec @param {boolean} continuous @param {number[]} action one a head
 */
export function actionWords(spec, continuous, action) {
  const words = spec.interface.action.heads.map(({ name, choices }, h) => {
    if (!continuous) return choices[action[h]];
    return `${name} ${action[h] < 0 ? "−" : ""}${Math.abs(action[h]).toFixed(2)}`;
  });
  return words.join(" and ");
}
