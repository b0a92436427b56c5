// The parts of an observation as a panel shows them: rows as bars, grids as pictures, entities as a
// table. With heat, they show what matters instead of how much there is.

import { el, setText } from "../dom.js";
import { codeColour, heated, levelColour } from "../palette.js";
import {
  inputName,
  picturesOf,
  pictureText,
  present,
  tally,
  valuesOf,
  valueText,
} from "../sight.js";

/**
 * @typedef {import('../sight.js').Sight} Sight
 * @typedef {import('../sight.js').Obs} Obs
 *
 * @typedef {object} Heat
 * @property {Float32Array} of each input
 * @property {number} scale that is full heat
 */

const WIDTH = 264; // px that a picture may take
const [SMALLEST, LARGEST] = [2, 12]; // px of a cell
const SHADES = 32; // of heat that are told apart
const FLOOR = 0.005; // a heat that reads as 0.00

/** @param {Sight} sight @param {boolean} [hot] whether it is to show what matters
 * @returns {{element: HTMLElement, show: (obs: Obs, heat: Heat | null) => void}} */
export function viewOf(sight, hot = false) {
  if (sight.kind === "row") return new RowView(sight);
  if (sight.kind === "entities") return new EntityView(sight);
  return new GridView(sight, hot);
}

/** @param {number} heat */
export function heatText(heat) {
  return heat < FLOOR ? "0" : heat.toFixed(2);
}

class RowView {
  #sight;
  #rows;

  /** @param {Sight} sight */
  constructor(sight) {
    this.#sight = sight;
    this.#rows = Array.from({ length: sight.rows }, (_, i) => {
      const fill = el("span", { class: "bar-fill" });
      const number = el("span", { class: "bar-share" });
      const track = el("span", { class: "bar-track" }, fill);
      const name = el("span", { class: "bar-name", text: inputName(sight, i) });
      const element = el("li", { class: "bar sight-bar" }, name, track, number);
      return { element, fill, number, track };
    });
    this.element = el("ul", { class: "sight-row", "aria-label": sight.part.name });
    this.element.append(...this.#rows.map(({ element }) => element));
  }

  /** @param {Obs} obs @param {Heat | null} heat */
  show(obs, heat) {
    const { part, whole, first } = this.#sight;
    const { low, high } = part;
    const zero = Math.max(0, Math.min(1, -low / (high - low)));
    this.#rows.forEach(({ element, fill, number, track }, i) => {
      const value = obs[part.offset + i];
      const hot = heat ? heat.of[first + i] : 0;
      track.style.visibility = !heat && whole ? "hidden" : "";
      element.toggleAttribute("data-hot", heat !== null);
      if (heat) span(fill, 0, Math.min(hot / heat.scale, 1));
      else if (!whole) span(fill, zero, (value - low) / (high - low));
      setText(number, heat ? heatText(hot) : valueText(this.#sight, value));
    });
  }
}

/** A bar from one point of its track to another.
 * @param {HTMLElement} fill @param {number} a 0 to 1 @param {number} b
 */
function span(fill, a, b) {
  const [from, to] = [Math.min(a, b), Math.max(a, b)];
  const way = `translateX(${(100 * from).toFixed(1)}%) scaleX(${(to - from).toFixed(3)})`;
  if (fill.style.transform !== way) fill.style.transform = way;
}

class GridView {
  #sight;
  #pictures;

