// Over the page of a game that is being written: what the compiler refused, what the doctor found.

import { el } from "../dom.js";
import { doctorNote, findingLine, pressing } from "./told.js";

/**
 * @typedef {import('./told.js').Build} Build
 * @typedef {import('./told.js').Doctor} Doctor
 */

export class Overlay {
  #errors = el("section", { class: "preview-sheet build-errors", role: "alert", hidden: true });
  #findings = el("section", {
    class: "preview-sheet doctor-findings",
    "aria-label": "The doctor's findings",
    hidden: true,
  });
  #hidden = ""; // the findings that were seen and put away

  constructor() {
    document.body.append(this.#findings, this.#errors);
  }

  /** @param {Build} build */
  build(build) {
    if (build.state === "failed") {
      const places = build.errors.map(({ file, line, column, message }) =>
        el("li", { text: `${file}:${line}:${column}  ${message}` }),
      );
      this.#errors.replaceChildren(
        el("h2", { text: `${build.env} does not build` }),
        el("p", { text: "The page runs the last version that did. Mend the file and save it." }),
        el("ul", {}, ...places),
        el("pre", { text: build.text }),
      );
      this.#errors.hidden = false;
    } else if (build.state === "ok") {
      this.#errors.hidden = true;
    }
  }

  /** @param {Doctor} doctor */
  doctor(doctor) {
    if (doctor.state !== "done") return;
    const found = pressing(doctor);
    const key = found.map(({ check, message }) => `${check} ${message}`).join("\n");
    this.#findings.hidden = found.length === 0 || key === this.#hidden;
    const hide = el("button", { type: "button", text: "Hide" });
    hide.addEventListener("click", () => {
      this.#hidden = key;
      this.#findings.hidden = true;
    });
    const lines = found.map((f) => el("li", { "data-level": f.level, text: findingLine(f) }));
    const all = [el("ul", {}, ...lines), el("p", {}, hide)];
    // Warnings are a matter of judgement: they cover nothing until they are asked for.
    const mere = found.every(({ level }) => level === "warning");
    this.#findings.toggleAttribute("data-mere", mere);
    this.#findings.replaceChildren(
      ...(mere
        ? [
            el(
              "details",
              {},
              el("summary", { text: `Doctor: ${doctorNote({ ...doctor, findings: found })}` }),
              ...all,
            ),
          ]
        : [el("h2", { text: "The doctor found what would spoil training" }), ...all]),
    );
  }
}
