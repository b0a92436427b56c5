// The panel of a preview: the numbers of the game as it runs, whether native and wasm agree, and what
// the doctor says.

import { el, setData, setText } from "../dom.js";
import { OVER, TERMINATED, TRUNCATED } from "../history.js";
import { Panel } from "../panels/panel.js";
import { doctorNote, findingLine, rulesLine, trainingLine } from "./told.js";

/** @typedef {import('../session.js').Session} Session */

const ROWS = {
  pace: "ticks a second",
  action: "action",
  reward: "reward",
  sum: "sum of the episode",
  flags: "flags",
  metrics: "last episode",
};
const SPAN = 2000; // ms over which ticks are counted

export class PreviewPanel extends Panel {
  #session;
  #values = /** @type {Record<keyof typeof ROWS, HTMLElement>} */ ({});
  #agreement = el("p", { class: "preview-agreement", text: "Native and wasm: not yet compared." });
  #training = el("p", { class: "panel-text preview-training", hidden: true });
  #rules = el("p", { class: "panel-text preview-rules", role: "status", hidden: true });
  #stale = false; // whether the playthrough is not what the rules make of it
  #doctor = el("p", { class: "preview-doctor" });
  #findings = el("ul", { class: "preview-findings" });
  /** @type {{at: number, ticks: number}[]} */
  #marks = [];

  /** @param {Session} session */
  constructor(session) {
    super("preview", "Preview", { open: true });
    this.#session = session;
    const list = el("dl", { class: "preview-numbers" });
    for (const [row, label] of Object.entries(ROWS)) {
      const value = el("dd");
      this.#values[/** @type {keyof typeof ROWS} */ (row)] = value;
      list.append(el("dt", { text: label }), value);
    }
    const told = [this.#agreement, this.#doctor, this.#findings, this.#training, this.#rules];
    this.body.append(...told, list);
  }

  /** @override */
  refresh() {
    this.#count();
    if (!this.open) return;
    const { env, spec, focus, seats } = this.#session;
    const from = focus * env.heads;
    const { heads } = spec.interface.action;
    const actions = heads.map(({ name, choices }, h) => {
      const action = env.actions[from + h];
      const said = env.continuous ? action.toFixed(2) : choices[action];
      return heads.length > 1 ? `${name} ${said}` : said;
    });
    const flags = [
      env.terminated[focus] ? "terminated" : "",
      env.truncated[focus] ? "truncated" : "",
      env.over[0] ? "game over" : "",
      env.active[focus] ? "" : "rests",
    ].filter(Boolean);
    const { measured } = seats[focus];
    // The first one counts episodes: one.
    const metrics = spec.metrics.map((name, i) => `${name} ${short(measured[i] ?? 0)}`).slice(1);
    setText(this.#values.action, actions.join(", "));
    setText(this.#values.reward, short(env.rewards[focus]));
    setText(this.#values.sum, short(episodeReturn(this.#session, focus)));
    setText(this.#values.flags, flags.join(", ") || "none");
    setText(this.#values.metrics, measured.length ? metrics.join(", ") : "none has ended yet");
    setText(this.#rules, rulesLine(spec, seats, this.#stale));
    this.#rules.hidden = !this.#rules.textContent;
  }

  /** @param {import('./agreement.js').Found} found */
  compared({ agrees, text }) {
    setData(this.#agreement, "agrees", agrees === null ? "unknown" : String(agrees));
    setText(this.#agreement, text);
  }

  /** @param {import('./told.js').Doctor} doctor */
  doctor(doctor) {
    const note = doctorNote(doctor);
    setText(this.#doctor, `Doctor: ${note}.`);
    this.note(doctor.findings.length ? note : "");
    if (doctor.state === "running") return; // what was found last stands until then
    this.#stale = doctor.findings.some(({ check }) => check === "golden-stale");
    const lines = doctor.findings.map((f) =>
      el("li", { "data-level": f.level, text: findingLine(f) }),
    );
    const notes = doctor.notes.map((note) => el("li", { text: note }));
    this.#findings.replaceChildren(...lines, ...notes);
  }

  /** @param {import('./told.js').Training} training */
  training(training) {
    setText(this.#training, trainingLine(training));
    this.#training.hidden = !this.#training.textContent;
  }

  #count() {
    const now = performance.now();
    const { ticks } = this.#session;
    if (ticks < (this.#marks.at(-1)?.ticks ?? 0)) this.#marks = [];
    this.#marks.push({ at: now, ticks });
    while (this.#marks.length > 2 && now - this.#marks[0].at > SPAN) this.#marks.shift();
    const [first] = this.#marks;
    const pace = (1000 * (ticks - first.ticks)) / (now - first.at);
    const meant = this.#session.spec.ticks_per_second * this.#session.clock.speed;
    setText(this.#values.pace, `${now > first.at ? pace.toFixed(1) : "…"} of ${meant}`);
  }
}

/** The rewards of a seat's episode up to what is shown; of one that ended there, its whole return.
 * @param {Session} session @param {number} seat
 */
function episodeReturn({ history, ticks, seats }, seat) {
  const { rewards, flags } = history;
  let sum = 0;
  for (let tick = ticks - 1; tick >= 0; tick--) {
    const at = tick * seats.length + seat;
    if (tick < ticks - 1 && flags.data[at] & (TERMINATED | TRUNCATED | OVER)) break;
    sum += rewards.data[at];
  }
  return sum;
}

/** @param {number} value */
function short(value) {
  return Number.isInteger(value) ? String(value) : value.toFixed(3);
}
