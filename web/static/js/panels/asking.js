// Up to four agents asked about the state that is shown: one row of a table each. Who is asked is
// remembered across visits, by environment.

import { Asking, MOST, SCRIPT } from "../asking.js";
import { el, letGo, setText } from "../dom.js";
import { actionWord, mindWord, seatNames, signed } from "../names.js";
import { Panel } from "./panel.js";

/**
 * @typedef {import('../session.js').Session} Session
 * @typedef {import('../load.js').Shelf} Shelf
 * @typedef {import('../asking.js').Answer} Answer
 */

const KEY = "gymcade:asked"; // in localStorage: names, by environment
const FIRST = 2; // of the ladder, asked on a first visit

/** @returns {Record<string, string[]>} */
function remembered() {
  try {
    return JSON.parse(localStorage.getItem(KEY) ?? "{}");
  } catch {
    return {}; // storage is switched off, or what it holds is not ours
  }
}

export class AskingPanel extends Panel {
  #session;
  #shelf;
  #asking;
  #known = ""; // the names on offer, as listed
  #busy = false;
  #again = false; // whether something changed while they were asked
  #about = el("p", { class: "panel-text" });
  #trouble = el("p", { class: "panel-text asked-trouble", role: "status" });
  #add = /** @type {HTMLSelectElement} */ (el("select", { "aria-label": "Ask one more agent" }));
  #body = el("tbody");
  #table;
  /** @type {Map<string, AskedRow>} */
  #rows = new Map();

