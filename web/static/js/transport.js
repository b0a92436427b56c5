// The row beneath the scene: pause, steps both ways, speed, restart, seed.

import { SPEEDS } from "./clock.js";
import { el, icon, letGo } from "./dom.js";

/** @typedef {import('./session.js').Session} Session */

/**
 * @param {"play" | "pause" | "back" | "step" | "restart"} name @param {string} label @param {string} key
 * @param {() => void} click
 */
function tool(name, label, key, click) {
  const attributes = {
    type: "button",
    class: "tool",
    "aria-label": label,
    title: `${label} (${key})`,
  };
  return el("button", { ...attributes, click }, icon(name));
}

export class Transport {
  #session;
  #pause;
  #paused = false;
  #speed = /** @type {HTMLSelectElement} */ (el("select", { "aria-label": "Speed" }));
  #seed = /** @type {HTMLInputElement} */ (
    el("input", { inputmode: "numeric", autocomplete: "off", maxlength: 10, "aria-label": "Seed" })
  );

  /** @param {Session} session @param {boolean} whole with steps, speed, restart and seed */
  constructor(session, whole) {
    this.#session = session;
    this.#pause = tool("pause", "Pause", "Space", () => this.pause());
    this.element = el(
      "div",
      { class: "transport", role: "group", "aria-label": "Clock" },
      this.#pause,
    );
    for (const speed of SPEEDS)
      this.#speed.append(el("option", { value: speed, text: `${speed}×` }));
    this.#speed.addEventListener("change", () => session.setSpeed(Number(this.#speed.value)));
    letGo(this.#speed);
    this.#seed.addEventListener("change", () => this.restart());
    if (!whole) return;
    this.element.append(
      tool("back", "Step back", ",", () => session.goTo(session.ticks - 1)),
      tool("step", "One tick", ".", () => session.stepOnce()),
      tool("restart", "Restart", "R", () => this.restart()),
      this.#speed,
      el("label", { class: "seed" }, "seed", this.#seed),
    );
  }

  pause() {
    this.#session.stop("user", !this.#session.paused);
  }

  /** With the seed that stands in the field, if it is a number. */
  restart() {
    const seed = Number(this.#seed.value);
    const fits =
      this.#seed.value.trim() !== "" && Number.isInteger(seed) && seed >= 0 && seed < 2 ** 32;
    this.#session.restart(fits ? seed : this.#session.seed);
    this.#seed.value = String(this.#session.seed);
  }

  update() {
    const { paused, seed, clock } = this.#session;
    if (document.activeElement !== this.#seed) this.#seed.value = String(seed);
    this.#speed.value = String(clock.speed);
    if (paused === this.#paused) return;
    this.#paused = paused;
    const label = paused ? "Play" : "Pause";
    this.#pause.setAttribute("aria-label", label);
    this.#pause.title = `${label} (Space)`;
    this.#pause.replaceChildren(icon(paused ? "play" : "pause"));
  }
}
