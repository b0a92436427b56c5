// The panels beside the scene that look inside: one of them is brought up to date a frame, so that many
// open ones do not make a frame late.

import { openSecond } from "./load.js";
import { Overlay } from "./overlay.js";
import { ChoicePanel } from "./panels/choice.js";
import { ObservationPanel } from "./panels/observation.js";
import { SaliencyPanel } from "./panels/saliency.js";

export class Inspector {
  /** @type {import('./panels/panel.js').Panel[]} in the order of the page */
  #panels;
  #overlay;
  #due = 0; // bits: panels that are out of date

  /** @param {import('./session.js').Session} session @param {import('./load.js').Shelf} shelf
   * @param {import('./stage.js').Stage} stage
   */
  constructor(session, shelf, stage) {
    const { spec } = session;
    this.#overlay = spec.has.place ? new Overlay(session) : null;
    if (this.#overlay) stage.lay(this.#overlay.element);
    this.#panels = [
      new ChoicePanel(session),
      new ObservationPanel(session, this.#overlay),
      new SaliencyPanel(session, this.#overlay, (policy, rows) =>
        openSecond(shelf, spec, policy.name, rows),
      ),
    ];
    this.elements = this.#panels.map((panel) => panel.element);
  }

  /** There is something else to show: after ticks, or another seat in focus. */
  outdate() {
    this.#due = (1 << this.#panels.length) - 1;
  }

  /** To be called once a frame. */
  frame() {
    this.#overlay?.frame();
    for (const panel of this.#panels) if (panel.open) panel.frame();
    for (const [i, panel] of this.#panels.entries()) {
      if (!(this.#due & (1 << i))) continue;
      this.#due &= ~(1 << i);
      if (!panel.open) continue;
      panel.refresh();
      return;
    }
  }
}
