// What the policy of the seat in focus sees: all of its observation, part by part, and where in the scene.

import { el } from "../dom.js";
import { SightLayer, shownObs } from "../layers.js";
import { isOn, sceneButton } from "../overlay.js";
import { sightsOf } from "../sight.js";
import { Panel } from "./panel.js";
import { viewOf } from "./sight-view.js";

export class ObservationPanel extends Panel {
  #session;
  #views;
  #overlay;
  #layer;
  #button = sceneButton(() => this.#overSet());

  /** @param {import('../session.js').Session} session
   * @param {import('../overlay.js').Overlay | null} overlay null where values have no places
   * @param {boolean} open on a first visit
   */
  constructor(session, overlay, open) {
    super("observation", "What the agent sees", { open });
    this.#session = session;
    this.#overlay = overlay;
    const sights = sightsOf(session.spec.interface.observation);
    this.#layer = new SightLayer(session, sights);
    this.#views = sights.map((sight) => viewOf(sight));
    if (overlay) this.body.append(el("div", { class: "sight-tools" }, this.#button));
    this.body.append(...this.#views.map(({ element }) => element));
    this.element.addEventListener("toggle", () => this.#overSet());
  }

  #overSet() {
    this.#overlay?.show(this.#layer, this.open && isOn(this.#button));
  }

  /** @override */
  refresh() {
    const obs = shownObs(this.#session);
    for (const view of this.#views) view.show(obs, null);
  }
}
