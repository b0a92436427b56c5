// Two plots over one axis of ticks, drawn by uPlot, which is fetched when they are first opened.

import { el } from "../dom.js";

/**
 * @typedef {import('uplot')} UPlot
 * @typedef {import('../plot-data.js').Points} Points
 *
 * @typedef {object} Shown
 * @property {number} from the first tick
 * @property {number} to the tick after the last
 * @property {number} shown the tick that the scene shows
 * @property {number} width px
 * @property {[number[], Points, Points]} expected ticks, returns, values
 * @property {[number[], Points, Points]} better ticks, advantages of agents, of people
 *
 * @typedef {object} Hosts
 * @property {number} ticksPerSecond
 * @property {(tick: number) => string} label
 * @property {(tick: number) => void} goTo
 * @property {() => void} resized
 */

const HEIGHTS = [132, 104]; // px; the lower one has the ticks' axis
const STEPS = [0.5, 1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600]; // s between numbers
const AXIS = 46; // px of width for numbers
const FONT = "11px ui-monospace, Menlo, Consolas, monospace";

/** @param {{module: string, style: string}} source @param {HTMLElement} place @param {Hosts} hosts */
export async function openPlots(source, place, hosts) {
  const whole = (/** @type {string} */ url) => new URL(url, document.baseURI).href;
  const [{ default: UPlot }] = await Promise.all([import(whole(source.module)), style(source)]);
  return new Plots(UPlot, place, hosts);
}

/** @param {{style: string}} source */
function style({ style: href }) {
  if (document.querySelector(`link[href="${href}"]`)) return;
  return new Promise((load, error) => {
    document.head.append(el("link", { rel: "stylesheet", href, load, error }));
  });
}

class Plots {
  #place;
  #hosts;
  #all;
  #shown = 0;
  #span = [0, 1];
  #width = 0;

  /** @param {any} UPlot its class @param {HTMLElement} place @param {Hosts} hosts */
  constructor(UPlot, place, hosts) {
    this.#place = place;
    this.#hosts = hosts;
    const bars = UPlot.paths.bars({ size: [1, 8], align: 1 });
    const line = (/** @type {string} */ token) => ({
      stroke: () => this.#colour(token),
      width: 1.5,
      points: { show: false },
      spanGaps: true,
    });
    const bar = (/** @type {string} */ token) => ({
      stroke: () => this.#colour(token),
      fill: () => this.#colour(token),
      width: 0,
      paths: bars,
      points: { show: false },
    });
    /** @type {UPlot[]} */
    this.#all = [
      new UPlot(this.#options(0, [line("--quiet"), line("--agent")]), [[], [], []], place),
      new UPlot(this.#options(1, [bar("--agent"), bar("--person")]), [[], [], []], place),
    ];
    for (const plot of this.#all) this.#listen(plot);
    new ResizeObserver(() => {
      if (place.clientWidth !== this.#width) hosts.resized();
    }).observe(place);
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => {
      for (const plot of this.#all) plot.redraw();
    });
  }

  /** @param {string} token */
  #colour(token) {
    return getComputedStyle(this.#place).getPropertyValue(token).trim();
  }

  /** @param {number} which @param {object[]} series */
  #options(which, series) {
    const axis = {
      stroke: () => this.#colour("--quiet"),
      grid: { stroke: () => this.#colour("--line"), width: 1 },
      ticks: { show: false },
      font: FONT,
    };
    /** @type {any} typed by uPlot more narrowly than it takes */
    const options = {
      width: 300,
      height: HEIGHTS[which],
      legend: { show: false },
      cursor: {
        y: false,
        drag: { x: false, y: false },
        sync: { key: "gymcade" },
        points: { show: false },
      },
      scales: {
        x: { time: false, range: () => this.#span },
        y: {
          range: (/** @type {UPlot} */ _, /** @type {number} */ low, /** @type {number} */ high) =>
            roomy(low, high, which === 1),
        },
      },
      series: [{}, ...series],
      axes: [
        {
          ...axis,
          show: which === 1,
          size: 24,
          gap: 2,
          space: 72,
          incrs: STEPS.map((seconds) => seconds * this.#hosts.ticksPerSecond),
          values: (/** @type {UPlot} */ _, /** @type {number[]} */ ticks) =>
            ticks.map(this.#hosts.label),
        },
        { ...axis, size: AXIS, gap: 2, space: 28 },
      ],
      padding: [6, 4, which === 1 ? 0 : 6, 0],
      hooks: { draw: [(/** @type {UPlot} */ plot) => this.#mark(plot)] },
    };
    return options;
  }

  /** A line at the tick that is shown.
   * @param {UPlot} plot
   */
  #mark(plot) {
    const { ctx, bbox } = plot;
    const x = Math.round(plot.valToPos(this.#shown, "x", true));
    ctx.fillStyle = this.#colour("--text");
    ctx.fillRect(Math.min(x, bbox.left + bbox.width - 1), bbox.top, devicePixelRatio, bbox.height);
  }

  /** Pressing goes to a tick, and dragging along.
   * @param {UPlot} plot
   */
  #listen(plot) {
    const { over } = plot;
    const go = (/** @type {PointerEvent} */ event) => {
      const left = event.clientX - over.getBoundingClientRect().left;
      this.#hosts.goTo(Math.round(plot.posToVal(left, "x")));
    };
    over.addEventListener("pointerdown", (event) => {
      over.setPointerCapture(event.pointerId);
      go(event);
    });
    over.addEventListener("pointermove", (event) => {
      if (event.buttons & 1) go(event);
    });
  }

  /** @param {Shown} shown */
  show({ from, to, shown, width, expected, better }) {
    this.#shown = shown;
    this.#span = [from, to];
    const resized = width !== this.#width;
    this.#width = width;
    [expected, better].forEach((data, i) => {
      const plot = this.#all[i];
      plot.batch(() => {
        if (resized) plot.setSize({ width, height: HEIGHTS[i] });
        plot.setData(/** @type {any} */ (data));
      });
    });
  }
}

/** A range of numbers with some room about it.
 * @param {number | null} low null for no numbers @param {number | null} high
 * @param {boolean} even whether zero stands in the middle
 * @returns {[number, number]}
 */
function roomy(low, high, even) {
  if (low === null || high === null) return [-1, 1];
  if (even) {
    const most = Math.max(Math.abs(low), Math.abs(high), 0.01) * 1.1;
    return [-most, most];
  }
  const room = Math.max((high - low) * 0.08, 0.01);
  return [low - room, high + room];
}
