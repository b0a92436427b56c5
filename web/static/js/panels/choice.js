// What the policy of the seat in focus chooses: how likely each action is to it, what it expects to come,
// and while a person drives, what it would do. A file that says less of itself shows less.

import { el, icon, setData, setText } from "../dom.js";
import { mindWord } from "../names.js";
import { likeliest, softmax } from "../sampler.js";
import { DensityRow } from "./density-row.js";
import { Panel } from "./panel.js";

/** @typedef {import('../session.js').Session} Session */

const MANY = 12; // choices of a head that are all listed; of more, the likeliest
const LIKELIEST = 8;

/** @param {string} text */
function makeRow(text) {
  const name = el("span", { class: "bar-name", text });
  const fill = el("span", { class: "bar-fill" });
  const marks = el(
    "span",
    { class: "marks" },
    el("span", { class: "mark agent" }, icon("chip")),
    el("span", { class: "mark person" }, icon("hand")),
  );
  const share = el("span", { class: "bar-share" });
  const element = el(
    "li",
    { class: "bar" },
    name,
    el("span", { class: "bar-track" }, fill),
    share,
    marks,
  );
  return { element, name, fill, share };
}

export class ChoicePanel extends Panel {
  #session;
  #untold = el("p", { class: "panel-text" });
  #agreement = el("p", { class: "panel-text" });
  #value = el("span", { class: "value-number" });
  #valueFill = el("span", { class: "bar-fill" });
  #valueRow = el("p", { class: "value" });
  #told = el("div", { class: "panel-told" });
  #scale = 1; // the largest value seen
  #chances;
  /** @type {ReturnType<typeof makeRow>[][]} by head, one for each choice that is listed */
  #rows;
  /** @type {DensityRow[]} by head, where actions are continuous */
  #densities;

  /** @param {Session} session */
  constructor(session) {
    super("choice", "What the agent thinks", { open: true });
    this.#session = session;
    const { heads } = session.spec.interface.action;
    this.#chances = new Float64Array(Math.max(...heads.map((head) => head.n)));
    const bars = el("div", { class: "bars" });
    this.#densities = session.env.continuous ? heads.map((head) => new DensityRow(head)) : [];
    bars.append(...this.#densities.map((density) => density.element));
    this.#rows = (session.env.continuous ? [] : heads).map((head) => {
      const some = head.n > MANY;
      const rows = head.choices.slice(0, some ? LIKELIEST : MANY).map(makeRow);
      if (heads.length > 1) bars.append(el("p", { class: "bars-name", text: head.name }));
      bars.append(el("ul", {}, ...rows.map((row) => row.element)));
      if (some) {
        const text = `The likeliest ${LIKELIEST} of ${head.n}.`;
        bars.append(el("p", { class: "bars-rest", text }));
      }
      return rows;
    });
    this.#valueRow.append(
      el("span", {
        class: "bar-name",
        text: "value",
        title: "The reward it expects from here on, later rewards counting less",
      }),
      el("span", { class: "bar-track middle" }, this.#valueFill),
      this.#value,
    );
    this.#told.append(bars, this.#valueRow);
    this.body.append(this.#untold, this.#told, this.#agreement);
  }

  /** @override */
  refresh() {
    const session = this.#session;
    const seat = session.seats[session.focus];
    const { minds } = session;
    const policy = seat.mind.kind === "policy";
    const explained = policy && minds.explained[seat.index] === 1;
    const valued = policy && minds.valued[seat.index] === 1;
    const known = explained || valued || (policy && minds.chosen[seat.index] === 1);
    setData(this.element, "hands", seat.person ? "person" : "agent");
    this.title(seat.person ? "The agent would" : "What the agent thinks");
    this.note(mindWord(seat.mindName));
    this.#told.hidden = !known;
    this.#untold.hidden = explained;
    const kind = seat.mind.kind === "random" ? "Chance has" : "The script has";
    const untold = policy ? "Not yet asked." : `${kind} no probabilities to show.`;
    setText(this.#untold, known ? "This file tells what it does, not how likely." : untold);
    const share = Math.round((100 * seat.agreed) / Math.max(seat.asked, 1));
    this.#agreement.hidden = !seat.person || seat.asked === 0;
    setText(this.#agreement, `You and the agent agree ${share} % of the time.`);
    if (!known) return;
    this.#told.toggleAttribute("data-rests", !session.env.active[seat.index]);
    this.#told.toggleAttribute("data-untold", !explained);
    const person = seat.person && !session.spec.turn_based;
    if (session.env.continuous) this.#showDensities(seat.index, explained, person);
    else this.#showChances(seat.index, explained, person);
    this.#valueRow.hidden = !valued;
    if (valued) this.#showValue(minds.value[seat.index]);
  }

  /** @param {number} row @param {boolean} explained whether it tells more than its choice
   * @param {boolean} person whether to mark what a person does
   */
  #showChances(row, explained, person) {
    const { env, minds } = this.#session;
    const warmth = warmthOf(this.#session.seats[row]);
    let at = 0;
    this.#rows.forEach((rows, head) => {
      const { n, choices: names } = env.spec.interface.action.heads[head];
      const from = row * minds.width + at;
      softmax(minds.outputs, from, n, this.#chances, env.mask, row * env.choices + at, warmth);
      const agent = minds.actions[row * env.heads + head];
      const own = env.actions[row * env.heads + head];
      if (!explained) this.#chances.fill(0, 0, n);
      const listed =
        n > MANY ? likeliest(this.#chances, n, LIKELIEST, [agent, person ? own : agent]) : null;
      for (let k = 0; k < rows.length; k++) {
        const i = listed ? listed[k] : k;
        const { element, name, fill, share } = rows[k];
        setText(name, names[i]);
        fill.style.transform = `scaleX(${explained ? this.#chances[i].toFixed(3) : 0})`;
        setText(share, explained ? `${Math.round(100 * this.#chances[i])} %` : "");
        element.toggleAttribute("data-agent", i === agent);
        element.toggleAttribute("data-person", person && i === own);
        element.toggleAttribute("data-masked", env.mask?.[row * env.choices + at + i] === 0);
      }
      at += n;
    });
  }

  /** @param {number} row @param {boolean} explained whether it tells more than its choice
   * @param {boolean} person whether to mark what a person does
   */
  #showDensities(row, explained, person) {
    const { minds, env, seats } = this.#session;
    const warmth = warmthOf(seats[row]);
    this.#densities.forEach((density, head) => {
      const at = row * env.heads + head;
      density.show({
        mean: explained ? minds.outputs[at] : Number.NaN,
        deviation: explained ? warmth * Math.exp(minds.logStd[at]) : Number.NaN,
        agent: minds.actions[at],
        person: person ? env.actions[at] : Number.NaN,
      });
    });
  }

  /** @param {number} value */
  #showValue(value) {
    this.#scale = Math.max(this.#scale, Math.abs(value));
    setSide(this.#valueFill, value / this.#scale);
    setText(this.#value, `${value < 0 ? "−" : "+"}${Math.abs(value).toFixed(2)}`);
  }
}

/** The temperature at which a seat draws; where it does not draw, its policy's odds as they are.
 * @param {import('../seats.js').Seat} seat
 */
function warmthOf({ play }) {
  return play?.mode === "sampled" ? play.temperature : 1;
}

/** A bar from the middle to one side.
 * @param {HTMLElement} fill @param {number} share -1 to 1
 */
function setSide(fill, share) {
  fill.style.transform = `translateX(50%) scaleX(${(share / 2).toFixed(3)})`;
}
