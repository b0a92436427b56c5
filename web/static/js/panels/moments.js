// Where a person and the agent behind the seat in focus differed most, a click from each: measured when
// nobody but agents drives, or the game stands still.

import { moment } from "../curves.js";
import { el, setText } from "../dom.js";
import { differing, Measure, openLab, rank } from "../moments.js";
import { actionWord, mindWord, signed } from "../names.js";
import { Panel } from "./panel.js";

/**
 * @typedef {import('../session.js').Session} Session
 * @typedef {import('../moments.js').Moment} Moment
 */

const APART = 0.5; // s between moments that are both listed, in real time

export class MomentsPanel extends Panel {
  #session;
  #about = el("p", { class: "panel-text" });
  #list = el("ol", { class: "moments" });
  /** @type {ReturnType<typeof openLab> | null} */
  #lab = null;
  /** @type {Map<number, Moment>} what has been measured, by tick */
  #measured = new Map();
  /** @type {unknown[]} what `#measured` holds for: a policy, a history, its revision, a seat */
  #of = [];
  #busy = false;
  #again = false; // whether something changed while it was measured
  #listed = ""; // what the list shows

  /** @param {Session} session */
  constructor(session) {
    super("moments", "Where you differed");
    this.#session = session;
    this.body.append(this.#about, this.#list);
    setText(
      this.#about,
      "Drive for a while: what the agent would have done otherwise is listed here.",
    );
  }

  /** @override */
  refresh() {
    const session = this.#session;
    const seat = session.seats[session.focus];
    this.note(mindWord(seat.mindName));
    const drives = session.running && session.seats.some(({ person }) => person);
    // In a turn-based game the person's turn is time enough.
    if (this.#busy) this.#again = true;
    else if (!drives || session.waitsForPerson) this.#measure();
  }

  async #measure() {
    const { history, focus, seats, env } = this.#session;
    const { mind } = seats[focus];
    if (mind.kind !== "policy") {
      this.#show([], "A script or chance has no opinion: seat a policy to compare with.");
      return;
    }
    const of = [mind.policy, history, history.revision, focus];
    if (of.some((part, i) => part !== this.#of[i])) {
      this.#measured = new Map();
      this.#of = of;
    }
    const ticks = differing(history, focus);
    const fresh = ticks.filter((tick) => !this.#measured.has(tick));
    if (fresh.length) {
      this.#busy = true;
      this.#again = false;
      let trouble = "";
      this.element.setAttribute("aria-busy", "true");
      const measured = this.#measured;
      try {
        this.#lab ??= openLab(env);
        const measure = new Measure(mind.policy, history, focus, await this.#lab);
        for (const found of await measure.of(fresh)) measured.set(found.tick, found);
      } catch (error) {
        trouble = error instanceof Error ? error.message : String(error);
      }
      this.#busy = false;
      this.element.removeAttribute("aria-busy");
      if (this.#again) return this.refresh();
      if (trouble) return this.#show([], `What you did could not be valued: ${trouble}.`);
    }
    const found = ticks.flatMap((tick) => this.#measured.get(tick) ?? []);
    const { turn_based, ticks_per_second } = this.#session.spec;
    this.#show(rank(found, turn_based ? 0 : APART * ticks_per_second), this.#told(found));
  }

  /** @param {Moment[]} found */
  #told(found) {
    const { focus, seats, history } = this.#session;
    if (!found.length) {
      const drove = history.drivers[focus].some(({ driver }) => driver === "person");
      return drove
        ? "You and the agent have not differed."
        : "Drive for a while: what the agent would have done otherwise is listed here.";
    }
    const who = mindWord(seats[focus].mindName);
    const times = found.length === 1 ? "once" : `${found.length} times`;
    if (found.some(({ value }) => value !== null)) {
      return `You differed ${times}. How much better (+) or worse (−) yours was, as ${who} values it:`;
    }
    if (found.some(({ chance }) => chance !== null)) {
      return `You differed ${times}. ${who} tells no values: what it thought least likely comes first.`;
    }
    return `You differed ${times}. ${who} tells neither values nor chances.`;
  }

  /** @param {Moment[]} moments @param {string} about */
  #show(moments, about) {
    setText(this.#about, about);
    const { focus } = this.#session;
    const listed = JSON.stringify([focus, moments]);
    if (listed === this.#listed) return; // a button in focus stays
    this.#listed = listed;
    this.#list.replaceChildren(...moments.map((found) => this.#item(found)));
  }

  /** @param {Moment} found */
  #item({ tick, did, would, value, chance }) {
    const session = this.#session;
    const { spec } = session;
    const time = spec.turn_based ? `move ${tick + 1}` : moment(tick, spec.ticks_per_second);
    const share = chance === null ? "" : `${(100 * Math.exp(chance)).toFixed(1)} %`;
    const weight = value === null ? share : signed(value);
    const button = el(
      "button",
      { type: "button", class: "moment", "data-tick": tick },
      el("span", { class: "moment-time", text: time }),
      el(
        "span",
        { class: "moment-did" },
        el("span", { class: "visually-hidden", text: "you: " }),
        actionWord(spec, did),
      ),
      el(
        "span",
        { class: "moment-would" },
        el("span", { class: "visually-hidden", text: "agent: " }),
        actionWord(spec, would),
      ),
      el("span", { class: "moment-weight", text: weight }),
    );
    button.addEventListener("click", (event) => {
      if (event.detail > 0) button.blur(); // clicked: the space bar belongs to the game again
      session.goTo(tick);
    });
    return el("li", {}, button);
  }
}
