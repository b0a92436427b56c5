// One seat in the page: who drives it, its score, and the buttons that change hands.

import { el, icon, letGo, setText } from "./dom.js";
import { heldHeads, keyLabel, keysOf } from "./keys.js";
import { mindWord, number, record } from "./names.js";
import { PATIENCE } from "./seats.js";

/**
 * @typedef {import('./session.js').Session} Session
 *
 * @typedef {object} SeatActions what the buttons do
 * @property {(seat: number) => void} take for good
 * @property {(seat: number) => void} handBack
 * @property {(seat: number, driver: string) => void} choose 'person', 'scripted', 'random',
 *   'policy:NAME', or 'own' for a file that is still to be brought
 *
 * @typedef {{name: string, label: string}} Offer a policy that can be seated
 */

const WORDS = { policy: "Agent", scripted: "Script", random: "Chance" };

/** Who can drive: [value, label].
 * @param {Session} session @param {Offer[]} offers @param {boolean} own whether files can be brought
 */
function drivers(session, offers, own) {
  const options = offers.map(({ name, label }) => [`policy:${name}`, label]);
  if (session.spec.has.script) options.push(["scripted", mindWord("scripted")]);
  options.push(["random", mindWord("random")], ["person", "you"]);
  if (own) options.push(["own", "your own policy…"]);
  return options;
}

/** A seat's keys: ↑ up, ↓ down; many of them by what they decide, a long row only by its ends.
 * @param {Session} session @param {number} seat
 */
function keyLine(session, seat) {
  const keys = keysOf(session.spec, seat);
  const line = el("p", { class: "seat-keys" });
  const held = heldHeads(session.spec);
  if (session.spec.sticks.length || (keys.length > 5 && held.length > 1)) {
    held.forEach(({ name }, head) => {
      const caps = keys.filter((key) => key.head === head).map(({ codes }) => cap(codes[0]));
      if (caps.length) line.append(el("span", {}, ...caps, name));
    });
    return line;
  }
  if (keys.length > 5) {
    const [first, last] = [keys[0], keys[keys.length - 1]];
    line.append(cap(first.codes[0]), "to", cap(last.codes[0]));
    line.append(held[first.head].name);
    return line;
  }
  for (const { codes, name } of keys) {
    line.append(el("span", {}, ...codes.map(cap), name));
  }
  return line;
}

/** @param {string} code */
function cap(code) {
  return el("kbd", { text: keyLabel(code) });
}

export class SeatCard {
  #session;
  #names;
  #seat = -1;
  #hands = "";
  #badge = el("span", { class: "badge" });
  #name = el("button", { type: "button", class: "seat-name" });
  #turn = el("span", { class: "seat-turn" });
  #score = el("span", { class: "seat-score" });
  #driver = /** @type {HTMLSelectElement} */ (el("select", { class: "seat-driver" }));
  #take = el("button", { type: "button", class: "seat-take" });
  #keep = el("button", { type: "button", class: "seat-keep", text: "Keep" });
  #record = el("p", { class: "seat-record" });
  #trouble = el("p", { class: "seat-trouble", role: "status" });
  #patience = el("span", { class: "seat-patience" });
  #keys = el("p");

  /**
   * @param {Session} session @param {string[]} names of the seats @param {SeatActions} actions
   */
  constructor(session, names, actions) {
    this.#session = session;
    this.#names = names;
    this.#driver.addEventListener("change", () => {
      const { value } = this.#driver;
      if (value === "own") this.#showDriver(); // until there is one
      actions.choose(this.#seat, value);
    });
    letGo(this.#driver);
    this.#name.addEventListener("click", () => session.setFocus(this.#seat));
    this.#keep.addEventListener("click", () => actions.take(this.#seat));
    this.#take.addEventListener("click", (event) => {
      if (event.detail > 0) this.#take.blur(); // clicked: the space bar belongs to the game again
      if (session.seats[this.#seat].person) actions.handBack(this.#seat);
      else actions.take(this.#seat);
    });
    const top = el("div", { class: "seat-top" }, this.#badge, this.#name, this.#turn, this.#score);
    const controls = el("div", { class: "seat-controls" }, this.#driver, this.#keep, this.#take);
    const more = el("div", { class: "seat-more" }, this.#keys, this.#record);
    this.element = el("li", { class: "seat" }, top, controls, more, this.#trouble, this.#patience);
  }

  /** Lists who can drive.
   * @param {Offer[]} offers @param {boolean} own whether files can be brought
   */
  offer(offers, own) {
    const options = drivers(this.#session, offers, own).map(([value, text]) =>
      el("option", { value, text }),
    );
    this.#driver.replaceChildren(...options);
    if (this.#seat >= 0) this.#showDriver();
  }

  #showDriver() {
    const { person, driver, mindName } = this.#session.seats[this.#seat];
    if (person) this.#driver.value = "person";
    else this.#driver.value = driver === "policy" ? `policy:${mindName}` : driver;
  }

  /** Shows another seat.
   * @param {number} seat
   */
  bind(seat) {
    if (seat === this.#seat) return;
    this.#seat = seat;
    this.#hands = "";
    const name = this.#names[seat];
    setText(this.#name, name);
    this.element.dataset.seat = String(seat);
    this.#driver.setAttribute("aria-label", `Who drives: ${name}`);
    const keys = keyLine(this.#session, seat);
    this.#keys.replaceWith(keys);
    this.#keys = keys;
  }

  /** After a change of hands or of focus. */
  update() {
    const seat = this.#session.seats[this.#seat];
    const focus = this.#session.focus === this.#seat;
    this.#name.setAttribute("aria-pressed", String(focus));
    this.element.toggleAttribute("data-focus", focus);
    setText(this.#trouble, seat.trouble);
    const hands = `${seat.driver} ${seat.mindName} ${seat.pinned}`;
    if (hands === this.#hands) return;
    this.#hands = hands;
    const { person } = seat;
    this.element.dataset.hands = person ? "person" : "agent";
    const word = person ? "You" : WORDS[seat.mind.kind];
    this.#badge.replaceChildren(icon(person ? "hand" : "chip"), word);
    this.#showDriver();
    this.#take.replaceChildren(person ? "Hand back" : "Take over");
    this.#keep.hidden = !person || seat.pinned || this.#session.spec.turn_based;
  }

  /** After ticks. */
  count() {
    const { spec, seats, env, lingering } = this.#session;
    const seat = seats[this.#seat];
    const turn = spec.turn_based && !lingering && env.active[this.#seat] === 1;
    setText(this.#turn, turn ? (seat.person ? "your move" : "to move") : "");
    setText(this.#score, number(seat.score));
    setText(this.#record, record(spec, seat));
    const waits = seat.person && !seat.pinned && !spec.turn_based;
    const left = waits ? Math.max(1 - seat.idle / PATIENCE, 0) : 0;
    this.#patience.style.transform = `scaleX(${left.toFixed(2)})`;
  }
}
