// A visitor's own policies: an .onnx file that is dropped or chosen takes a seat once it has been found
// to fit. Nothing is uploaded; what fits and what does not is listed.

import { el, setText } from "./dom.js";
import { digest } from "./load.js";
import { seatNames } from "./names.js";
import { checkFile, openOwn, ownWorker } from "./own-policy.js";
import { Panel } from "./panels/panel.js";
import { line } from "./report.js";

/**
 * @typedef {import('./report.js').Line} Line
 *
 * @typedef {object} Hosts what a policy that has come asks of the page
 * @property {() => void} offer lists it at every seat
 * @property {(seat: number, name: string) => void} seat seats it
 */

export class OwnPanel extends Panel {
  #session;
  #shelf;
  #hosts;
  #wanted = -1; // the seat that a file is being chosen for
  #picker = /** @type {HTMLInputElement} */ (
    el("input", { type: "file", accept: ".onnx", hidden: true, "aria-label": "Your own policy" })
  );
  #button = el("button", { type: "button", text: "Choose a file" });
  #reports = el("div", { class: "reports" });

  /** @param {import('./session.js').Session} session @param {import('./load.js').Shelf} shelf
   * @param {Hosts} hosts
   */
  constructor(session, shelf, hosts) {
    super("own", "Your own policy");
    this.#session = session;
    this.#shelf = shelf;
    this.#hosts = hosts;
    const what =
      "Drop an .onnx file anywhere on this page, or choose one. It runs here and is never uploaded;" +
      " a reload forgets it.";
    this.element.classList.add("own");
    this.body.append(
      el("p", { class: "own-what", text: what }),
      el("div", { class: "own-choose" }, this.#button, this.#picker),
      this.#reports,
    );
    this.#button.addEventListener("click", () => this.choose(-1));
    this.#picker.addEventListener("change", () => {
      const [file] = this.#picker.files ?? [];
      if (file) this.bring(file, this.#wanted);
      this.#picker.value = ""; // so that the same file can be chosen again
    });
  }

  /** Asks for a file.
   * @param {number} seat that it is for, -1 for the first agent's
   */
  choose(seat) {
    this.#wanted = seat;
    this.element.open = true;
    this.#button.focus();
    this.#picker.click();
  }

  /** @param {File} file @param {number} seat -1 for the first agent's */
  async bring(file, seat) {
    this.element.open = true;
    const name = this.#shelf.nameFor(file.name);
    const report = new Report(file.name);
    for (const old of this.#reports.querySelectorAll("details")) old.open = false;
    this.#reports.prepend(report.element);
    report.say("Looking at it …");
    try {
      const policy = await this.#open(file, name, report);
      this.#shelf.add(policy, file);
      this.#hosts.offer();
      this.#count();
      const taken = seat >= 0 ? seat : this.#firstAgent();
      report.say(`It fits: ${this.#where(taken)}, listed at every seat.`, "fits");
      policy.onstop = (reason) => this.#stopped(policy.name, reason, report);
      this.#hosts.seat(taken, name);
    } catch {
      report.say("Cannot play here.", "refused"); // the reason is listed
    }
  }

  /** @param {File} file @param {string} name @param {Report} report */
  async #open(file, name, report) {
    try {
      checkFile(file.name, file.size);
    } catch (error) {
      report.add([line("refused", `${error instanceof Error ? error.message : error}.`)]);
      throw error;
    }
    const bytes = new Uint8Array(await file.arrayBuffer());
    const { env, spec } = this.#session;
    const job = { bytes, spec, ort: this.#shelf.addresses };
    const sha256 = await digest(bytes); // before the worker has them
    const policy = await openOwn(name, job, env.rows, ownWorker, (lines) => report.add(lines));
    policy.sha256 = sha256;
    return policy;
  }

  /** @param {string} name @param {string} reason @param {Report} report */
  #stopped(name, reason, report) {
    report.say("Was stopped; drop it again to try once more.", "stopped");
    report.add([line("refused", `${reason}.`)]);
    this.element.open = true;
    this.#shelf.remove(name);
    this.#hosts.offer();
    this.#count();
  }

  #count() {
    const yours = this.#shelf.offers.length - this.#shelf.names.length;
    this.note(yours ? `${yours} ${yours > 1 ? "files" : "file"}` : "");
  }

  #firstAgent() {
    const found = this.#session.seats.findIndex((seat) => !seat.person);
    return Math.max(found, 0);
  }

  /** @param {number} seat */
  #where(seat) {
    const { spec, seats } = this.#session;
    return seats.length === 1 ? "seated" : `seated as ${seatNames(spec, seats.length)[seat]}`;
  }
}

/** What came of one file. */
class Report {
  #state = el("span", { class: "report-state" });
  #verdict = el("p", { class: "report-verdict", role: "status" });
  #lines = el("ul", {});

  /** @param {string} file */
  constructor(file) {
    this.element = el(
      "details",
      { class: "report", open: true },
      el("summary", {}, el("span", { text: file }), this.#state),
      this.#verdict,
      this.#lines,
    );
  }

  /** @param {string} verdict @param {string} [state] 'fits' or 'refused' */
  say(verdict, state = "") {
    this.element.dataset.state = state;
    setText(this.#state, state);
    setText(this.#verdict, verdict);
  }

  /** @param {Line[]} lines */
  add(lines) {
    for (const { kind, text } of lines) {
      const mark = el("span", { class: "report-kind", text: kind });
      this.#lines.append(el("li", { "data-kind": kind }, mark, el("span", { text })));
    }
  }
}
