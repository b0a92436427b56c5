// A running game in the page: the parts around the scene, kept in step with the session.

import { listenToKeys, listenToPointer } from "./controls.js";
import { el, setText } from "./dom.js";
import { listenToGamepad } from "./gamepad.js";
import { Inspector } from "./inspector.js";
import { openMind } from "./load.js";
import { invitation, reassurance } from "./names.js";
import { SeatList } from "./seat-list.js";
import { touchPad } from "./touch.js";
import { Transport } from "./transport.js";

/**
 * @typedef {object} Parts
 * @property {import('./types.js').PlayerConfig} config
 * @property {import('./session.js').Session} session
 * @property {import('./load.js').Shelf} shelf
 * @property {import('./stage.js').Stage} stage
 * @property {import('./scene.js').Scene | null} scene null where nothing can be drawn
 */

const FAST = 20; // ticks a second from which on a seat taken by its button is counted in
const HINT_MS = 4000; // that the line after the first takeover stays
const REFRESH_MS = 100; // between updates of numbers

export class View {
  #parts;
  #session;
  #transport;
  #seats;
  #inspector;
  #said = el("p", { class: "player-said", "aria-live": "polite" });
  #gamepad;
  #touch = matchMedia("(pointer: coarse)").matches;
  #visible = true;
  #played = false; // whether a person has played yet
  #version = -1; // of the session, as shown
  #ticks = -1; // as shown
  #refreshed = 0; // ms
  #drawn = true;

  /** @param {Parts} parts */
  constructor(parts) {
    const { config, session, shelf, stage } = parts;
    this.#parts = parts;
    this.#session = session;
    const played = () => this.#play();
    this.#transport = new Transport(session, config.mode === "page");
    this.#inspector = config.mode === "page" ? new Inspector(session) : null;
    this.#seats = new SeatList(session, shelf.names, {
      take: (seat) => this.#take(seat),
      handBack: (seat) => this.#handBack(seat),
      choose: (seat, driver) => this.#choose(seat, driver),
    });
    const keys = el("p", { class: "keys" });
    for (const [key, what] of [
      ["T", "take over"],
      ["Space", "pause"],
      [".", "one tick"],
      ["R", "restart"],
    ]) {
      keys.append(el("span", {}, el("kbd", { text: key }), what));
    }
    const bar = el("div", { class: "player-bar" }, this.#transport.element);
    if (session.spec.turn_based) bar.append(this.#said);
    else if (config.mode === "page") bar.append(keys);
    const embedded = config.mode === "embed"; // all in one row
    if (embedded) bar.append(this.#seats.element);
    const side = el("div", { class: "player-side" });
    side.hidden = embedded;
    if (!embedded) side.append(this.#seats.element);
    if (this.#inspector) side.append(this.#inspector.element);
    this.elements = [touchPad(session, played), bar];
    this.side = side;

    this.#gamepad = listenToGamepad(session, played);
    listenToPointer(session, stage.canvas, played);
    listenToKeys(session, {
      hears: () => this.#visible,
      played,
      commands: {
        KeyT: () => this.#toggle(),
        Space: () => this.#transport.pause(),
        Period: () => session.stepOnce(),
        KeyR: () => this.#transport.restart(),
      },
    });
    this.#sleepWhenAway(stage.element);
  }

  /** Begins to play and to draw. */
  run() {
    const { stage, config, scene } = this.#parts;
    if (scene) stage.hint(invitation(config.spec, this.#session.focus, this.#touch));
    requestAnimationFrame(this.#frame);
  }

  /** @param {number} now ms */
  #frame = (now) => {
    requestAnimationFrame(this.#frame);
    this.#gamepad();
    if (!this.#drawn) this.#draw(now); // its ticks take longer than a frame: show what there is
    this.#drawn = false;
    this.#session.frame(now).then(() => {
      if (!this.#drawn) this.#draw(now);
    });
  };

  /** @param {number} now ms */
  #draw(now) {
    this.#drawn = true;
    const session = this.#session;
    const { scene, stage } = this.#parts;
    if (this.#visible) scene?.draw(session, now / 1000);
    const changed = session.version !== this.#version;
    const counted = session.ticks !== this.#ticks && now - this.#refreshed >= REFRESH_MS;
    if (changed) {
      this.#version = session.version;
      this.#seats.update();
      this.#transport.update();
      stage.driving(session.seats.some((seat) => seat.person));
      stage.state(session.running || session.counting ? "" : "Paused");
    }
    if (!changed && !counted) return;
    this.#ticks = session.ticks;
    this.#refreshed = now;
    this.#seats.count();
    this.#inspector?.update();
    if (session.spec.turn_based) setText(this.#said, session.env.describe());
  }

  /** A person has pressed a control: they know how. */
  #play() {
    if (this.#played) return;
    this.#played = true;
    const { stage } = this.#parts;
    const borrowed = this.#session.seats.some((seat) => seat.person && !seat.pinned);
    stage.hint(borrowed && !this.#session.spec.turn_based ? reassurance(this.#touch) : "");
    setTimeout(() => stage.hint(""), HINT_MS);
  }

  /** By the button: for good, and counted in where the game is too fast to be surprised by.
   * @param {number} seat
   */
  #take(seat) {
    const session = this.#session;
    const { person } = session.seats[seat];
    session.takeOver(seat, true);
    this.#play();
    if (person || session.spec.turn_based || session.spec.ticks_per_second < FAST) return;
    session.stop("count");
    this.#parts.stage.countIn(() => session.stop("count", false));
  }

  /** @param {number} seat */
  #handBack(seat) {
    this.#session.handBack(seat);
    this.#parts.stage.stopCounting();
    this.#session.stop("count", false);
  }

  #toggle() {
    this.#session.toggle();
    this.#play();
  }

  /** @param {number} seat @param {string} driver */
  async #choose(seat, driver) {
    if (driver === "person") return this.#take(seat);
    const session = this.#session;
    if (session.seats[seat].person) this.#handBack(seat);
    const { mind, trouble } = await openMind(this.#parts.shelf, driver, session.spec);
    session.setMind(seat, mind, trouble);
  }

  /** Nobody plays for a page that nobody looks at.
   * @param {Element} stage
   */
  #sleepWhenAway(stage) {
    const session = this.#session;
    /** @param {string} why @param {boolean} on */
    const sleep = (why, on) => session.stop(why, on);
    window.addEventListener("blur", () => sleep("blur", true));
    window.addEventListener("focus", () => sleep("blur", false));
    window.addEventListener("pointerdown", () => sleep("blur", false));
    document.addEventListener("visibilitychange", () => sleep("hidden", document.hidden));
    const observer = new IntersectionObserver(([entry]) => {
      this.#visible = entry.isIntersecting;
      sleep("out of sight", !entry.isIntersecting);
    });
    observer.observe(stage);
  }
}
