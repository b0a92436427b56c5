// A running game in the page: the parts around the scene, kept in step with the session.

import { Compare } from "./compare.js";
import { listenToAim, listenToKeys, listenToPointer } from "./controls.js";
import { el, setText } from "./dom.js";
import { listenToDrops } from "./drops.js";
import { Endings } from "./endings.js";
import { listenToGamepad } from "./gamepad.js";
import { Ghost } from "./ghost.js";
import { Inspector } from "./inspector.js";
import { openMind } from "./load.js";
import { invitation, reassurance } from "./names.js";
import { OwnPanel } from "./own-panel.js";
import { Replays } from "./replays.js";
import { SeatList } from "./seat-list.js";
import { UNSEEN } from "./stage.js";
import { StandardMark } from "./standard.js";
import { listenToSwipes } from "./swipe.js";
import { Timeline } from "./timeline.js";
import { touchPad } from "./touch.js";
import { Transport } from "./transport.js";

/**
 * @typedef {object} Parts
 * @property {import('./types.js').PlayerConfig} config
 * @property {import('./session.js').Session} session
 * @property {import('./load.js').Shelf} shelf
 * @property {import('./stage.js').Stage} stage
 * @property {import('./scene.js').Scene | null} scene null where nothing can be drawn
 * @property {import('./arrival.js').Arrival} arrival what the address asks for
 * @property {string[]} refused parameters in the address that cannot be had, in words
 * @property {() => void} ticked called after ticks, at most every REFRESH_MS
 */

const FAST = 20; // ticks a second from which on a seat taken by its button is counted in
const RELOAD = "Reload to try again.";
const WORKS = "The rest of the page works.";
const HINT_MS = 4000; // that a line stays: after the first takeover, and at the end of a game
const REFRESH_MS = 100; // between updates of numbers

/** Whether the timeline is shown: on a game's page, and elsewhere if the address asks (?timeline).
 * @param {string} mode
 */
function wantsTimeline(mode) {
  const asked = new URLSearchParams(location.search).get("timeline");
  return asked === null ? mode === "page" : asked !== "0";
}

/** What to say over the scene of a game that is not being played.
 * @param {import('./session.js').Session} session
 * @param {boolean} resting
 */
function clockWord(session, resting) {
  const { past, running, counting, ticks, history } = session;
  if (resting) return "Building";
  if (ticks >= history.doubt) return "Not what was played";
  if (running || counting) return past ? "Replay" : "";
  return past ? "Paused in the past" : "Paused";
}

export class View {
  #parts;
  #session;
  #transport;
  #seats;
  #inspector;
  #ghost;
  #standard;
  #timeline;
  #compare;
  #endings;
  #replays;
  #own;
  #said = el("p", { class: "player-said", "aria-live": "polite" });
  #gamepad;
  #touch = matchMedia("(pointer: coarse)").matches;
  #visible = true;
  #played = false; // whether a person has played yet
  #version = -1; // of the session, as shown
  #ticks = -1; // as shown
  #refreshed = 0; // ms
  #drawn = true;
  #marks = ["playable", "acted"]; // moments that are still to come
  #broken = false;
  #resting = false;

