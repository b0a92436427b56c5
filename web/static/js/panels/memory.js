// What the recurrent policy of the seat in focus remembers, as a strip over time: a column a tick, a row
// a unit, in the order of the file.

import { moment } from "../curves.js";
import { el, setText } from "../dom.js";
import { Stretch } from "../plot-data.js";
import { paint, ROOM } from "../trail.js";
import { Panel } from "./panel.js";

/** @typedef {import('../session.js').Session} Session */

// Below zero and above it: neither people's colour nor agents', and told apart by every eye.
/** @type {[number, number, number][]} */
const COLOURS = [
  [139, 92, 214],
  [38, 166, 104],
];
const TALLEST = 240; // px
const ROW = 8; // px of a unit, where they fit

export class MemoryPanel extends Panel {
  #session;
  #stretch = new Stretch();
  /** @type {import('../history.js').History | null} */
  #history = null;
  #revision = 0;
  #canvas = /** @type {HTMLCanvasElement} */ (el("canvas", { role: "img" }));
  #shown = el("span", { class: "strip-shown" });
  #strip = el("div", { class: "strip" }, this.#canvas, this.#shown);
  #scale = el("p", { class: "panel-text strip-scale" });
  #none = el("p", { class: "panel-text" });
  #told = el("div", {}, this.#strip, this.#scale);

  /** @param {Session} session */
  constructor(session) {
    super("memory", "Memory");
    this.#session = session;
    this.body.append(this.#none, this.#told);
    const go = (/** @type {PointerEvent} */ event) => {
      const { left, width } = this.#strip.getBoundingClientRect();
      const tick = this.#stretch.from + Math.floor((ROOM * (event.clientX - left)) / width);
      session.goTo(tick);
    };
    this.#strip.addEventListener("pointerdown", (event) => {
      this.#strip.setPointerCapture(event.pointerId);
      go(event);
    });
    this.#strip.addEventListener("pointermove", (event) => {
      if (event.buttons & 1) go(event);
    });
  }

  /** It notes what there is to remember as it comes.
   * @override
   */
  get reaches() {
    return true;
  }

  /** @override */
  refresh() {
    const { seats, focus, minds, history, ticks } = this.#session;
    const { mind } = seats[focus];
    const units = mind.kind === "policy" ? mind.policy.stateSize : 0;
    this.note(units ? `${units} ${units === 1 ? "unit" : "units"}` : "");
    this.#told.hidden = units === 0;
    this.#none.hidden = units > 0;
    if (mind.kind !== "policy" || !units) {
      const name = mind.kind === "policy" ? `“${mind.policy.name}”` : "Who drives here";
      return setText(this.#none, `${name} has no memory: it sees every tick afresh.`);
    }
    const { trail } = minds;
    if (history !== this.#history || history.revision !== this.#revision) trail.forget(ticks + 1);
    if (trail.follow(focus, mind.policy)) trail.note(ticks, mind.policy);
    this.#history = history;
    this.#revision = history.revision;
    const end = history.ticks + 1; // what it remembers now is of the tick that comes next
    this.#stretch.place(ROOM, ticks === history.ticks ? end : ticks, end);
    this.#draw(units);
  }

  /** @param {number} units */
  #draw(units) {
    const { minds, ticks, spec } = this.#session;
    const { from } = this.#stretch;
    const canvas = this.#canvas;
    if (canvas.width !== ROOM || canvas.height !== units) {
      canvas.width = ROOM;
      canvas.height = units;
      canvas.style.height = `${Math.min(ROW * units, TALLEST)}px`;
    }
    const picture = new ImageData(ROOM, units);
    const most = paint(minds.trail, from, from + ROOM, picture.data, COLOURS);
    canvas.getContext("2d")?.putImageData(picture, 0, 0);
    this.#shown.style.left = `${(100 * (ticks - from + 0.5)) / ROOM}%`;
    const [first, last] = [from, from + ROOM].map((tick) => moment(tick, spec.ticks_per_second));
    const label = `Memory of ${units} units, ${first} to ${last}`;
    if (canvas.getAttribute("aria-label") !== label) canvas.setAttribute("aria-label", label);
    const scale = most > 0 ? `violet −${most.toFixed(2)}, green +${most.toFixed(2)}` : "all zero";
    setText(this.#scale, `A column a tick, a row a unit: ${scale}.`);
  }
}
