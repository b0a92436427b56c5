// What is drawn over the scene: in its own pixels, and never in the pointer's way. A layer belongs to a
// panel, which says when it is shown.

import { el, svg } from "./dom.js";
import { Places } from "./places.js";

/**
 * @typedef {object} Layer
 * @property {SVGElement} element
 * @property {(places: Places) => void} lay puts things where they are, after ticks
 * @property {(places: Places, phase: number) => void} move puts them where they are in the picture
 */

export class Overlay {
  #session;
  /** @type {Set<Layer>} that are shown */
  #shown = new Set();
  #stale = false; // whether a layer has just been shown

  /** @param {import('./session.js').Session} session */
  constructor(session) {
    this.#session = session;
    const { width, height } = session.spec;
    this.places = new Places(session);
    this.element = svg("svg", {
      class: "stage-overlay",
      viewBox: `0 0 ${width} ${height}`,
      "aria-hidden": "true",
    });
    new ResizeObserver(([entry]) => {
      const shown = entry.contentRect.width;
      if (shown) this.element.style.setProperty("--px", (width / shown).toFixed(3));
    }).observe(this.element);
  }

  /** @param {Layer} layer @param {boolean} on */
  show(layer, on) {
    if (on === this.#shown.has(layer)) return;
    if (on) {
      this.#shown.add(layer);
      this.element.append(layer.element);
      this.#stale = true;
    } else {
      this.#shown.delete(layer);
      layer.element.remove();
    }
  }

  /** To be called once a frame. */
  frame() {
    if (!this.#shown.size) return;
    const changed = this.places.update() || this.#stale;
    this.#stale = false;
    for (const layer of this.#shown) {
      if (changed) layer.lay(this.places);
      layer.move(this.places, this.#session.phase);
    }
  }
}

/** A button that is on or off: whether a panel's layer is shown.
 * @param {() => void} changed
 */
export function sceneButton(changed) {
  const button = el("button", {
    type: "button",
    class: "on-scene",
    text: "Over the scene",
    "aria-pressed": "false",
    click: () => {
      button.setAttribute("aria-pressed", String(!isOn(button)));
      changed();
    },
  });
  return button;
}

/** @param {HTMLElement} button */
export function isOn(button) {
  return button.getAttribute("aria-pressed") === "true";
}
