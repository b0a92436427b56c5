// How the policy of the seat in focus is made to choose: by chance as its odds are, at a temperature, or
// always the likeliest.

import { el, letGo, setText } from "../dom.js";
import { Panel } from "./panel.js";

/** @typedef {import('../session.js').Session} Session */

const [COLDEST, HOTTEST, STEP] = [0.1, 3, 0.1];
const DRAWN = [
  ["sampled", "by chance, as its odds are"],
  ["greedy", "the likeliest choice"],
];

export class PlayPanel extends Panel {
  #session;
  #mode = /** @type {HTMLSelectElement} */ (el("select", { "aria-label": "How it chooses" }));
  #heat = /** @type {HTMLInputElement} */ (
    el("input", { type: "range", min: COLDEST, max: HOTTEST, step: STEP, id: "temperature" })
  );
  #number = el("output", { for: "temperature" });
  #row = el(
    "div",
    { class: "slider" },
    el("label", { for: "temperature", text: "temperature" }),
    this.#number,
    this.#heat,
  );
  #shipped = /** @type {HTMLButtonElement} */ (
    el("button", { type: "button", text: "As shipped" })
  );
  #settings = el("div", { class: "settings" }, this.#mode, this.#row, this.#shipped);
  #untold = el("p", { class: "panel-text" });

  /** @param {Session} session */
  constructor(session) {
    super("play", "How it plays");
    this.#session = session;
    for (const [value, text] of DRAWN) this.#mode.append(el("option", { value, text }));
    const change = () => {
      const mode = this.#mode.value === "greedy" ? "greedy" : "sampled";
      session.setPlay(session.focus, { mode, temperature: this.#heat.valueAsNumber });
      this.refresh();
    };
    this.#mode.addEventListener("change", change);
    letGo(this.#mode);
    this.#heat.addEventListener("input", change);
    this.#shipped.addEventListener("click", () => {
      session.setPlay(session.focus, null);
      this.refresh();
    });
    this.body.append(this.#settings, this.#untold);
  }

  /** @override */
  refresh() {
    const { seats, focus, minds } = this.#session;
    const { mind, play } = seats[focus];
    const changed = mind.kind === "policy" && mind.play !== undefined;
    this.#settings.hidden = play === null;
    this.note(changed ? "changed" : "");
    if (!play || mind.kind !== "policy") {
      const who = mind.kind === "scripted" ? "The script" : "Chance";
      return setText(this.#untold, `${who} has nothing to set.`);
    }
    this.#mode.value = play.mode;
    this.#heat.value = String(play.temperature);
    setText(this.#number, play.temperature.toFixed(1));
    const inside = minds.chosen[focus] === 1 && minds.explained[focus] === 0;
    this.#row.hidden = play.mode === "greedy" || inside;
    this.#shipped.disabled = !changed;
    setText(this.#shipped, mind.policy.own ? "As the file says" : "As shipped");
    setText(this.#untold, inside ? "This file draws by itself: no temperature can be set." : "");
  }
}
