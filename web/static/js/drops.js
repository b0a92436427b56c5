// Files dropped anywhere on the page, each handed on by the ending of its name.

/** Listens for files; while they are dragged over the page, it says where they can go.
 * @param {Record<string, (file: File, seat: number) => void>} takers by ending, ".onnx" for instance;
 *   "" takes all others. seat: the one dropped on, or -1; of several files the first one's
 */
export function listenToDrops(takers) {
  const { documentElement: root } = document;
  /** @param {DragEvent} event */
  const brings = (event) => event.dataTransfer?.types.includes("Files") ?? false;
  /** @param {DragEvent} event */
  const cardUnder = (event) =>
    /** @type {Element} */ (event.target).closest?.("[data-seat]") ?? null;
  /** @param {Element | null} card */
  const mark = (card) => {
    for (const old of document.querySelectorAll("[data-drop]")) {
      if (old !== card) old.removeAttribute("data-drop");
    }
    card?.setAttribute("data-drop", "");
  };
  window.addEventListener("dragover", (event) => {
    if (!brings(event)) return;
    event.preventDefault();
    if (event.dataTransfer) event.dataTransfer.dropEffect = "copy";
    root.toggleAttribute("data-dropping", true);
    mark(cardUnder(event));
  });
  const over = () => {
    root.toggleAttribute("data-dropping", false);
    mark(null);
  };
  window.addEventListener("dragleave", (event) => {
    if (!event.relatedTarget) over();
  });
  window.addEventListener("drop", (event) => {
    if (!brings(event)) return;
    event.preventDefault();
    const card = /** @type {HTMLElement | null} */ (cardUnder(event));
    over();
    window.focus(); // the game sleeps while another window has the keys
    const files = [...(event.dataTransfer?.files ?? [])];
    files.forEach((file, i) => {
      const ending = Object.keys(takers).find(
        (end) => end && file.name.toLowerCase().endsWith(end),
      );
      takers[ending ?? ""](file, card && i === 0 ? Number(card.dataset.seat) : -1);
    });
  });
}
