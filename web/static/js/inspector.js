// The panels beside the scene that look inside: one of them is brought up to date a frame, so that many
// open ones do not make a frame late.

import { AskingPanel } from "./panels/asking.js";
import { ChoicePanel } from "./panels/choice.js";
import { MemoryPanel } from "./panels/memory.js";
import { MomentsPanel } from "./panels/moments.js";
import { ParamsPanel } from "./panels/params.js";
import { PlayPanel } from "./panels/play.js";
import { ValuePanel } from "./panels/value.js";

export class Inspector {
  /** @type {import('./panels/panel.js').Panel[]} in the order of the page */
  #panels;
  #due = 0; // bits: panels that are out of date

  /**
   * @param {import('./session.js').Session} session
   * @param {import('./load.js').Shelf} shelf
   * @param {import('./types.js').PlayerConfig} config
   * @param {HTMLElement} ghost what switches it on and off
   */
  constructor(session, shelf, config, ghost) {
    const choice = new ChoicePanel(session);
    choice.body.append(ghost);
    this.#panels = [
      choice,
      new AskingPanel(session, shelf),
      new MomentsPanel(session),
      new ValuePanel(session, config.plot),
      new MemoryPanel(session),
      new PlayPanel(session),
    ];
    if (session.spec.params.length) this.#panels.push(new ParamsPanel(session));
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
