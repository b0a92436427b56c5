// A card's picture moves while the pointer is over the card or the card has the focus.

const still = matchMedia("(prefers-reduced-motion: reduce)");

for (const picture of document.querySelectorAll("img[data-moving]")) {
  const card = picture.closest("a");
  if (!(picture instanceof HTMLImageElement) || !card) continue;
  const from = picture.getAttribute("src") ?? "";
  const to = picture.dataset.moving ?? from;
  const start = () => {
    if (!still.matches) picture.src = to;
  };
  const stop = () => {
    if (document.activeElement !== card && !card.matches(":hover")) picture.src = from;
  };
  card.addEventListener("pointerenter", start);
  card.addEventListener("focus", start);
  card.addEventListener("pointerleave", stop);
  card.addEventListener("blur", stop);
}
