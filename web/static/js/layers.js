// The two layers over the scene: what the seat in focus sees there, and what of it matters.

import { svg } from "./dom.js";
import { codeColour } from "./palette.js";
import { boxAt, frameOf, rectPath, thingsOf } from "./places.js";
import { picturesOf, valuesOf } from "./sight.js";

/**
 * @typedef {import('./places.js').Places} Places
 * @typedef {import('./places.js').Thing} Thing
 * @typedef {import('./sight.js').Sight} Sight
 */

const LEVELS = 12; // of heat that are told apart

/** What a seat sees: grids framed with the rest of the scene dimmed, cells outlined in the colours of
 * their picture, things outlined with their names.
 */
export class SightLayer {
  #sights;
  #session;
  #cells = svg("g");
  #marks = svg("g");
  /** @type {{thing: Thing, box: SVGElement, label: SVGElement}[]} */
  #things = [];

  /** @param {import('./session.js').Session} session @param {Sight[]} sights */
  constructor(session, sights) {
    this.#session = session;
    this.#sights = sights;
    this.element = svg("g", { class: "layer-sight" }, this.#cells, this.#marks);
  }

  /** @param {Places} places */
  lay({ now }) {
    const obs = shownObs(this.#session);
    this.#cells.replaceChildren(...this.#sights.flatMap((sight) => this.#grid(sight, now, obs)));
    this.#things = thingsOf(this.#sights, now, obs).map((thing) => {
      const box = svg("rect", { class: "layer-thing" });
      const label = svg("text", { class: "layer-name" });
      label.textContent = thing.name;
      return { thing, box, label };
    });
    this.#marks.replaceChildren(...this.#things.flatMap(({ box, label }) => [box, label]));
  }

  /** @param {Sight} sight @param {Float32Array} boxes @param {ArrayLike<number>} obs */
  #grid(sight, boxes, obs) {
    const frame = sight.kind === "grid" ? frameOf(sight, boxes) : null;
    if (!frame) return [];
    const { width, height } = this.#session.spec;
    const whole = { x: 0, y: 0, width, height };
    const veil = svg("path", { class: "layer-veil", d: rectPath(whole) + rectPath(frame) });
    const paths = picturesOf(sight).flatMap(({ legend, read }) => {
      const drawn = legend.map(() => "");
      for (let cell = 0; legend.length && cell < sight.inputs; cell++) {
        const code = read(obs, cell);
        const box = boxAt(boxes, valuesOf(sight, cell).from);
        if (code && box.width) drawn[code] += rectPath(box, box.width / 12);
      }
      return drawn.flatMap((d, code) =>
        d ? [svg("path", { class: "layer-cell", d, stroke: codeColour(code) })] : [],
      );
    });
    return [veil, ...paths, svg("path", { class: "layer-frame", d: rectPath(frame, 1) })];
  }

  /** @param {Places} places @param {number} phase */
  move(places, phase) {
    const { width, height } = this.#session.spec;
    for (const { thing, box, label } of this.#things) {
      const at = places.at(thing.value, phase);
      put(box, at, 4);
      const right = at.x + at.width / 2 > width / 2; // names are written towards the middle
      const low = at.y + at.height > height - 40;
      label.setAttribute("text-anchor", right ? "end" : "start");
      const edge = right ? Math.min(at.x + at.width, width - 8) : Math.max(at.x, 8);
      label.setAttribute("x", edge.toFixed(1));
      label.setAttribute("y", String(low ? at.y - 10 : at.y + at.height + 8));
      label.setAttribute("dominant-baseline", low ? "auto" : "hanging");
    }
  }
}

/** What matters: cells where they were when they were asked about, things where they are. */
export class HeatLayer {
  #sights;
  #session;
  #boxes;
  #cells = svg("g");
  #marks = svg("g");
  /** @type {{thing: Thing, box: SVGElement}[]} */
  #things = [];
  /** @type {import('./inquiry.js').Found | null} */
  #found = null;
  /** @type {Float32Array} */
  #heat = new Float32Array();
  #scale = 1;
  #stale = false; // whether there is something else to tell than is drawn

  /** @param {import('./session.js').Session} session @param {Sight[]} sights */
  constructor(session, sights) {
    this.#session = session;
    this.#sights = sights;
    this.#boxes = new Float32Array(4 * session.env.obsSize);
    this.element = svg("g", { class: "layer-heat" }, this.#cells, this.#marks);
  }

  /** @param {import('./inquiry.js').Found | null} found @param {Float32Array} heat by input
   * @param {number} scale that is full heat
   */
  tell(found, heat, scale) {
    this.#found = found;
    this.#heat = heat;
    this.#scale = scale;
    this.#stale = true;
  }

  #paint() {
    const found = this.#found;
    if (!found) return this.#cells.replaceChildren();
    this.#session.env.places(found.state, found.seat, this.#boxes);
    const drawn = Array.from({ length: LEVELS + 1 }, () => "");
    for (const sight of this.#sights) {
      for (let i = 0; sight.kind === "grid" && i < sight.inputs; i++) {
        const level = this.#level(this.#heat[sight.first + i]);
        const box = boxAt(this.#boxes, valuesOf(sight, i).from);
        if (level && box.width) drawn[level] += rectPath(box);
      }
    }
    const paths = drawn.flatMap((d, level) =>
      d ? [svg("path", { d, "fill-opacity": ((0.8 * level) / LEVELS).toFixed(2) })] : [],
    );
    this.#cells.replaceChildren(...paths);
  }

  /** @param {number} heat */
  #level(heat) {
    return Math.round(LEVELS * Math.min(heat / this.#scale, 1));
  }

  /** @param {Places} places */
  lay({ now }) {
    const found = this.#found;
    // What was asked is of another game than what is shown then.
    this.element.setAttribute("visibility", hasEnded(this.#session) ? "hidden" : "visible");
    const things = found ? thingsOf(this.#sights, now, found.obs) : [];
    this.#things = things.flatMap((thing) => {
      const heat = Math.max(...thing.inputs.map((input) => this.#heat[input]));
      const level = this.#level(heat);
      if (!level) return [];
      const opacity = (level / LEVELS).toFixed(2);
      return [{ thing, box: svg("rect", { class: "layer-hot", opacity }) }];
    });
    this.#marks.replaceChildren(...this.#things.map(({ box }) => box));
  }

  /** @param {Places} places @param {number} phase */
  move(places, phase) {
    if (this.#stale) {
      this.#stale = false;
      this.#paint();
      this.lay(places);
    }
    for (const { thing, box } of this.#things) put(box, places.at(thing.value, phase), 7);
  }
}

/** Whether what is shown is the end of a game, while the next one has begun.
 * @param {import('./session.js').Session} session
 */
function hasEnded({ env, spec, lingering }) {
  return spec.turn_based ? lingering : env.over[0] === 1;
}

/** What the seat in focus sees of what is shown: at the end of a game that is still in sight, the last
 * of it.
 * @param {import('./session.js').Session} session
 */
export function shownObs(session) {
  const { env, focus } = session;
  const obs = hasEnded(session) ? env.finalObs : env.obs;
  return obs.subarray(focus * env.obsSize, (focus + 1) * env.obsSize);
}

/** @param {SVGElement} rect @param {import('./places.js').Box} box @param {number} by px around it */
function put(rect, { x, y, width, height }, by) {
  const numbers = { x: x - by, y: y - by, width: width + 2 * by, height: height + 2 * by };
  for (const [name, value] of Object.entries(numbers)) rect.setAttribute(name, value.toFixed(1));
}
