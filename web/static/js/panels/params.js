// The game's parameters: those that may change in play do so at once, the others with a new start.

import { el, setText } from "../dom.js";
import { differing, withUnit, wordsOf } from "../parameters.js";
import { backToStandard, restartWith } from "../standard.js";
import { Panel } from "./panel.js";

/**
 * @typedef {import('../session.js').Session} Session
 * @typedef {import('../types.js').Param} Param
 */

export class ParamsPanel extends Panel {
  #session;
  /** @type {Record<string, number>} what a new start is to have, where it differs from what there is */
  #wanted = {};
  /** @type {{param: Param, range: HTMLInputElement, number: HTMLElement}[]} */
  #sliders;
  #restart;
  #back;
  #lost = el("p", { class: "panel-text" });

  /** @param {Session} session of a game that has parameters */
  constructor(session) {
    super("params", "Parameters");
    this.#session = session;
    this.#sliders = session.spec.params.map((param) => this.#slider(param));
    /** @param {string} text @param {() => void} click */
    const button = (text, click) =>
      /** @type {HTMLButtonElement} */ (el("button", { type: "button", text, click }));
    this.#restart = button("Restart with these", () =>
      restartWith(session, { ...session.env.params, ...this.#wanted }),
    );
    this.#back = button("Back to standard", () => {
      this.#wanted = {};
      backToStandard(session);
      this.refresh();
    });
    const buttons = el("div", { class: "settings-row" }, this.#back);
    if (session.spec.params.some((param) => !param.live)) buttons.prepend(this.#restart);
    this.body.append(buttons, this.#lost);
  }

  /** @param {Param} param */
  #slider(param) {
    const { name, min, max, step, live, text } = param;
    const id = `param-${name}`;
    const range = /** @type {HTMLInputElement} */ (
      el("input", { type: "range", id, min, max, step, "aria-describedby": `${id}-text` })
    );
    const number = el("output", { for: id });
    const when = live ? "at once" : "with a new start";
    range.addEventListener("input", () => {
      const value = range.valueAsNumber;
      if (live) this.#session.setParams({ [name]: value });
      else this.#wanted[name] = value;
      this.refresh();
    });
    this.body.append(
      el(
        "div",
        { class: "slider", "data-param": name },
        el("label", { for: id, text: wordsOf(param) }),
        number,
        range,
        el("p", { id: `${id}-text`, text: `${text}; ${when}` }),
      ),
    );
    return { param, range, number };
  }

  /** @override */
  refresh() {
    const { spec, env, seats } = this.#session;
    const others = differing(spec.params, env.params);
    let waits = false;
    for (const { param, range, number } of this.#sliders) {
      const now = env.params[param.name];
      const value = (param.live ? undefined : this.#wanted[param.name]) ?? now;
      if (value !== now) waits = true;
      if (range.valueAsNumber !== value) range.value = String(value);
      setText(number, withUnit(param, value));
    }
    this.note(others.length ? "changed" : "");
    this.#restart.disabled = !waits;
    this.#back.disabled = others.length === 0 && !waits;
    const own = seats.some(({ mind }) => mind.kind === "policy" && mind.policy.own);
    const lost = "The page loads again: a file of your own has to be dropped again.";
    this.#lost.hidden = !(own && waits);
    setText(this.#lost, lost);
  }
}
