// Two lines of a game side by side: the session's own in its scene, a branch in a second one, in step
// with it; beneath them where they part, in words.

import { moment } from "./curves.js";
import { el, setData, setText } from "./dom.js";
import { openEnv } from "./env.js";
import { Follower, firstDifferences, Line, returnsUpTo } from "./lines.js";
import { fetchBytes } from "./load.js";
import { actionWords, number, seatNames } from "./names.js";
import { openScene } from "./scene.js";

/**
 * @typedef {import('./session.js').Session} Session
 * @typedef {import('./branches.js').Branch} Branch
 */

const REFRESH_MS = 100; // between updates of numbers
const MOST = 6; // differences that are told

export class Compare {
  #session;
  #config;
  #stage;
  #name = el("p", { class: "stage-name" });
  #there = el("p", { class: "stage-name" });
  #state = el("p", { class: "stage-state" });
  #notice = el("div", { class: "stage-notice", role: "alert", hidden: true });
  #other;
  #canvas = /** @type {HTMLCanvasElement} */ (el("canvas", { role: "img" }));
  #words = el("p", {});
  #rows = el("tbody", {});
  #more = el("p", {});
  /** @type {Promise<import('./scene.js').Scene> | null} kept for the next time */
  #scene = null;
  /** @type {import('./scene.js').Scene | null} */
  #drawn = null;
  /** @type {{branch: Branch, line: Line, follower: Follower, history: import('./history.js').History} | null} */
  #shown = null;
  #asked = 0; // the newest question; answers to older ones are dropped
  #told = { at: 0, ticks: -1, end: -1, focus: -1 };
  /** @type {import('./lines.js').Difference[]} */
  #differences = [];

  /** @param {Session} session @param {import('./types.js').PlayerConfig} config
   * @param {HTMLElement} stage of the session
   */
  constructor(session, config, stage) {
    this.#session = session;
    this.#config = config;
    this.#stage = stage;
    this.#other = el(
      "div",
      { class: "stage stage-other" },
      this.#canvas,
      this.#there,
      this.#state,
      this.#notice,
    );
    const heads = ["seat", "first difference", "return here", "return there"].map((text) =>
      el("th", { scope: "col", text }),
    );
    this.element = el(
      "section",
      { class: "compare", "aria-label": "Compare", tabindex: -1, hidden: true },
      el(
        "div",
        { class: "compare-top" },
        this.#words,
        el("button", { type: "button", text: "Close", click: () => this.close() }),
      ),
      el(
        "div",
        { class: "compare-table" },
        el("table", {}, el("thead", {}, el("tr", {}, ...heads)), this.#rows),
      ),
      this.#more,
    );
  }

