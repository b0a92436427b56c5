// Buttons with data-copy="ID" copy the text of that element.

const SHOWN_MS = 1600;

/** @param {HTMLElement} source */
function select(source) {
  const range = document.createRange();
  range.selectNodeContents(source);
  const selection = getSelection();
  selection?.removeAllRanges();
  selection?.addRange(range);
}

/**
 * @param {HTMLButtonElement} button
 * @param {HTMLElement} source
 */
async function copy(button, source) {
  const label = button.dataset.label ?? button.textContent ?? "";
  button.dataset.label = label;
  try {
    await navigator.clipboard.writeText(source.textContent ?? "");
    button.textContent = "Copied";
  } catch {
    // No permission, or a page that is not secure: the text is marked, the keys do the rest.
    select(source);
    button.textContent = "Marked: press Ctrl+C";
  }
  setTimeout(() => {
    button.textContent = label;
  }, SHOWN_MS);
}

for (const button of document.querySelectorAll("button[data-copy]")) {
  if (!(button instanceof HTMLButtonElement)) continue;
  const source = document.getElementById(button.dataset.copy ?? "");
  if (source) button.addEventListener("click", () => copy(button, source));
}
