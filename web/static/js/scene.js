// The picture: a drawing module on a canvas, handed states and told how far it is between them.

import { Resolution } from "./resolution.js";

/**
 * @typedef {import('./types.js').PlayerConfig} PlayerConfig
 * @typedef {Pick<import('./session.js').Session, 'now' | 'before' | 'phase' | 'focus' | 'driven'>} Shown
 *
 * @typedef {object} DrawModule what emcc makes of an environment's draw
 * @property {Uint8Array} HEAPU8
 * @property {(bytes: number) => number} _malloc
 * @property {(width: number, height: number) => void} _draw_open
 * @property {(width: number, height: number) => void} _draw_resize
 * @property {(now: number, before: number, view: number) => void} _draw_frame
 * @property {() => number} _draw_view_size
 */

const FINEST = 2; // device pixels a CSS pixel; finer ones cost time and cannot be seen
const SEATS = 64; // that struct View has room for
const VIEW = { t: 0, time: 4, seat: 8, person: 12 }; // offsets in it

/** Whether the browser draws with WebGL. */
function hasWebGL() {
  const canvas = document.createElement("canvas");
  return Boolean(canvas.getContext("webgl"));
}

/** Loads the drawing module; rejects with what to tell the visitor.
 * @param {PlayerConfig} config @param {HTMLCanvasElement} canvas
 * @param {number} copySize bytes of a state
 */
export async function openScene(config, canvas, copySize) {
  if (!hasWebGL()) throw new Error("This browser has no WebGL, or it is switched off");
  /** @type {DrawModule} */
  let module;
  try {
    const { default: factory } = await import(new URL(config.drawModule, document.baseURI).href);
    module = await factory({ canvas, locateFile: () => config.drawWasm });
  } catch {
    throw new Error("The scene did not load");
  }
  return new Scene(module, canvas, copySize);
}

export class Scene {
  #module;
  #canvas;
  #now;
  #before;
  #view;
  #copySize;
  #resolution = new Resolution(Math.min(window.devicePixelRatio || 1, FINEST));
  #box = { width: 0, height: 0 }; // CSS pixels
  #open = false;
  #lost = false;

  /** @param {DrawModule} module @param {HTMLCanvasElement} canvas @param {number} copySize */
  constructor(module, canvas, copySize) {
    this.#module = module;
    this.#canvas = canvas;
    this.#copySize = copySize;
    this.#now = module._malloc(copySize);
    this.#before = module._malloc(copySize);
    this.#view = module._malloc(module._draw_view_size());
    canvas.addEventListener("webglcontextlost", () => {
      this.#lost = true;
    });
    this.#box = canvas.getBoundingClientRect();
    new ResizeObserver(([entry]) => {
      this.#box = entry.contentRect;
    }).observe(canvas);
  }

  /** Resizing clears the canvas, so it happens just before drawing. */
  #fit() {
    const { ratio } = this.#resolution;
    const width = Math.max(Math.round(this.#box.width * ratio), 1);
    const height = Math.max(Math.round(this.#box.height * ratio), 1);
    if (!this.#open) {
      this.#open = true;
      this.#module._draw_open(width, height);
    } else if (this.#canvas.width !== width || this.#canvas.height !== height) {
      this.#module._draw_resize(width, height);
    }
  }

  /** @param {Shown} shown a session, or what else has states @param {number} time s */
  draw(shown, time) {
    if (this.#lost) throw new Error("the browser took the WebGL context away");
    this.#resolution.frame(time * 1000);
    this.#fit();
    const module = this.#module;
    const bytes = module.HEAPU8;
    bytes.set(shown.now.subarray(0, this.#copySize), this.#now);
    bytes.set(shown.before.subarray(0, this.#copySize), this.#before);
    const view = new DataView(bytes.buffer, this.#view);
    view.setFloat32(VIEW.t, shown.phase, true);
    view.setFloat32(VIEW.time, time, true);
    view.setInt32(VIEW.seat, shown.focus, true);
    for (let i = 0; i < SEATS; i++) {
      view.setUint8(VIEW.person + i, shown.driven(i) ? 1 : 0);
    }
    module._draw_frame(this.#now, this.#before, this.#view);
  }
}
