// While a person drives: what the agent would do, as a tint on the scene where it is played by pointing,
// otherwise on the caps of the seat's keys and on the touch pad.

import { el, icon, letGo, setData, setText } from "./dom.js";
import { keyLabel, keysOf, padKeys } from "./keys.js";
import { regionOf } from "./region.js";

/** @typedef {import('./session.js').Session} Session */

const KEY = "gymcade:ghost"; // in localStorage: "off" if it is not to be seen
const WEAK = 0.25; // continuous actions up to here mean neither of their keys
const SVG = "http://www.w3.org/2000/svg";

/** @returns {boolean} */
function wanted() {
  try {
    return localStorage.getItem(KEY) !== "off";
  } catch {
    return true; // storage is switched off
  }
}

/** The seat whose ghost is shown: driven by a person, and about to act; -1 for none.
 * @param {Session} session
 */
function ghostSeat({ seats, focus, env, past, lingering }) {
  if (past || lingering) return -1;
  const shown = (/** @type {import('./seats.js').Seat} */ { person, index }) =>
    person && env.active[index] === 1;
  return shown(seats[focus]) ? focus : seats.findIndex(shown);
}

export class Ghost {
  #session;
  #on = wanted();
  #svg = document.createElementNS(SVG, "svg");
  #path = document.createElementNS(SVG, "path");
  #caps = el("span", { class: "ghost-caps" });
  #agreement = el("span", { class: "ghost-agreement" });
  #strip;
  #pad;
  #seat = -1; // whose caps there are
  /** @type {{element: HTMLElement, head: number, choice: number}[]} caps and buttons */
  #marked = [];
  #found = ""; // tick, seat and choice that the region is of

  /** @param {Session} session @param {import('./stage.js').Stage} stage
   * @param {HTMLElement} pad as `touchPad` made it
   */
  constructor(session, stage, pad) {
    const { spec } = session;
    this.#session = session;
    this.#pad = pad;
    this.#svg.setAttribute("class", "ghost-region");
    this.#svg.setAttribute("viewBox", `0 0 ${spec.width} ${spec.height}`);
    this.#svg.setAttribute("preserveAspectRatio", "none");
    this.#svg.setAttribute("aria-hidden", "true");
    this.#svg.append(this.#path);
    this.#strip = el(
      "p",
      { class: "ghost", "aria-hidden": "true" },
      icon("chip"),
      this.#caps,
      this.#agreement,
    );
    this.#strip.hidden = true;
    stage.lay(this.#svg);
    stage.line.append(this.#strip);
    const box = /** @type {HTMLInputElement} */ (
      el("input", { type: "checkbox", class: "ghost-toggle" })
    );
    box.checked = this.#on;
    box.addEventListener("change", () => this.#turn(box.checked));
    this.control = el("label", { class: "ghost-control" }, box, "Show what the agent would do");
    this.control.hidden = spec.sticks.length > 0;
    letGo(box, this.control);
  }

  /** @param {boolean} on */
  #turn(on) {
    this.#on = on;
    try {
      if (on) localStorage.removeItem(KEY);
      else localStorage.setItem(KEY, "off");
    } catch {
      // Then it is forgotten.
    }
    this.frame();
  }

  /** To be called once a frame. */
  frame() {
    const session = this.#session;
    // An agent has no wishes to compare with those of a person's sticks.
    const seat = this.#on && !session.spec.sticks.length ? ghostSeat(session) : -1;
    if (this.#strip.hidden !== seat < 0) this.#strip.hidden = seat < 0;
    if (seat < 0) return this.#clear();
    const { asked, agreed } = session.seats[seat];
    setText(this.#agreement, asked ? `you agree ${Math.round((100 * agreed) / asked)} %` : "");
    if (session.spec.has.point) this.#point(seat);
    else this.#mark(seat);
  }

  #clear() {
    this.#clearRegion();
    for (const { element } of this.#marked) {
      element.removeAttribute("data-agent");
      element.removeAttribute("data-person");
    }
  }

  #clearRegion() {
    if (this.#found) this.#path.removeAttribute("d");
    this.#found = "";
  }

  /** @param {number} seat */
  #point(seat) {
    const { env, minds, ticks, version, spec } = this.#session;
    if (!minds.chosen[seat]) return this.#clearRegion(); // it is being asked
    const choice = minds.actions[seat * env.heads];
    const found = `${ticks} ${version} ${seat} ${choice}`;
    if (found === this.#found) return;
    this.#found = found;
    const { path } = regionOf((x, y) => env.point(seat, x, y), choice, spec.width, spec.height);
    this.#path.setAttribute("d", path);
    setData(this.#strip, "choice", String(choice));
  }

  /** @param {number} seat */
  #mark(seat) {
    const { env, minds } = this.#session;
    if (seat !== this.#seat) this.#build(seat);
    if (!minds.chosen[seat]) return; // it is being asked: what it did last stays in sight
    const at = seat * env.heads;
    for (const { element, head, choice } of this.#marked) {
      /** @param {ArrayLike<number>} actions */
      const means = (actions) =>
        env.continuous
          ? (2 * choice - 1) * actions[at + head] > WEAK
          : actions[at + head] === choice;
      element.toggleAttribute("data-agent", means(minds.actions));
      element.toggleAttribute("data-person", means(env.actions));
    }
  }

  /** Caps of a seat's keys; a choice that has none is written out, where one decision alone is made.
   * @param {number} seat
   */
  #build(seat) {
    this.#seat = seat;
    const { spec } = this.#session;
    const keys = keysOf(spec, seat);
    const heads = new Set(keys.map(({ head }) => head));
    this.#clear();
    this.#marked = [];
    this.#caps.replaceChildren();
    for (const head of heads) {
      spec.interface.action.heads[head].choices.forEach((name, choice) => {
        const key = keys.find((k) => k.head === head && k.choice === choice);
        if (!key && heads.size > 1) return;
        const element = el("kbd", { text: key ? keyLabel(key.codes[0]) : name });
        this.#caps.append(element);
        this.#marked.push({ element, head, choice });
      });
    }
    const buttons = /** @type {HTMLCollectionOf<HTMLElement>} */ (this.#pad.children);
    padKeys(spec).forEach(({ head, choice }, i) => {
      this.#marked.push({ element: buttons[i], head, choice });
    });
  }
}