  /** @param {Session} session @param {Shelf} shelf */
  constructor(session, shelf) {
    super("asking", "Ask the agents");
    this.#session = session;
    this.#shelf = shelf;
    this.#asking = new Asking(session, (name) => shelf.open(name));
    const titles = ["Agent", "Would do", "Value"].map((text) => el("th", { scope: "col", text }));
    titles.push(
      el("th", { scope: "col" }, el("span", { class: "visually-hidden", text: "Asked" })),
    );
    this.#table = el("table", { class: "asked" }, el("thead", {}, el("tr", {}, ...titles)));
    this.#table.append(this.#body);
    this.#add.addEventListener("change", () => this.#choose(this.#add.value));
    letGo(this.#add);
    this.body.append(this.#about, this.#table, el("p", { class: "asked-add" }, this.#add));
    this.body.append(this.#trouble);
    this.#recall();
  }

  get #offers() {
    const script = this.#session.spec.has.script;
    const offers = this.#shelf.offers;
    return script ? [...offers, { name: SCRIPT, label: mindWord(SCRIPT) }] : offers;
  }

  /** Those of the last visit that are still on offer. */
  #recall() {
    const offered = this.#offers.map(({ name }) => name);
    const before = remembered()[this.#session.spec.name ?? ""];
    const names = Array.isArray(before) ? before : offered.slice(0, FIRST);
    for (const name of names.slice(0, MOST)) {
      if (offered.includes(name)) this.#asking.add(name);
    }
  }

  #remember() {
    try {
      const all = { ...remembered(), [this.#session.spec.name ?? ""]: this.#asking.names };
      localStorage.setItem(KEY, JSON.stringify(all));
    } catch {
      // Then it is forgotten.
    }
  }

  /** @param {string} name */
  #choose(name) {
    this.#add.value = "";
    try {
      this.#asking.add(name);
      setText(this.#trouble, "");
    } catch (error) {
      return setText(this.#trouble, `${error instanceof Error ? error.message : error}.`);
    }
    this.#change();
  }

  /** @param {string} name @param {boolean} pointed whether by a pointer */
  #dismiss(name, pointed) {
    this.#asking.remove(name);
    setText(this.#trouble, "");
    this.#change();
    if (!pointed) this.#add.focus(); // the button that had it is gone
  }

  #change() {
    this.#remember();
    this.#known = "";
    this.refresh();
  }

  /** Lists who is asked and who could be. */
  #list() {
    const offers = this.#offers;
    const { names } = this.#asking;
    const known = offers.map(({ name }) => name).join("\n");
    if (known === this.#known) return;
    this.#known = known;
    const more = offers.filter(({ name }) => !names.includes(name));
    this.#add.replaceChildren(
      el("option", { value: "", text: "Ask one more…" }),
      ...more.map(({ name, label }) => el("option", { value: name, text: label })),
    );
    for (const name of this.#rows.keys()) if (!names.includes(name)) this.#rows.delete(name);
    for (const name of names) {
      if (this.#rows.has(name)) continue;
      this.#rows.set(
        name,
        new AskedRow(name, this.#session, (pointed) => this.#dismiss(name, pointed)),
      );
    }
    const rows = names.map((name) => this.#rows.get(name)?.element ?? "");
    this.#body.replaceChildren(...rows);
    this.#table.hidden = !names.length;
  }

  /** @override */
  refresh() {
    this.#list();
    if (this.#busy) this.#again = true;
    else this.#ask();
  }

  async #ask() {
    this.#busy = true;
    this.#again = false;
    try {
      this.#show(await this.#asking.ask());
    } finally {
      this.#busy = false;
    }
    // While the game goes on, the next refresh asks; where it stands still, none may come.
    if (this.#again && this.open) this.#ask();
  }

  /** @param {import('../asking.js').Answers | null} asked */
  #show(asked) {
    const { seats, focus, spec } = this.#session;
    const names = seatNames(spec, seats.length);
    this.body.dataset.tick = String(asked?.tick ?? "");
    this.#table.toggleAttribute("data-rests", !asked);
    if (!asked) return setText(this.#about, `${names[focus]} does not act now.`);
    const { seat, answers } = asked;
    const who = mindWord(seats[seat].mindName);
    const turn = `${names[focus]} is not to move: asked for ${names[seat]}.`;
    const like = `= marks what ${who}, ${names[seat]}’s agent, does now.`;
    const alone = seats.length === 1 ? `= marks what ${who} does now.` : like;
    setText(this.#about, seat === focus ? alone : `${turn} ${alone}`);
    for (const answer of answers) this.#rows.get(answer.name)?.show(answer);
  }
}

/** One agent in the table. */
class AskedRow {
  #spec;
  #name;
  #word = el("span", { class: "asked-word" });
  #chance = el("span", { class: "asked-chance" });
  #same = el("span", { class: "asked-same" });
  #bars = el("span", { class: "asked-bars", role: "img" });
  #value = el("td", { class: "asked-value" });
  /** @type {HTMLElement[]} */
  #fills = [];

  /** @param {string} name @param {Session} session @param {(pointed: boolean) => void} dismiss */
  constructor(name, session, dismiss) {
    this.#spec = session.spec;
    this.#name = mindWord(name);
    const remove = el("button", {
      type: "button",
      class: "asked-remove",
      text: "×",
      "aria-label": `Do not ask ${this.#name}`,
      click: (event) => dismiss(/** @type {MouseEvent} */ (event).detail > 0),
    });
    const does = [this.#word, this.#chance, this.#same, this.#bars];
    this.element = el(
      "tr",
      { "data-agent": name },
      el("th", { scope: "row", text: this.#name }),
      el("td", {}, el("div", { class: "asked-does" }, ...does)),
      this.#value,
      el("td", {}, remove),
    );
    this.#bars.hidden = true;
  }

  /** @param {Answer} answer */
  show(answer) {
    const { action, chances, spread, value, same, trouble } = answer;
    setText(this.#word, trouble || (action.length ? actionWord(this.#spec, action) : "—"));
    setText(this.#chance, likely(action, chances, spread));
    setText(this.#same, same === null ? "" : same ? "=" : "≠");
    this.#same.title = same ? "As the seat’s agent does" : "Something else than the seat’s agent";
    setText(this.#value, value === null ? "" : signed(value));
    this.element.dataset.same = same === null ? "" : String(same);
    this.#bars.hidden = !chances;
    if (chances) this.#showChances(chances, action);
  }

  /** @param {Float64Array[]} chances @param {number[]} action */
  #showChances(chances, action) {
    const { heads } = this.#spec.interface.action;
    if (!this.#fills.length) {
      const groups = chances.map((head) => {
        const fills = Array.from(head, () => el("i"));
        this.#fills.push(...fills);
        return el("span", { class: "asked-head" }, ...fills);
      });
      this.#bars.append(...groups);
    }
    /** @type {string[]} */
    const words = [];
    let at = 0;
    chances.forEach((head, h) => {
      head.forEach((chance, choice) => {
        const fill = this.#fills[at++];
        fill.style.transform = `scaleY(${chance.toFixed(3)})`;
        fill.toggleAttribute("data-best", choice === action[h]);
        const name = heads[h].choices[choice];
        const whole = heads.length > 1 || /^\d+$/.test(name) ? `${heads[h].name} ${name}` : name;
        words.push(`${whole} ${Math.round(100 * chance)} %`);
      });
    });
    const all = words.join(", ");
    if (this.#bars.title === all) return;
    this.#bars.title = all;
    this.#bars.setAttribute("aria-label", all);
  }
}

/** How likely it is to do that, or how far it strays from it.
 * @param {number[]} action @param {Float64Array[] | null} chances @param {number[] | null} spread
 */
function likely(action, chances, spread) {
  if (chances) {
    const all = chances.reduce((product, head, h) => product * head[action[h]], 1);
    return `${Math.round(100 * all)} %`;
  }
  return spread ? spread.map((std) => `± ${std.toFixed(2)}`).join(", ") : "";
}