  /** @param {Sight} sight @param {boolean} hot */
  constructor(sight, hot) {
    this.#sight = sight;
    this.#pictures = picturesOf(sight).map((picture) => new PictureView(sight, picture, hot));
    this.element = el("div", { class: "sight-grid" });
    this.element.append(...this.#pictures.map(({ element }) => element));
  }

  /** @param {Obs} obs @param {Heat | null} heat */
  show(obs, heat) {
    for (const picture of this.#pictures) picture.show(obs, heat, this.#sight);
  }
}

class PictureView {
  #picture;
  #canvas = /** @type {HTMLCanvasElement} */ (
    el("canvas", { class: "sight-picture", role: "img" })
  );
  #context = this.#canvas.getContext("2d");
  #cell; // px
  #name;
  #counts;
  #lines;
  /** @type {Int32Array} what is drawn in each cell */
  #drawn;

  /** @param {Sight} sight @param {import('../sight.js').Picture} picture @param {boolean} hot */
  constructor(sight, picture, hot) {
    const { columns, rows, part } = sight;
    this.#picture = picture;
    this.#name = [part.name, picture.name].filter(Boolean).join(", ");
    this.#cell = Math.max(SMALLEST, Math.min(LARGEST, Math.floor(WIDTH / columns)));
    this.#drawn = new Int32Array(rows * columns).fill(-1);
    const ratio = Math.min(window.devicePixelRatio || 1, 2);
    const canvas = this.#canvas;
    canvas.width = Math.round(columns * this.#cell * ratio);
    canvas.height = Math.round(rows * this.#cell * ratio);
    canvas.style.width = `${columns * this.#cell}px`;
    this.#context?.scale(ratio, ratio);
    const lines = picture.legend.map((name, code) => {
      const swatch = el("span", { class: "swatch" });
      swatch.style.backgroundColor = codeColour(code);
      const count = el("span", { class: "sight-count" });
      return { element: el("li", {}, swatch, el("span", { text: name }), count), count };
    });
    this.#counts = lines.map(({ count }) => count);
    this.#lines = lines.map(({ element }) => element);
    const legend = el("ul", { class: "sight-legend", hidden: hot }, ...this.#lines);
    this.element = el("div", { class: "sight-plane" }, canvas, legend);
    if (picture.name) this.element.prepend(el("p", { class: "sight-name", text: picture.name }));
  }

  /** @param {Obs} obs @param {Heat | null} heat @param {Sight} sight */
  show(obs, heat, sight) {
    const { read, legend } = this.#picture;
    for (let cell = 0; cell < sight.inputs; cell++) {
      const seen = read(obs, cell);
      const code = legend.length ? seen : Math.round(255 * seen);
      const hot = heat ? Math.min(heat.of[sight.first + cell] / heat.scale, 1) : 0;
      const shade = heat ? 1 + Math.round(SHADES * hot) : 0;
      const drawn = code * (SHADES + 2) + shade;
      if (drawn === this.#drawn[cell]) continue;
      this.#drawn[cell] = drawn;
      const colour = legend.length ? codeColour(code) : levelColour(seen);
      this.#fill(cell, sight.columns, shade ? heated(colour, (shade - 1) / SHADES) : colour);
    }
    const text = `${this.#name}, ${pictureText(sight, this.#picture, obs)}`;
    if (this.#canvas.ariaLabel !== text) this.#canvas.setAttribute("aria-label", text);
    const counts = tally(sight, this.#picture, obs);
    this.#counts.forEach((element, code) => {
      setText(element, String(counts[code]));
      this.#lines[code].toggleAttribute("data-none", counts[code] === 0);
    });
  }

  /** @param {number} cell @param {number} columns @param {string} colour */
  #fill(cell, columns, colour) {
    const context = this.#context;
    if (!context) return;
    const size = this.#cell;
    const gap = size > 6 ? 1 : 0;
    context.fillStyle = colour;
    const [x, y] = [(cell % columns) * size, Math.floor(cell / columns) * size];
    context.fillRect(x, y, size - gap, size - gap);
  }
}

class EntityView {
  #sight;
  #count = el("caption", {});
  #body = el("tbody", {});
  /** @type {{element: HTMLElement, cells: HTMLElement[], matters: HTMLElement}[]} by entity */
  #rows = [];
  #matters = el("th", { scope: "col", text: "matters" });

  /** @param {Sight} sight */
  constructor(sight) {
    this.#sight = sight;
    const names = sight.part.names.map((name) => el("th", { scope: "col", text: name }));
    const head = el("tr", {}, el("th", { scope: "col", text: "#" }), ...names, this.#matters);
    const table = el("table", {}, this.#count, el("thead", {}, head), this.#body);
    const label = `${sight.part.name}: those that are there`;
    this.element = el("div", { class: "sight-table", tabindex: 0, role: "group" }, table);
    this.element.setAttribute("aria-label", label);
    for (let i = 0; i < sight.rows; i++) {
      const cells = sight.part.names.map(() => el("td", {}));
      const matters = el("td", { class: "sight-matters" });
      const element = el(
        "tr",
        {},
        el("th", { scope: "row", text: String(i + 1) }),
        ...cells,
        matters,
      );
      this.#rows.push({ element, cells, matters });
    }
    this.#body.append(...this.#rows.map(({ element }) => element));
  }

  /** @param {Obs} obs @param {Heat | null} heat */
  show(obs, heat) {
    const sight = this.#sight;
    let there = 0;
    this.#matters.hidden = !heat;
    this.#rows.forEach(({ element, cells, matters }, i) => {
      element.hidden = !present(sight, i, obs);
      if (element.hidden) return;
      there++;
      const { from } = valuesOf(sight, i);
      cells.forEach((cell, k) => {
        setText(cell, valueText(sight, obs[from + k]));
      });
      const hot = heat ? heat.of[sight.first + i] : 0;
      matters.hidden = !heat;
      setText(matters, heatText(hot));
      const share = heat ? Math.min(hot / heat.scale, 1) : 0;
      element.style.setProperty("--hot", `${Math.round(60 * share)}%`);
    });
    setText(this.#count, `${sight.part.name}: ${there} of ${sight.rows}`);
  }
}
