// What a person has done in this game, to be taken home as a dataset to learn from.

import { driven, linesOf, makeDataset } from "../corrections.js";
import { el, setText } from "../dom.js";
import { openEnv } from "../env.js";
import { fetchBytes } from "../load.js";
import { seatNames } from "../names.js";
import { zip } from "../zip.js";
import { Panel } from "./panel.js";

/** @typedef {import('../session.js').Session} Session */

const NOTHING = "Nothing yet: take a seat and play, and what you did can be downloaded here.";

export class CorrectionsPanel extends Panel {
  #session;
  #config;
  #cast;
  #told = el("ul", { class: "corrections" });
  #said = el("p", { class: "panel-text", "aria-live": "polite" });
  #button = /** @type {HTMLButtonElement} */ (
    el("button", {
      type: "button",
      text: "Download as a Minari dataset",
      click: () => this.#download(),
    })
  );
  #busy = false;
  #answer = ""; // of the last download, until there is more to be had

  #found = "";

  /** @param {Session} session @param {import('../types.js').PlayerConfig} config
   * @param {import('../cast.js').Cast} cast
   */
  constructor(session, config, cast) {
    super("corrections", "What you did");
    this.#session = session;
    this.#config = config;
    this.#cast = cast;
    this.#said.id = "corrections-said";
    this.#button.setAttribute("aria-describedby", this.#said.id);
    this.body.append(this.#told, this.#button, this.#said);
    this.refresh();
  }

  /** @override */
  refresh() {
    const { history, branches, spec, seats } = this.#session;
    const names = seatNames(spec, seats.length);
    const step = spec.turn_based ? "move" : "tick";
    const found = driven(history).flatMap(({ decisions, segments }, seat) =>
      decisions
        ? `${names[seat]}: ${counted(decisions, step)} in ${counted(segments, "piece")}`
        : [],
    );
    const elsewhere = branches.list.filter(({ tail }) =>
      tail.drivers.some((changes) => changes.some(({ driver }) => driver === "person")),
    );
    if (elsewhere.length) found.push(`and what you did on ${counted(elsewhere.length, "branch")}`);
    const text = found.join("\n");
    if (text !== this.#found) {
      this.#found = text;
      this.#answer = "";
      this.#told.replaceChildren(...found.map((line) => el("li", { text: line })));
    }
    this.#button.disabled = this.#busy || !found.length;
    if (!this.#busy) setText(this.#said, found.length ? this.#answer : NOTHING);
  }

  async #download() {
    this.#busy = true;
    this.refresh();
    try {
      this.#answer = await this.#make();
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      this.#answer = `The dataset could not be made: ${reason}. The game goes on; try again.`;
    }
    this.#busy = false;
    this.refresh();
  }

  /** @returns {Promise<string>} what to say of it */
  async #make() {
    const { spec, sim } = this.#config;
    const env = await openEnv(await fetchBytes(sim));
    const made = await makeDataset(env, spec, linesOf(this.#session, spec, this.#cast), (share) => {
      setText(this.#said, `Playing the game again: ${Math.round(100 * share)} %`);
      return new Promise((resolve) => setTimeout(resolve));
    });
    if (!made) return NOTHING;
    const blob = new Blob(/** @type {BlobPart[]} */ (zip(made.files)), { type: "application/zip" });
    const address = URL.createObjectURL(blob);
    el("a", { href: address, download: `${made.id.replace("/", "-")}.zip` }).click();
    setTimeout(() => URL.revokeObjectURL(address), 60_000);
    return `Downloaded ${made.id}.`;
  }
}

/** @param {number} n @param {string} what */
function counted(n, what) {
  const many = what === "branch" ? "branches" : `${what}s`;
  return `${n.toLocaleString("en")} ${n === 1 ? what : many}`;
}
