// Beneath the scene: the whole game at a glance, a scrubber over it, and the branches it has.

import { bands, DOWN, moment, sampled, UP } from "./curves.js";
import { el, setText } from "./dom.js";

/** @typedef {import('./session.js').Session} Session */

const HEAD = 16; // px of height for what is written over the curves
const LANE = 10; // px of height for the marks of rewards
const FEW = 4; // seats whose bands are thick
const BANDS = 20; // px of height for all bands
const REDRAW_MS = 100; // between pictures while ticks are played

export class Timeline {
  #session;
  #canvas = /** @type {HTMLCanvasElement} */ (
    el("canvas", { class: "timeline-picture", "aria-hidden": "true" })
  );
  #scrub = /** @type {HTMLInputElement} */ (
    el("input", { type: "range", class: "timeline-scrub", min: 0, step: 1, "aria-label": "Moment" })
  );
  #time = el("span", { class: "timeline-time" });
  #legend = el(
    "span",
    { class: "timeline-legend" },
    el("span", { class: "timeline-value", text: "value" }),
    el("span", { class: "timeline-return", text: "return" }),
  );
  #past = el("div", { class: "timeline-past" });
  #branches = el("ul", { class: "branches", "aria-label": "Branches" });
  #compare;
  #box = { width: 0, height: 0 }; // CSS pixels
  #shown = { version: -1, ticks: -1, at: 0 };
  #stale = true; // whether the picture is older than what it is of

  /** @param {Session} session
   * @param {(branch: import('./branches.js').Branch) => void} compare
   */
  constructor(session, compare) {
    this.#session = session;
    this.#compare = compare;
    this.element = el(
      "div",
      { class: "timeline", role: "group", "aria-label": "Timeline" },
      this.#canvas,
      this.#time,
      this.#legend,
      this.#scrub,
    );
    /** @param {string} text @param {() => void} click */
    const button = (text, click) => el("button", { type: "button", text, click });
    this.#past.append(
      button("Play on from here", () => session.playOn()),
      button("To the present", () => {
        session.goTo(session.history.ticks);
        session.stop("user", false);
      }),
    );
    this.more = el("div", { class: "timeline-more" }, this.#past, this.#branches);
    this.#listen();
  }

  #listen() {
    const scrub = this.#scrub;
    let pointed = false;
    scrub.addEventListener("input", () => this.#session.goTo(scrub.valueAsNumber));
    scrub.addEventListener("pointerdown", () => {
      pointed = true;
      this.#session.goTo(scrub.valueAsNumber); // taken hold of where it is, it stands still
    });
    scrub.addEventListener("keydown", () => {
      pointed = false;
    });
    // Once a pointer lets go of it, the arrow keys belong to the game again.
    scrub.addEventListener("change", () => {
      if (pointed) scrub.blur();
    });
    const stale = () => {
      this.#stale = true;
    };
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", stale);
    new ResizeObserver(([entry]) => {
      this.#box = entry.contentRect;
      stale();
    }).observe(this.#canvas);
  }

  /** Brings everything in line with the session; to be called once a frame.
   * @param {number} now ms
   */
  update(now) {
    const { version, ticks, history } = this.#session;
    const changed = version !== this.#shown.version;
    const moved = ticks !== this.#shown.ticks && now - this.#shown.at >= REDRAW_MS;
    if (!changed && !moved && !this.#stale) return;
    this.#shown = { version, ticks, at: now };
    this.#tell();
    if (changed) this.#list();
    if (this.#stale || !this.#session.past || changed) this.#draw();
    this.#stale = this.#box.width === 0;
    this.element.dataset.ticks = String(history.ticks); // of the picture
  }

  #tell() {
    const { ticks, history, spec, past } = this.#session;
    const [here, end] = [ticks, history.ticks].map((t) => moment(t, spec.ticks_per_second));
    this.#scrub.max = String(history.ticks);
    this.#scrub.value = String(ticks);
    this.#scrub.setAttribute("aria-valuetext", `${here} of ${end}, tick ${ticks}`);
    setText(this.#time, past ? `${here} / ${end}` : here);
    this.element.toggleAttribute("data-past", past);
    this.#past.hidden = !past;
    this.more.hidden = !past && this.#session.branches.list.length === 0;
  }

  #list() {
    const session = this.#session;
    const { branches, spec } = session;
    const { list } = branches;
    this.#branches.hidden = list.length === 0;
    /** @param {number} tick */
    const time = (tick) => moment(tick, spec.ticks_per_second);
    const here = el("li", {
      class: "branch",
      "aria-current": "true",
      text: `now: ${branches.name}`,
    });
    const others = list.map((branch) => {
      const { from, to } = branch.tail;
      const text = `${branch.name}, ${time(from)} to ${time(to)}`;
      const click = () => session.choose(branch);
      const compare = el("button", {
        type: "button",
        class: "branch",
        text: "Compare",
        "aria-label": `Compare with ${text}`,
        click: () => this.#compare(branch),
      });
      const button = el("button", { type: "button", class: "branch", text, click });
      return el("li", { class: "branch-row" }, button, compare);
    });
    this.#branches.replaceChildren(here, ...others);
    if (!branches.dropped) return;
    const text = `${branches.dropped} of the oldest let go, for want of room`;
    this.#branches.append(el("li", { class: "branch-gone", text }));
  }

  #draw() {
    const canvas = this.#canvas;
    const context = canvas.getContext("2d");
    const { width, height } = this.#box;
    if (!context || width === 0) return;
    const ratio = Math.min(window.devicePixelRatio || 1, 2);
    canvas.width = Math.round(width * ratio);
    canvas.height = Math.round(height * ratio);
    context.scale(ratio, ratio);
    const style = getComputedStyle(this.element);
    /** @param {string} name */
    const colour = (name) => style.getPropertyValue(name).trim();
    const { history, focus, seats } = this.#session;
    const columns = sampled(history, focus, Math.max(Math.floor(width), 1));
    const thick = Math.min(seats.length <= FEW ? 5 : 1, BANDS / seats.length);
    const floor = height - HEAD - thick * seats.length; // of the lane, from below the head; bands below
    const room = floor - LANE;

    context.translate(0, HEAD);
    drawEnds(context, columns.ends, floor, colour("--quiet"));
    const { lowReturn, highReturn, lowValue, highValue } = columns;
    drawCurve(context, lowReturn, highReturn, room, colour("--quiet"));
    const valued = drawCurve(context, lowValue, highValue, room, colour("--agent"));
    this.#legend.toggleAttribute("data-valued", valued);
    for (const [way, name, y] of /** @type {const} */ ([
      [UP, "--good", room],
      [DOWN, "--bad", room + LANE / 2],
    ])) {
      context.fillStyle = colour(name);
      columns.rewards.forEach((marks, x) => {
        if (marks & way) context.fillRect(x - 0.5, y, 2, LANE / 2 - 1);
      });
    }
    if (history.doubt <= history.ticks) {
      drawDoubt(
        context,
        history.doubt / Math.max(history.ticks, 1),
        [width, floor],
        colour("--bad"),
      );
    }
    const gap = thick > 1 ? 1 : 0;
    for (const [hands, name] of /** @type {const} */ ([
      [false, "--agent"],
      [true, "--person"],
    ])) {
      context.fillStyle = colour(name);
      const high = hands ? Math.max(thick - gap, 1) : thick - gap; // to be seen among many
      seats.forEach((_, i) => {
        const y = Math.min(floor + thick * i + gap, height - HEAD - high);
        for (const { from, to, person } of bands(history, i)) {
          if (person !== hands) continue;
          context.fillRect(from * width, y, Math.max((to - from) * width, 1), high);
        }
      });
    }
  }
}

