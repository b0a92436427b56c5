// What the answer of the policy in focus hangs on: the same inputs as it sees, coloured by how far its
// answer moves without them.

import { el, letGo, setText } from "../dom.js";
import { Inquiry } from "../inquiry.js";
import { HeatLayer } from "../layers.js";
import { mindWord } from "../names.js";
import { isOn, sceneButton } from "../overlay.js";
import { hottest, MEASURES } from "../saliency.js";
import { inputText } from "../sight.js";
import { Panel } from "./panel.js";
import { heatText, viewOf } from "./sight-view.js";

/** @typedef {import('../saliency.js').Measure} Measure */

const FAINT = 0.05; // the least that full heat stands for
const FADE = 0.9; // of the scale from one sweep to the next, where nothing is as hot any more
const TOP = 3; // inputs that are named

/** @type {Record<Measure, {choice: string, unit: string}>} */
const WORDS = {
  action: { choice: "its action", unit: "log-probability of its action" },
  policy: { choice: "all its choices", unit: "nats between its choices" },
  value: { choice: "its value", unit: "of its value" },
};

export class SaliencyPanel extends Panel {
  #session;
  #inquiry;
  #overlay;
  #layer;
  #views;
  #scale = FAINT;
  #shown = /** @type {object | null} */ (null); // what was found, as shown
  #measure;
  #button = sceneButton(() => this.#overSet());
  #state = el("p", { class: "panel-text", role: "status" });
  #top = el("ol", { class: "sight-top", "aria-label": "What matters most" });
  #most = el("span", {});
  #unit = el("span", { class: "sight-unit" });
  #told = el("div", { class: "panel-told" });

  /** @param {import('../session.js').Session} session
   * @param {import('../overlay.js').Overlay | null} overlay null where values have no places
   * @param {ConstructorParameters<typeof Inquiry>[1]} open a second instance of a policy
   */
  constructor(session, overlay, open) {
    super("saliency", "What matters to it");
    this.#session = session;
    this.#overlay = overlay;
    this.#inquiry = new Inquiry(session, open);
    const { sights } = this.#inquiry;
    this.#layer = new HeatLayer(session, sights);
    this.#views = sights.map((sight) => viewOf(sight, true));
    const choices = MEASURES.map((m) => el("option", { value: m, text: WORDS[m].choice }));
    this.#measure = /** @type {HTMLSelectElement} */ (
      el("select", { "aria-label": "What moves" }, ...choices)
    );
    letGo(this.#measure);
    this.#measure.addEventListener("change", () => {
      this.#scale = FAINT;
      this.#shown = null;
      this.refresh();
    });
    const label = el("label", { class: "sight-measure" }, "What moves ", this.#measure);
    const tools = el("div", { class: "sight-tools" }, label);
    if (overlay) tools.append(this.#button);
    const ramp = el("span", { class: "sight-ramp", "aria-hidden": "true" });
    const scale = el("p", { class: "sight-scale" }, "0", ramp, this.#most, this.#unit);
    this.#told.append(this.#top, scale, ...this.#views.map(({ element }) => element));
    this.body.append(tools, this.#state, this.#told);
    this.element.addEventListener("toggle", () => {
      if (!this.open) this.#inquiry.close();
      this.#overSet();
    });
  }

  #overSet() {
    this.#overlay?.show(this.#layer, this.open && isOn(this.#button));
  }

  /** Over the scene.
   * @override
   */
  get reaches() {
    return this.#overlay !== null && isOn(this.#button);
  }

  /** @override */
  frame() {
    this.#inquiry.frame();
    if (this.#inquiry.found !== this.#shown) this.refresh();
  }

  /** @override */
  refresh() {
    const { found, trouble, asks, sights } = this.#inquiry;
    const seat = this.#session.seats[this.#session.focus];
    const measure = /** @type {Measure} */ (this.#measure.value);
    const known = found?.told[measure] ?? false;
    this.note(mindWord(seat.mindName));
    setText(this.#state, known && !trouble ? "" : this.#why(asks, trouble, found !== null));
    this.#state.hidden = this.#state.textContent === "";
    this.#told.hidden = !known;
    this.#told.toggleAttribute("data-rests", !this.#session.env.active[seat.index]);
    if (found === this.#shown) return;
    this.#shown = found;
    if (!found || !known) return this.#layer.tell(null, new Float32Array(), 1);
    const heat = found.heat[measure];
    const most = heat.reduce((a, b) => Math.max(a, b), FAINT);
    this.#scale = Math.max(most, FADE * this.#scale);
    for (const view of this.#views) view.show(found.obs, { of: heat, scale: this.#scale });
    this.#layer.tell(found, heat, this.#scale);
    setText(this.#most, this.#scale.toFixed(2));
    setText(this.#unit, WORDS[measure].unit);
    this.#list(sights, heat, found.obs);
  }

  /** @param {boolean} asks @param {string} trouble @param {boolean} found */
  #why(asks, trouble, found) {
    if (trouble) return `It cannot be asked: ${trouble}.`;
    if (found) return "This file does not tell that.";
    if (asks) return "Asking …";
    return "Only a policy can be asked what matters to it.";
  }

  /** The hottest inputs in words.
   * @param {import('../sight.js').Sight[]} sights @param {Float32Array} heat @param {Float32Array} obs
   */
  #list(sights, heat, obs) {
    const lines = hottest(sights, heat, TOP)
      .filter(({ hot }) => heatText(hot) !== "0")
      .map(({ sight, i, hot }) => `${inputText(sight, i, obs)}: ${heatText(hot)}`);
    if (!lines.length) lines.push("nothing that it sees");
    while (this.#top.children.length < TOP) this.#top.append(el("li", {}));
    [...this.#top.children].forEach((item, i) => {
      setText(item, lines[i] ?? "");
      item.toggleAttribute("hidden", lines[i] === undefined);
    });
  }
}
