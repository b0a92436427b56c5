// A person's hands on one seat: what is held down, and what was pressed since the last tick.

const LATEST = 2; // presses that are kept for later ticks: a quick turn and turn again

import { heldHeads, idleChoices, leans } from "./keys.js";

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

  /** Lets go of everything and forgets what was pressed. */
  drop() {
    for (let h = 0; h < this.#heads; h++) {
      this.#held[h].length = 0;
      this.#fresh[h].length = 0;
      this.#leaning[h] = 0;
    }
  }

  /** Whether anything is held down. */
  get holding() {
    return this.#held.some((choices) => choices.length > 0) || this.#leaning.some(Boolean);
  }

  /** Whether something was pressed since the last tick. */
  get pressed() {
    return this.#fresh.some((choices) => choices.length > 0);
  }

  /** Writes the action of this tick, and uses up one press of each head.
   * @param {Int32Array | Float32Array} actions @param {number} at index of the first head
   */
  take(actions, at) {
    for (let h = 0; h < this.#heads; h++) {
      const choice = this.#fresh[h].shift() ?? this.#held[h].at(-1) ?? -1;
      if (this.#continuous) actions[at + h] = choice < 0 ? this.#leaning[h] : 2 * choice - 1;
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
