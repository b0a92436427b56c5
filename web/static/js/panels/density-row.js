// A continuous decision in the panel of choices: what it is drawn from, what was drawn, and what a
// person does.

import { clippedNormal } from "../density.js";
import { el, icon, setText } from "../dom.js";
import { clamp } from "../sampler.js";

const SVG = "http://www.w3.org/2000/svg";
const [WIDTH, HEIGHT] = [200, 40]; // of the picture's own units
const END = 4; // width of what comes out at an end

/**
 * @typedef {object} Drawn
 * @property {number} mean NaN where it is not told
 * @property {number} deviation NaN where nothing is drawn
 * @property {number} agent what the policy chose
 * @property {number} person what a person does, NaN for nobody
 */

export class DensityRow {
  #area = document.createElementNS(SVG, "path");
  #ends = document.createElementNS(SVG, "path");
  #mean = document.createElementNS(SVG, "path");
  #number = el("span", { class: "density-number" });
  #agent = el("span", { class: "density-mark agent" }, icon("chip"));
  #person = el("span", { class: "density-mark person" }, icon("hand"));

  /** @param {import('../types.js').Head} head */
  constructor({ name, choices }) {
    const svg = document.createElementNS(SVG, "svg");
    svg.setAttribute("viewBox", `0 0 ${WIDTH} ${HEIGHT}`);
    svg.setAttribute("preserveAspectRatio", "none");
    svg.setAttribute("aria-hidden", "true");
    this.#area.setAttribute("class", "density-area");
    this.#ends.setAttribute("class", "density-end");
    this.#mean.setAttribute("class", "density-mean");
    svg.append(this.#area, this.#ends, this.#mean);
    const [low = "−1", high = "+1"] = choices;
    this.element = el(
      "div",
      { class: "density" },
      el("p", { class: "density-head" }, el("span", { text: name }), this.#number),
      el("div", { class: "density-track" }, svg, this.#agent, this.#person),
      el("p", { class: "density-ends" }, el("span", { text: low }), el("span", { text: high })),
    );
  }

  /** @param {Drawn} drawn */
  show({ mean, deviation, agent, person }) {
    const told = !Number.isNaN(mean);
    const spread = Number.isNaN(deviation) ? "" : ` ± ${deviation.toFixed(2)}`;
    setText(this.#number, told ? `${signed(mean)}${spread}` : signed(agent));
    const { inside, ends } = spread ? outline(mean, deviation) : { inside: "", ends: "" };
    this.#area.setAttribute("d", inside);
    this.#ends.setAttribute("d", ends);
    const x = place(clamp(mean)).toFixed(1);
    this.#mean.setAttribute("d", told ? `M${x} 0V${HEIGHT}` : "");
    put(this.#agent, agent);
    put(this.#person, person);
  }
}

/** @param {number} action -1 to 1 */
function place(action) {
  return (WIDTH * (action + 1)) / 2;
}

/** @param {HTMLElement} mark @param {number} action NaN for none */
function put(mark, action) {
  mark.hidden = Number.isNaN(action);
  mark.style.left = `${(50 * (clamp(action) + 1)).toFixed(1)}%`;
}

/** The highest point inside reaches the top; at an end, the top is all of it.
 * @param {number} mean @param {number} deviation
 */
function outline(mean, deviation) {
  const { at, height, low, high } = clippedNormal(mean, deviation);
  const top = Math.max(...height, 1e-9);
  const points = at.map(
    (x, i) => `${place(x).toFixed(1)} ${(HEIGHT * (1 - height[i] / top)).toFixed(1)}`,
  );
  const inside = at.length
    ? `M${place(at[0]).toFixed(1)} ${HEIGHT}L${points.join("L")}V${HEIGHT}Z`
    : "";
  const end = (/** @type {number} */ x, /** @type {number} */ share) =>
    `M${x} ${HEIGHT}v${(-HEIGHT * share).toFixed(1)}h${END}V${HEIGHT}Z`;
  return { inside, ends: end(0, low) + end(WIDTH - END, high) };
}

/** @param {number} value */
function signed(value) {
  return `${value < 0 ? "−" : "+"}${Math.abs(value).toFixed(2)}`;
}
