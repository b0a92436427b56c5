// A person's hands on one seat: what is held down, and what was pressed since the last tick.

import { heldHeads, idleChoices, leans } from "./keys.js";

/** @typedef {{x: number, y: number, down: boolean}} Pointer over the scene, in its px; down: pressed */

const LATEST = 2; // presses that are kept for later ticks: a quick turn and turn again

/** The hands for a seat of an environment.
 * @param {import('./types.js').Spec} spec
 */
export function handsOn(spec) {
  return new Hands(heldHeads(spec).length, leans(spec), idleChoices(spec));
}

export class Hands {
  #heads;
  #idle;
  #continuous;
  /** @type {number[][]} choices held down, by head, the last pressed one last */
  #held;
  /** @type {number[][]} presses that no tick has seen yet, by head */
  #fresh;
  /** @type {number[]} how far a gamepad's stick is pushed, by head; counts where no key is held */
  #leaning;
  /** @type {Pointer | null} where it last was, until a key takes over what it decides */
  #pointer = null;
  #clicked = false; // since the last tick
  #aimed = 0; // heads that the pointer decided in the last tick, a bit each
  #rested = 0; // ticks

  /** @param {number} heads @param {boolean} continuous
   * @param {number[][]} idle choices of each head that are made in turn while nothing is held
   */
  constructor(heads, continuous, idle) {
    this.#heads = heads;
    this.#continuous = continuous;
    this.#idle = idle;
    this.#held = Array.from({ length: heads }, () => []);
    this.#fresh = Array.from({ length: heads }, () => []);
    this.#leaning = Array.from({ length: heads }, () => 0);
  }

  /** @param {number} head @param {number} choice */
  press(head, choice) {
    if ((this.#aimed >> head) & 1) this.lift();
    this.release(head, choice);
    this.#held[head].push(choice);
    this.tap(head, choice);
  }

  /** A press that is over at once.
   * @param {number} head @param {number} choice
   */
  tap(head, choice) {
    if (this.#fresh[head].length < LATEST) this.#fresh[head].push(choice);
  }

  /** @param {number} head @param {number} value -1 to 1, 0 for let go */
  lean(head, value) {
    this.#leaning[head] = value;
  }

  /** @param {number} head @param {number} choice */
  release(head, choice) {
    const at = this.#held[head].indexOf(choice);
    if (at >= 0) this.#held[head].splice(at, 1);
  }

  /** A pointer has moved, or was pressed or let go. It goes on to aim where it last was.
   * @param {Pointer} pointer
   */
  point(pointer) {
    this.#pointer = pointer;
    this.#clicked ||= pointer.down;
  }

  /** The pointer is gone. */
  lift() {
    this.#pointer = null;
    this.#clicked = false;
    this.#aimed = 0;
  }

  /** Lets go of everything and forgets what was pressed. */
  drop() {
    for (let h = 0; h < this.#heads; h++) {
      this.#held[h].length = 0;
      this.#fresh[h].length = 0;
      this.#leaning[h] = 0;
    }
    this.lift();
  }

  /** Whether anything is held down. */
  get holding() {
    const held = this.#held.some((choices) => choices.length > 0);
    return held || this.#leaning.some(Boolean) || (this.#pointer?.down ?? false);
  }

  /** Whether something was pressed since the last tick. */
  get pressed() {
    return this.#fresh.some((choices) => choices.length > 0);
  }

  /** Writes the action of this tick, and uses up one press of each head.
   * @param {Int32Array | Float32Array} actions @param {number} at index of the first head
   * @param {(pointer: Pointer) => {heads: number, action: ArrayLike<number>}} aim what it decides
   */
  take(actions, at, aim) {
    const pointer = this.#pointer && {
      ...this.#pointer,
      down: this.#pointer.down || this.#clicked,
    };
    const aimed = pointer ? aim(pointer) : null;
    this.#clicked = false;
    this.#aimed = aimed?.heads ?? 0;
    for (let h = 0; h < this.#heads; h++) {
      const choice = this.#fresh[h].shift() ?? this.#held[h].at(-1) ?? -1;
      if (choice < 0 && aimed && (aimed.heads >> h) & 1) actions[at + h] = aimed.action[h];
      else if (this.#continuous) actions[at + h] = choice < 0 ? this.#leaning[h] : 2 * choice - 1;
      else actions[at + h] = choice < 0 ? this.#rest(h) : choice;
    }
    this.#rested++;
  }

  /** @param {number} head */
  #rest(head) {
    const choices = this.#idle[head];
    return choices[this.#rested % choices.length];
  }
}
