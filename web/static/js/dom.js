// Building elements, and the few icons there are.

/**
 * @param {string} tag
 * @param {Record<string, string | number | boolean | EventListener>} [attributes] `text` is the
 *   text, a function listens to the event it is named after, true and false set and leave out
 * @param {(Node | string)[]} children
 * @returns {HTMLElement}
 */
export function el(tag, attributes = {}, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (typeof value === "function") made.addEventListener(name, value);
    else if (name === "text") made.textContent = String(value);
    else if (typeof value === "boolean") made.toggleAttribute(name, value);
    else made.setAttribute(name, String(value));
  }
  made.append(...children);
  return made;
}

/** Sets text only where it differs, so that nothing is laid out in vain.
 * @param {Element} element @param {string} text
 */
export function setText(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

/** @param {HTMLElement} element @param {string} name @param {string} value */
export function setData(element, name, value) {
  if (element.dataset[name] !== value) element.dataset[name] = value;
}

/** Lets a control go once a pointer has changed it: the keys belong to the game again.
 * @param {HTMLSelectElement | HTMLInputElement} control
 * @param {HTMLElement} [area] where it is pointed at: its label, say
 */
export function letGo(control, area = control) {
  let pointed = false;
  area.addEventListener("pointerdown", () => {
    pointed = true;
  });
  control.addEventListener("keydown", () => {
    pointed = false;
  });
  control.addEventListener("change", () => {
    if (pointed) control.blur();
  });
}

const SVG = "http://www.w3.org/2000/svg";

// On a field of 24 x 24; drawn as lines, `filled` ones as shapes too.
const ICONS = {
  hand:
    "M8 13.5V5.7a1.5 1.5 0 0 1 3 0V11M11 11V4a1.5 1.5 0 0 1 3 0v7M14 11V5.5a1.5 1.5 0 0 1 3 0V13" +
    "M17 12V8.5a1.5 1.5 0 0 1 3 0V14c0 4.2-2.8 7-6.6 7-2.9 0-4.7-1.4-6-3.7L4.3 13" +
    "a1.5 1.5 0 0 1 2.6-1.5L8 13.5",
  chip: "M8.5 7h7A1.5 1.5 0 0 1 17 8.5v7a1.5 1.5 0 0 1-1.5 1.5h-7A1.5 1.5 0 0 1 7 15.5v-7A1.5 1.5 0 0 1 8.5 7zM10 3v4M14 3v4M10 17v4M14 17v4M3 10h4M3 14h4M17 10h4M17 14h4",
  play: "M8 5.5v13l10.5-6.5z",
  pause: "M8.5 5.5v13M15.5 5.5v13",
  step: "M6.5 5.5v13l8.5-6.5zM18 5.5v13",
  back: "M17.5 5.5v13L9 12zM6 5.5v13",
  restart: "M4.5 12a7.5 7.5 0 1 0 2.3-5.4L4.5 8.8M4.5 4v4.8h4.8",
  up: "M12 5.5l7.5 12h-15z",
  down: "M12 18.5l-7.5-12h15z",
  left: "M5.5 12l12-7.5v15z",
  right: "M18.5 12l-12 7.5v-15z",
};
const FILLED = new Set(["play", "step", "back", "up", "down", "left", "right"]);

/** @param {string} name @returns {name is keyof typeof ICONS} */
export function isIcon(name) {
  return name in ICONS;
}

/** An element of a picture.
 * @param {string} tag
 * @param {Record<string, string | number>} [attributes]
 * @param {Node[]} children
 */
export function svg(tag, attributes = {}, ...children) {
  const made = /** @type {SVGElement} */ (document.createElementNS(SVG, tag));
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, String(value));
  made.append(...children);
  return made;
}

/** A picture beside a word: of no use to a screen reader.
 * @param {keyof typeof ICONS} name
 */
export function icon(name) {
  const kind = FILLED.has(name) ? "icon icon-filled" : "icon";
  const path = svg("path", { d: ICONS[name] });
  return svg("svg", { viewBox: "0 0 24 24", class: kind, "aria-hidden": "true" }, path);
}