/** Lines where episodes end, the fainter the more there are.
 * @param {CanvasRenderingContext2D} context @param {Uint8Array} ends @param {number} height
 * @param {string} colour
 */
function drawEnds(context, ends, height, colour) {
  const count = ends.reduce((sum, end) => sum + end, 0);
  context.globalAlpha = Math.max(Math.min(ends.length / (16 * Math.max(count, 1)), 0.6), 0.08);
  context.fillStyle = colour;
  ends.forEach((end, x) => {
    if (end) context.fillRect(x, 0, 1, height);
  });
  context.globalAlpha = 1;
}

/** Stripes over what is not what was played, and a line where it begins.
 * @param {CanvasRenderingContext2D} context @param {number} from share of the width
 * @param {[number, number]} size px @param {string} colour
 */
function drawDoubt(context, from, [width, height], colour) {
  const left = Math.min(from * width, width - 2);
  context.save();
  context.beginPath();
  context.rect(left, 0, width - left, height);
  context.clip();
  context.fillStyle = colour;
  context.fillRect(left, 0, 2, height);
  context.strokeStyle = colour;
  context.globalAlpha = 0.35;
  context.lineWidth = 1;
  context.beginPath();
  for (let x = left - height; x < width; x += 8) {
    context.moveTo(x, height);
    context.lineTo(x + height, 0);
  }
  context.stroke();
  context.restore();
}

/** A line through the columns that hold anything; whether there are any.
 * @param {CanvasRenderingContext2D} context @param {Float32Array} low @param {Float32Array} high
 * @param {number} height @param {string} colour
 */
function drawCurve(context, low, high, height, colour) {
  let [least, most] = [0, 0];
  let any = false;
  low.forEach((value, x) => {
    if (Number.isNaN(value)) return;
    any = true;
    least = Math.min(least, value);
    most = Math.max(most, high[x]);
  });
  if (!any) return false;
  const scale = (height - 4) / Math.max(most - least, 1e-6);
  /** @param {number} value */
  const y = (value) => height - 2 - (value - least) * scale;
  context.beginPath();
  let begun = false;
  low.forEach((value, x) => {
    if (Number.isNaN(value)) return;
    if (begun) context.lineTo(x + 0.5, y(high[x]));
    else context.moveTo(x + 0.5, y(high[x]));
    if (value !== high[x]) context.lineTo(x + 0.5, y(value));
    begun = true;
  });
  context.strokeStyle = colour;
  context.lineWidth = 1.5;
  context.lineJoin = "round";
  context.stroke();
  return true;
}