  /** Shows a branch beside the line that is played, paused where they part.
   * @param {Branch} branch one of the session's
   */
  async open(branch) {
    const session = this.#session;
    const way = session.branches.wayTo(branch);
    if (!way) return;
    const asked = ++this.#asked;
    const line = new Line(session.history, way);
    const { history } = session;
    const bytes = await fetchBytes(this.#config.sim);
    const env = await openEnv(bytes, { seed: session.seed, params: history.params });
    if (asked !== this.#asked || session.history !== history) return;
    session.goTo(line.from);
    session.halts = true;
    const follower = new Follower(env, session, line);
    this.#shown = { branch, line, follower, history };
    this.#told = { at: 0, ticks: -1, end: -1, focus: -1 };
    setText(this.#there, line.name);
    this.#canvas.setAttribute("aria-label", `${session.spec.title}: ${line.name}`);
    this.#stage.append(this.#name);
    this.#stage.after(this.#other);
    this.#stage.parentElement?.toggleAttribute("data-compare", true);
    this.element.hidden = false;
    this.element.focus({ preventScroll: true });
    this.#stage.scrollIntoView({ block: "nearest" });
    try {
      this.#scene ??= openScene(this.#config, this.#canvas, env.copySize);
      this.#drawn = await this.#scene;
    } catch (error) {
      this.#scene = null;
      this.#fail(error);
    }
  }

  close() {
    this.#asked++;
    if (!this.#shown) return;
    this.#shown = null;
    this.#session.halts = false;
    this.#name.remove();
    this.#other.remove();
    this.#stage.parentElement?.toggleAttribute("data-compare", false);
    this.element.hidden = true;
  }

  /** To be called once a frame.
   * @param {number} now ms
   */
  frame(now) {
    const shown = this.#shown;
    if (!shown) return;
    const { history, branches, ticks, focus } = this.#session;
    const way = branches.wayTo(shown.branch);
    if (history !== shown.history || way?.[0].tail.from !== shown.line.from) return this.close();
    shown.follower.follow();
    const person = this.#session.seats.some((seat) => shown.follower.driven(seat.index));
    setData(this.#other, "tick", String(shown.follower.tick));
    setData(this.#other, "hands", person ? "person" : "agent");
    const ended = shown.follower.ended;
    const before = ticks < shown.line.from;
    setText(this.#state, ended ? "Ended" : before ? "They part later" : "");
    this.#state.hidden = !ended && !before;
    try {
      this.#drawn?.draw(shown.follower, now / 1000);
    } catch (error) {
      this.#drawn = null;
      this.#fail(error);
    }
    const told = this.#told;
    const same = told.ticks === ticks && told.end === history.ticks && told.focus === focus;
    if (same || now - told.at < REFRESH_MS) return;
    if (told.end !== history.ticks) this.#differences = firstDifferences(history, shown.line);
    this.#told = { at: now, ticks, end: history.ticks, focus };
    this.#tell(shown.line);
  }

  /** @param {Line} line */
  #tell(line) {
    const { history, ticks, seats, spec, focus, env, branches } = this.#session;
    const names = seatNames(spec, seats.length);
    const time = (/** @type {number} */ tick) => moment(tick, spec.ticks_per_second);
    const differences = this.#differences;
    setText(this.#name, `now: ${branches.name}`);
    const same = differences.length ? "" : " Every action is the same.";
    setText(
      this.#words,
      `From ${time(line.from)} (tick ${line.from}) on, with the same state and the same chance: ` +
        `“${branches.name}” here, “${line.name}” there.${same}`,
    );
    const told = differences.slice(0, MOST).map(({ seat }) => seat);
    const few = seats.length <= 2 ? seats.map(({ index }) => index) : [...told, focus];
    const shown = [...new Set(few)].sort((a, b) => a - b);
    this.#rows.replaceChildren(
      ...shown.map((seat) => {
        const found = differences.find((difference) => difference.seat === seat);
        const words = (/** @type {number[]} */ actions) =>
          actionWords(spec, env.continuous, actions);
        const sums = returnsUpTo(history, line, seat, ticks);
        const difference = found
          ? `${time(found.tick)} (tick ${found.tick}): ${words(found.here)} here, ${words(found.there)} there`
          : "the same in both";
        return el(
          "tr",
          {},
          el("th", { scope: "row", text: names[seat] }),
          el("td", { text: difference }),
          el("td", { text: signed(sums.here) }),
          el("td", { text: signed(sums.there) }),
        );
      }),
    );
    const rest = differences.length - told.length;
    setText(this.#more, rest > 0 ? `${rest} more seats differ later.` : "");
    this.#more.hidden = rest <= 0;
  }

  /** @param {unknown} error */
  #fail(error) {
    const reason = error instanceof Error ? error.message : String(error);
    this.#notice.replaceChildren(
      el("strong", { text: `The second picture stopped: ${reason}.` }),
      el("p", { text: "The words below go on." }),
    );
    this.#notice.hidden = false;
    this.#canvas.hidden = true;
  }
}

/** @param {number} sum of rewards */
function signed(sum) {
  return `${sum < 0 ? "−" : ""}${number(Math.abs(Math.round(sum * 100) / 100))}`;
}