  /** @param {Parts} parts */
  constructor(parts) {
    const { config, session, shelf, stage, refused } = parts;
    this.#parts = parts;
    this.#session = session;
    const played = () => this.#play();
    this.#endings = new Endings(session);
    this.#transport = new Transport(session, config.mode === "page");
    const pad = touchPad(session, played);
    this.#ghost = config.mode === "page" ? new Ghost(session, stage, pad) : null;
    this.#inspector = this.#ghost
      ? new Inspector(session, { shelf, stage, config, ghost: this.#ghost.control })
      : null;
    const timed = wantsTimeline(config.mode);
    this.#compare = timed ? new Compare(session, config, stage.element) : null;
    this.#timeline = timed ? new Timeline(session, (branch) => this.#compare?.open(branch)) : null;
    this.#replays = timed ? new Replays(session, shelf, config) : null;
    this.#standard = new StandardMark(session, refused);
    this.#seats = new SeatList(session, {
      take: (seat) => this.#take(seat),
      handBack: (seat) => this.#handBack(seat),
      choose: (seat, driver) => this.#choose(seat, driver),
    });
    const offer = () => this.#seats.offer(shelf.offers, this.#own !== null);
    const seat = (/** @type {number} */ i, /** @type {string} */ name) =>
      this.#choose(i, `policy:${name}`);
    this.#own = config.mode === "page" ? new OwnPanel(session, shelf, { offer, seat }) : null;
    offer();
    shelf.changed = offer;
    const keys = el("p", { class: "keys" });
    for (const [key, what] of [
      ["T", "take over"],
      ["Space", "pause"],
      [",", "back"],
      [".", "one tick"],
      ["R", "restart"],
    ]) {
      keys.append(el("span", {}, el("kbd", { text: key }), what));
    }
    const embedded = config.mode === "embed"; // all in one row
    const bar = el("div", { class: "player-bar" }, this.#transport.element);
    if (session.spec.turn_based) bar.append(this.#said);
    else if (!embedded) bar.append(keys);
    if (embedded) bar.append(this.#seats.element, this.#standard.element);
    const side = el("div", { class: "player-side" });
    side.hidden = embedded;
    if (!embedded) side.append(this.#standard.element, this.#seats.element);
    if (this.#inspector) side.append(...this.#inspector.elements);
    if (this.#own) side.append(this.#own.element);
    this.elements = [pad, bar];
    if (this.#timeline) {
      this.elements.splice(1, 0, this.#timeline.element);
      this.elements.push(this.#timeline.more);
    }
    if (this.#compare) this.elements.push(this.#compare.element);
    if (this.#replays) this.elements.push(this.#replays.element);
    if (this.#own) this.#takeFiles(this.#own);
    this.side = side;

    this.#gamepad = listenToGamepad(session, played);
    listenToPointer(session, stage.canvas, played);
    listenToAim(session, stage.canvas, played);
    listenToSwipes(session, stage.canvas, played);
    listenToKeys(session, {
      hears: () => this.#visible,
      played,
      commands: {
        KeyT: () => this.#toggle(),
        Space: () => this.#transport.pause(),
        Comma: () => session.goTo(session.ticks - 1),
        Period: () => session.stepOnce(),
        KeyR: () => this.#transport.restart(),
      },
    });
    this.#sleepWhenAway(stage.element);
  }

  /** Files that are dropped: replays, and policies, which also answers for what is neither.
   * @param {OwnPanel} own
   */
  #takeFiles(own) {
    const bring = (/** @type {File} */ file, /** @type {number} */ seat) => own.bring(file, seat);
    const replay = (/** @type {File} */ file) => this.#replays?.bring(file);
    listenToDrops({ ".onnx": bring, ...(this.#replays && { ".gymcade": replay }), "": bring });
  }

  /** Begins to play and to draw. */
  run() {
    const { stage, config, scene, arrival } = this.#parts;
    this.#replays?.arrive(arrival);
    const deaf = window.self !== window.top && !document.hasFocus();
    if (scene) stage.hint(invitation(config.spec, this.#session.focus, this.#touch, deaf));
    requestAnimationFrame(this.#frame);
  }

  /** Keeps the picture and the clock still, and leaves the machine to what builds the next version.
   * @param {boolean} on
   */
  rest(on) {
    this.#resting = on;
    this.#session.stop("building", on);
  }

  /** @param {number} now ms */
  #frame = (now) => {
    if (this.#broken) return;
    requestAnimationFrame(this.#frame);
    this.#gamepad();
    if (!this.#drawn) this.#draw(now); // its ticks take longer than a frame: show what there is
    this.#drawn = false;
    this.#session.frame(now).then(
      () => {
        if (!this.#drawn) this.#draw(now);
      },
      (error) => {
        if (!this.#broken)
          this.#parts.stage.fail(`The game stopped: ${error.message}`, WORKS, RELOAD);
        this.#broken = true;
      },
    );
  };

  /** @param {number} now ms */
  #draw(now) {
    this.#drawn = true;
    const session = this.#session;
    const { stage } = this.#parts;
    this.#paint(now);
    if (this.#marks.length) this.#mark();
    const changed = session.version !== this.#version;
    const counted = session.ticks !== this.#ticks && now - this.#refreshed >= REFRESH_MS;
    if (changed) {
      this.#version = session.version;
      this.#seats.update();
      this.#transport.update();
      this.#replays?.update();
      stage.state(clockWord(session, this.#resting));
    }
    stage.driving(session.seats.some((seat) => session.driven(seat.index)));
    this.#timeline?.update(now);
    this.#compare?.frame(now);
    this.#inspector?.frame();
    this.#ghost?.frame();
    const ended = this.#endings.next();
    if (ended) stage.hint(ended, HINT_MS);
    if (!changed && !counted) return;
    if (session.ticks !== this.#ticks) this.#parts.ticked();
    this.#ticks = session.ticks;
    this.#refreshed = now;
    this.#seats.count();
    this.#standard.update();
    this.#inspector?.outdate();
    if (session.spec.turn_based) setText(this.#said, session.env.describe(session.now));
  }

  /** Notes in the browser's timeline when a person could play and when an agent first had; read by
   * `python -m server bench`.
   */
  #mark() {
    if (this.#marks[0] === "acted" && this.#session.ticks === 0) return;
    performance.mark(`gymcade:${this.#marks.shift()}`);
  }

  /** The scene, for as long as it can be drawn.
   * @param {number} now ms
   */
  #paint(now) {
    const { scene, stage } = this.#parts;
    if (!scene || !this.#visible || this.#resting) return;
    try {
      scene.draw(this.#session, now / 1000);
    } catch (error) {
      this.#parts.scene = null;
      const reason = error instanceof Error ? error.message : String(error);
      stage.fail(`The picture stopped: ${reason}`, UNSEEN, RELOAD);
    }
  }

  /** A person has pressed a control: they know how. */
  #play() {
    if (this.#played) return;
    this.#played = true;
    const { stage } = this.#parts;
    const borrowed = this.#session.seats.some((seat) => seat.person && !seat.pinned);
    stage.hint(borrowed && !this.#session.spec.turn_based ? reassurance(this.#touch) : "", HINT_MS);
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
    this.#stopCounting();
  }

  #stopCounting() {
    this.#parts.stage.stopCounting();
    this.#session.stop("count", false);
  }

  #toggle() {
    const session = this.#session;
    session.toggle();
    if (!session.seats[session.focus].person) this.#stopCounting();
    this.#play();
  }

  /** @param {number} seat @param {string} driver */
  async #choose(seat, driver) {
    if (driver === "person") return this.#take(seat);
    if (driver === "own") return this.#own?.choose(seat);
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
