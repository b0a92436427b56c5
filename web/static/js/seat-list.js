// All seats in the page: a card for each of a few, or a card for the one in focus and a chip for each.

import { el, icon, setData, setText } from "./dom.js";
import { number, seatNames, seatOrder } from "./names.js";
import { SeatCard } from "./seat-card.js";

/** @typedef {import('./session.js').Session} Session */

const FEW = 2; // seats that each have a card of their own

export class SeatList {
  #session;
  /** @type {SeatCard[]} */
  #cards = [];
  /** @type {{button: HTMLElement, score: HTMLElement, name: string, hands: string}[]} by seat */
  #chips = [];

  /** @param {Session} session @param {import('./seat-card.js').SeatActions} actions */
  constructor(session, actions) {
    this.#session = session;
    const { spec, seats } = session;
    const names = seatNames(spec, seats.length);
    const cards = el("ul", { class: "seat-cards" });
    this.element = el("section", { class: "seats", "aria-label": "Seats" }, cards);
    const shown = seats.length > FEW ? [session.focus] : seatOrder(spec, seats.length);
    for (const seat of shown) {
      const card = new SeatCard(session, names, actions);
      card.bind(seat);
      this.#cards.push(card);
      cards.append(card.element);
    }
    if (seats.length > FEW) this.element.append(this.#makeChips(names));
  }

  /** Lists who can drive.
   * @param {import('./seat-card.js').Offer[]} offers @param {boolean} own whether files can be brought
   */
  offer(offers, own) {
    for (const card of this.#cards) card.offer(offers, own);
  }

  /** @param {string[]} names */
  #makeChips(names) {
    const chips = el("ol", { class: "seat-chips" });
    names.forEach((name, seat) => {
      const score = el("span", { class: "chip-score" });
      const button = el(
        "button",
        { type: "button", class: "chip", click: () => this.#session.setFocus(seat) },
        el("span", { class: "chip-icon" }),
        el("span", { class: "chip-name", text: String(seat + 1) }),
        score,
      );
      this.#chips.push({ button, score, name, hands: "" });
      chips.append(el("li", {}, button));
    });
    return chips;
  }

  /** After a change of hands or of focus. */
  update() {
    const { seats, focus } = this.#session;
    if (seats.length > FEW) this.#cards[0].bind(focus);
    for (const card of this.#cards) card.update();
    this.#chips.forEach((chip, i) => {
      chip.button.setAttribute("aria-pressed", String(i === focus));
      const hands = seats[i].person ? "person" : "agent";
      if (hands === chip.hands) return;
      chip.hands = hands;
      setData(chip.button, "hands", hands);
      chip.button.setAttribute(
        "aria-label",
        `${chip.name}: ${hands === "person" ? "you" : "agent"}`,
      );
      chip.button.firstElementChild?.replaceChildren(icon(hands === "person" ? "hand" : "chip"));
    });
    this.count();
  }

  /** After ticks. */
  count() {
    for (const card of this.#cards) card.count();
    this.#chips.forEach((chip, i) => {
      setText(chip.score, number(this.#session.seats[i].score));
    });
  }
}
