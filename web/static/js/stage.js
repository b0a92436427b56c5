// The scene's place in the page: the canvas, what is written over it, and the line beneath it, where
// nothing that one steers is covered.

import { el, setData, setText } from "./dom.js";
import { swipeChoices } from "./keys.js";

const COUNT_MS = 500; // of each number of the count-in

export const UNSEEN = "The game goes on unseen: seats, scores and keys all work.";

export class Stage {
  #hint = el("p", { class: "stage-hint", "aria-live": "polite" });
  #clearing = 0; // the timer that takes the hint away
  #state = el("p", { class: "stage-state" });
  #count = el("p", { class: "stage-count", "aria-hidden": "true" });
  #counting = 0; // identifies the count-in that is running

  /** @param {import('./types.js').Spec} spec */
  constructor(spec) {
    this.canvas = /** @type {HTMLCanvasElement} */ (
      el("canvas", { role: "img", "aria-label": `${spec.title}: the scene` })
    );
    this.element = el("div", { class: "stage" }, this.canvas, this.#state, this.#count);
    this.line = el("div", { class: "stage-line" }, this.#hint);
    if (spec.has.point) this.element.dataset.point = "";
    if (spec.aims.length) this.element.dataset.aim = "";
    if (swipeChoices(spec)) this.element.dataset.swipe = "";
  }

  /** Puts something between the scene and what is written over it.
   * @param {Element} element
   */
  lay(element) {
    this.canvas.after(element);
  }

  /** Says something beneath the scene.
   * @param {string} text '' for nothing @param {number} [ms] that it stays; until the next if not given
   */
  hint(text, ms) {
    clearTimeout(this.#clearing);
    setText(this.#hint, text);
    if (ms) this.#clearing = window.setTimeout(() => setText(this.#hint, ""), ms);
  }

  /** @param {string} text '' for none */
  state(text) {
    setText(this.#state, text);
    this.#state.hidden = !text;
  }

  /** @param {boolean} person whether a person drives */
  driving(person) {
    setData(this.element, "hands", person ? "person" : "agent");
  }

  /** Counts 3, 2, 1; a later call takes the place of one that is running.
   * @param {() => void} done
   */
  countIn(done) {
    const own = ++this.#counting;
    /** @param {number} left */
    const count = (left) => {
      if (own !== this.#counting) return;
      setText(this.#count, left ? String(left) : "");
      if (left) setTimeout(count, COUNT_MS, left - 1);
      else done();
    };
    count(3);
  }

  /** Stops a count-in that is running. */
  stopCounting() {
    this.#counting++;
    setText(this.#count, "");
  }

  /** Takes the place of the canvas: what happened, what still works, what to do.
   * @param {string} happened @param {string} works @param {string} todo
   */
  fail(happened, works, todo) {
    const notice = el(
      "div",
      { class: "stage-notice", role: "alert" },
      el("strong", { text: `${happened}.` }),
      el("p", { text: works }),
      el("p", { text: todo }),
    );
    this.hint("");
    this.canvas.hidden = true;
    for (const old of this.element.querySelectorAll("img, .stage-notice")) old.remove();
    this.element.append(notice);
  }
}
