// The panels beside the scene that look inside: one of them is brought up to date a frame, so that many
// open ones do not make a frame late.

import { ChoicePanel } from "./panels/choice.js";
import { CorrectionsPanel } from "./panels/corrections.js";

export class Inspector {
  /** @type {import('./panels/panel.js').Panel[]} in the order of the page */
  #panels;
  #due = 0; // bits: panels that are out of date

  /** @param {import('./session.js').Session} session
   * @param {import('./types.js').PlayerConfig} config
   */
  constructor(session, config) {
    this.#panels = [new ChoicePanel(session), new CorrectionsPanel(session, config)];
    this.elements = this.#panels.map((panel) => panel.element);
  }

  /** There is something else to show: after ticks, or another seat in focus. */
  outdate() {
    this.#due = (1 << this.#panels.length) - 1;
  }

  /** To be called once a frame. */
  frame() {
    for (const [i, panel] of this.#panels.entries()) {
      if (!(this.#due & (1 << i))) continue;
      this.#due &= ~(1 << i);
      if (!panel.open) continue;
      panel.refresh();
      return;
    }
  }
}
