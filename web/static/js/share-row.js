// Beneath the timeline: what is said of the replay that is open, and the buttons to save, share and open.

import { el, setData, setText } from "./dom.js";

const SHOWN_MS = 1600;

/**
 * @typedef {object} Wishes
 * @property {() => void} save
 * @property {() => void} link
 * @property {(file: File) => void} open
 */

export class ShareRow {
  #title = el("strong", {});
  #notes = el("div", {});
  #backs = el("div", { class: "replay-backs" });
  #about = el("section", { class: "replay-about", "aria-label": "Replay", hidden: true });
  #said = el("p", { class: "replay-said", role: "status", hidden: true });
  #field = /** @type {HTMLInputElement} */ (
    el("input", { class: "replay-link", readonly: true, hidden: true, "aria-label": "Link" })
  );
  #picker = /** @type {HTMLInputElement} */ (
    el("input", { type: "file", accept: ".gymcade", hidden: true, "aria-label": "A replay" })
  );
  #copied = 0; // timer

  /** @param {boolean} whole with buttons @param {Wishes} wishes */
  constructor(whole, wishes) {
    this.#about.append(this.#title, this.#notes, this.#backs);
    /** @param {string} text @param {() => void} click */
    const button = (text, click) => el("button", { type: "button", text, click });
    const link = button("Copy link", () => wishes.link());
    this.#link = link;
    this.element = el("div", { class: "replays" }, this.#about);
    if (whole) {
      const row = el(
        "div",
        { class: "replay-row", role: "group", "aria-label": "Share" },
        button("Save replay", () => wishes.save()),
        link,
        button("Open replay", () => this.#picker.click()),
        this.#picker,
      );
      this.element.append(row);
    }
    this.element.append(this.#said, this.#field);
    this.#picker.addEventListener("change", () => {
      const [file] = this.#picker.files ?? [];
      if (file) wishes.open(file);
      this.#picker.value = ""; // so that the same file can be chosen again
    });
  }

  #link;

  /** What is open: '' as title for the visitor's own game.
   * @param {string} title @param {string} kind @param {string[]} notes
   * @param {{text: string, click: () => void}[]} backs ways to other games
   */
  show(title, kind, notes, backs) {
    this.#about.hidden = !title && !backs.length;
    setText(this.#title, title);
    setData(this.#about, "kind", kind);
    this.#notes.replaceChildren(...notes.map((text) => el("p", { text })));
    this.#backs.replaceChildren(
      ...backs.map(({ text, click }) => el("button", { type: "button", text, click })),
    );
  }

  /** Says what has happened; '' takes it away.
   * @param {string} text @param {'' | 'bad'} [kind]
   * @param {{text: string, href: string}} [way] where to go instead; an empty address is left out
   */
  say(text, kind = "", way) {
    this.#field.hidden = true;
    this.#said.hidden = !text;
    setData(this.#said, "kind", kind);
    setText(this.#said, text);
    if (way?.href) this.#said.append(" ", el("a", { href: way.href, text: way.text }));
    else if (way) this.#said.append(" Go to its page and drop the file there.");
  }

  /** @param {string} link @param {string} where it leads, in words */
  async copy(link, where) {
    this.say(where);
    try {
      await navigator.clipboard.writeText(link);
    } catch {
      // No permission, or a page that is not secure: the link stands there, the keys do the rest.
      this.say(`${where} Press Ctrl+C to copy it.`);
      this.#field.hidden = false;
      this.#field.value = link;
      this.#field.select();
      return;
    }
    setText(this.#link, "Copied");
    clearTimeout(this.#copied);
    this.#copied = Number(setTimeout(() => setText(this.#link, "Copy link"), SHOWN_MS));
  }

  /** @param {string} name @param {Uint8Array} bytes */
  download(name, bytes) {
    const href = URL.createObjectURL(new Blob([/** @type {BlobPart} */ (bytes)]));
    el("a", { href, download: name }).click();
    setTimeout(() => URL.revokeObjectURL(href), 60_000);
  }
}
