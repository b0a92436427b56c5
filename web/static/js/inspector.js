// The panels beside the scene that look inside: one of them is brought up to date a frame, so that many
// open ones do not make a frame late.

import { openSecond } from "./load.js";
import { Overlay } from "./overlay.js";
import { AskingPanel } from "./panels/asking.js";
import { ChoicePanel } from "./panels/choice.js";
import { CorrectionsPanel } from "./panels/corrections.js";
import { MemoryPanel } from "./panels/memory.js";
import { MomentsPanel } from "./panels/moments.js";
import { ObservationPanel } from "./panels/observation.js";
import { ParamsPanel } from "./panels/params.js";
import { PlayPanel } from "./panels/play.js";
import { SaliencyPanel } from "./panels/saliency.js";
import { ValuePanel } from "./panels/value.js";

/**
 * @typedef {object} Around what the panels reach for beyond the session
 * @property {import('./load.js').Shelf} shelf
 * @property {import('./stage.js').Stage} stage
 * @property {import('./types.js').PlayerConfig} config
 * @property {HTMLElement} ghost what switches it on and off
 */

export class Inspector {
  /** @type {import('./panels/panel.js').Panel[]} in the order of the page */
  #panels;
  #overlay;
  #due = 0; // bits: panels that are out of date
  #next = -1; // the panel that was brought up to date last

  /** @param {import('./session.js').Session} session @param {Around} around */
  constructor(session, { shelf, stage, config, ghost }) {
    const { spec } = session;
    this.#overlay = spec.has.place ? new Overlay(session) : null;
    if (this.#overlay) stage.lay(this.#overlay.element);
    const choice = new ChoicePanel(session);
    choice.body.append(ghost);
    this.#panels = [
      choice,
      new ObservationPanel(session, this.#overlay, config.preview),
      new SaliencyPanel(session, this.#overlay, (policy, rows) =>
        openSecond(shelf, spec, policy.name, rows),
      ),
      new ValuePanel(session, config.plot),
      new MemoryPanel(session),
      new AskingPanel(session, shelf),
      new MomentsPanel(session),
      new PlayPanel(session),
      new CorrectionsPanel(session, config, shelf.cast),
    ];
    if (spec.params.length) this.#panels.push(new ParamsPanel(session));
    this.elements = this.#panels.map((panel) => panel.element);
  }

  /** There is something else to show: after ticks, or another seat in focus. */
  outdate() {
    this.#due = (1 << this.#panels.length) - 1;
  }

  /** To be called once a frame. */
  frame() {
    this.#overlay?.frame();
    for (const panel of this.#panels) if (panel.live) panel.frame();
    // From the one after the last on: those further down get their turn too where frames are long.
    for (let tried = 0; tried < this.#panels.length; tried++) {
      this.#next = (this.#next + 1) % this.#panels.length;
      const bit = 1 << this.#next;
      if (!(this.#due & bit)) continue;
      this.#due &= ~bit;
      if (!this.#panels[this.#next].live) continue;
      this.#panels[this.#next].refresh();
      return;
    }
  }
}
