// A foldable panel beside the scene. Which ones are open is remembered across visits.

import { el, setText } from "../dom.js";

const KEY = "gymcade:panels"; // in localStorage: whether open, by id

/** @returns {Record<string, boolean>} */
function remembered() {
  try {
    return JSON.parse(localStorage.getItem(KEY) ?? "{}");
  } catch {
    return {}; // storage is switched off, or what it holds is not ours
  }
}

/** @param {string} id @param {boolean} open */
function remember(id, open) {
  try {
    localStorage.setItem(KEY, JSON.stringify({ ...remembered(), [id]: open }));
  } catch {
    // Then it is forgotten.
  }
}

export class Panel {
  #title;
  #inSight = true;
  #note = el("span", { class: "panel-note" });

  /** @param {string} id names it in storage and in `data-panel` @param {string} title
   * @param {{open?: boolean}} [options] whether it is open on a first visit
   */
  constructor(id, title, { open = false } = {}) {
    this.#title = el("span", { text: title });
    this.body = el("div", { class: "panel-body" });
    this.element = /** @type {HTMLDetailsElement} */ (
      el(
        "details",
        { class: "panel", "data-panel": id, open: remembered()[id] ?? open },
        el("summary", {}, this.#title, this.#note),
        this.body,
      )
    );
    // What was closed meanwhile is out of date.
    this.element.addEventListener("toggle", () => {
      remember(id, this.open);
      if (this.open) this.refresh();
    });
    new IntersectionObserver((entries) => {
      const before = this.#inSight;
      this.#inSight = entries[entries.length - 1].isIntersecting;
      if (this.open && !before && this.#inSight) this.refresh();
    }).observe(this.element);
  }

  get open() {
    return this.element.open;
  }

  /** Whether it is worth its work: somebody may see what it does. */
  get live() {
    return this.open && (this.#inSight || this.reaches);
  }

  /** Whether it does something beyond its own place in the page, which may be out of sight. */
  get reaches() {
    return false;
  }

  /** @param {string} text */
  title(text) {
    setText(this.#title, text);
  }

  /** At the right end of the title, seen while it is folded too.
   * @param {string} text
   */
  note(text) {
    setText(this.#note, text);
  }

  /** Called once a frame while the panel is live. */
  frame() {}

  /** Brings a live panel in line with the session: after ticks, or when something else has changed. */
  refresh() {}
}
