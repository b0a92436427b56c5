// Beside the score: says so while a game is played with other parameters than the standard ones.

import { el, setText } from "./dom.js";
import { addressOf, differing, standard, withUnit, wordsOf } from "./parameters.js";

/** @typedef {import('./session.js').Session} Session */

/** Starts the game again with parameters, by the page's address: seats, minds and scene come anew.
 * @param {Session} session @param {Record<string, number>} params
 */
export function restartWith(session, params) {
  const { spec, seed } = session;
  location.assign(addressOf(location.href, spec.params, params, seed));
}

/** Back to the standard game: in play where all that differs may change in play.
 * @param {Session} session
 */
export function backToStandard(session) {
  const { spec, env } = session;
  const usual = standard(spec.params);
  if (differing(spec.params, env.params).every((param) => param.live)) session.setParams(usual);
  else restartWith(session, usual);
}

export class StandardMark {
  #session;
  #refused;
  #text = el("span", {});
  #button;

  /** @param {Session} session @param {string[]} refused what the address asked for in vain, in words */
  constructor(session, refused) {
    this.#session = session;
    this.#refused = refused;
    const click = () => backToStandard(session);
    this.#button = el("button", { type: "button", text: "Back to standard", click });
    this.element = el("p", { class: "standard", role: "status" }, this.#text, this.#button);
    this.update();
  }

  update() {
    const { spec, env } = this.#session;
    const others = differing(spec.params, env.params);
    const named = others.map(
      (param) => `${wordsOf(param)} ${withUnit(param, env.params[param.name])}`,
    );
    const texts = [...this.#refused];
    if (others.length) texts.unshift(`Not the standard game: ${named.join(", ")}.`);
    setText(this.#text, texts.join(" "));
    this.#button.hidden = others.length === 0;
    this.element.hidden = texts.length === 0;
  }
}
