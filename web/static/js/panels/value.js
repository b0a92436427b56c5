// What the policy of the seat in focus expected, tick by tick, and what came of it: the values, the
// discounted returns, and the advantages of what was done.

import { Hindsight, LAMBDA, USUAL_GAMMA } from "../advantage.js";
import { moment } from "../curves.js";
import { el, letGo, setText } from "../dom.js";
import { Stretch, thinned } from "../plot-data.js";
import { Panel } from "./panel.js";
import { openPlots } from "./plots.js";

/** @typedef {import('../session.js').Session} Session */

const LENGTHS = [
  ["10", "10 seconds"],
  ["60", "1 minute"],
  ["Infinity", "whole game"],
];

export class ValuePanel extends Panel {
  #session;
  #source;
  #hindsight = new Hindsight();
  #stretch = new Stretch();
  /** @type {Awaited<ReturnType<typeof openPlots>> | null} */
  #plots = null;
  #loading = false;
  #length = /** @type {HTMLSelectElement} */ (el("select", { "aria-label": "How much to show" }));
  #trouble = el("p", { class: "panel-text", role: "status" });
  #place = el("div", { class: "plots", "aria-hidden": "true" });
  #numbers = {
    value: el("dd", {}),
    return: el("dd", {}),
    advantage: el("dd", {}),
  };
  #time = el("span", { class: "plot-time" });
  #how = el("p", { class: "panel-text" });

  /** @param {Session} session @param {{module: string, style: string}} source addresses of uPlot */
  constructor(session, source) {
    super("value", "Value and advantage");
    this.#session = session;
    this.#source = source;
    for (const [value, text] of LENGTHS) this.#length.append(el("option", { value, text }));
    this.#length.addEventListener("change", () => this.refresh());
    letGo(this.#length);
    const told = Object.entries(this.#numbers).map(([name, number]) =>
      el("div", { class: `plot-${name}` }, el("dt", { text: name }), number),
    );
    this.body.append(
      el("div", { class: "plot-head" }, this.#length, this.#time),
      el("dl", { class: "plot-numbers" }, ...told),
      this.#place,
      this.#trouble,
      this.#how,
    );
  }

  /** @override */
  refresh() {
    const { history, focus, ticks, spec, seats } = this.#session;
    const { mind } = seats[focus];
    const said = mind.kind === "policy" ? mind.policy.gamma : null;
    const gamma = said ?? USUAL_GAMMA;
    this.#hindsight.update(history, focus, gamma);
    const whose = said === null ? "nobody says which it was trained with" : "as it was trained";
    setText(this.#how, `Advantage by GAE: λ ${LAMBDA}, γ ${gamma} (${whose}).`);
    this.#tell(Math.min(ticks, history.ticks - 1));
    setText(this.#time, moment(ticks, spec.ticks_per_second));
    if (!this.#plots) return void this.#load();
    this.#stretch.place(Number(this.#length.value) * spec.ticks_per_second, ticks, history.ticks);
    this.#draw();
  }

  /** The numbers of a tick that was played.
   * @param {number} tick -1 for none
   */
  #tell(tick) {
    const { history, focus } = this.#session;
    const { value, return: returned, advantage } = this.#numbers;
    const { values } = history;
    setText(value, signed(tick < 0 ? Number.NaN : values.data[tick * values.width + focus]));
    setText(returned, signed(tick < 0 ? Number.NaN : this.#hindsight.returns.data[tick]));
    setText(advantage, signed(tick < 0 ? Number.NaN : this.#hindsight.advantage.data[tick]));
  }

  #draw() {
    const { history, focus, ticks } = this.#session;
    const { from, to } = this.#stretch;
    const { values } = history;
    const end = Math.min(to, history.ticks);
    const width = this.#place.clientWidth;
    const [at, value, returned, advantage] = thinned(
      [
        { data: values.data, width: values.width, at: focus },
        { data: this.#hindsight.returns.data, width: 1, at: 0 },
        { data: this.#hindsight.advantage.data, width: 1, at: 0 },
      ],
      from,
      end,
      Math.max(Math.floor(width / 2), 1),
    );
    const person = at.map((tick) => history.driverAt(focus, Math.floor(tick)) === "person");
    this.#plots?.show({
      ...{ from, to, shown: ticks, width },
      expected: [at, returned, value],
      better: [
        at,
        advantage.map((v, i) => (person[i] ? null : v)),
        advantage.map((v, i) => (person[i] ? v : null)),
      ],
    });
    this.element.dataset.points = String(at.length);
  }

  async #load() {
    if (this.#loading) return;
    this.#loading = true;
    setText(this.#trouble, "Loading …");
    try {
      const { spec } = this.#session;
      this.#plots = await openPlots(this.#source, this.#place, {
        ticksPerSecond: spec.ticks_per_second,
        label: (tick) => moment(tick, spec.ticks_per_second),
        goTo: (tick) => this.#session.goTo(tick),
        resized: () => this.open && this.refresh(),
      });
      setText(this.#trouble, "");
      if (this.open) this.refresh();
    } catch {
      setText(this.#trouble, "The plots did not arrive. Close this and open it to try again.");
    }
    this.#loading = false;
  }
}

/** @param {number} value NaN for none */
function signed(value) {
  if (Number.isNaN(value)) return "–";
  return `${value < 0 ? "−" : "+"}${Math.abs(value).toFixed(2)}`;
}
