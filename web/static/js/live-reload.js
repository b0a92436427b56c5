// In a preview: reloads the page when the game has been rebuilt, and shows what the compiler said
// when it could not be.

/**
 * @typedef {{file: string, line: number, column: number, message: string}} BuildError
 * @typedef {{env: string, version: string, state: string, text: string, errors: BuildError[]}} Build
 */

const meta = document.querySelector('meta[name="gymcade-preview"]');
const version = meta?.getAttribute("content") ?? "";

const panel = document.createElement("section");
panel.className = "build-errors";
panel.setAttribute("role", "alert");
panel.hidden = true;
document.body.append(panel);

/**
 * @param {string} tag
 * @param {string} text
 */
function element(tag, text) {
  const made = document.createElement(tag);
  made.textContent = text;
  return made;
}

/** @param {Build} build */
function showErrors(build) {
  const list = document.createElement("ul");
  for (const { file, line, column, message } of build.errors) {
    list.append(element("li", `${file}:${line}:${column}  ${message}`));
  }
  panel.replaceChildren(
    element("h2", `${build.env} does not build`),
    element("p", "The page runs the last version that did. Mend the file and save it."),
    list,
    element("pre", build.text),
  );
  panel.hidden = false;
}

const events = new EventSource("/preview/events");
events.addEventListener("build", (event) => {
  /** @type {Build} */
  const build = JSON.parse(event.data);
  if (build.state === "failed") {
    showErrors(build);
  } else if (build.state === "ok") {
    panel.hidden = true;
    if (build.version && build.version !== version) location.reload();
  }
});
