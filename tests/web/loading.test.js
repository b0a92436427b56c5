// What a page waits for before a game can begin to load: the modules that are imported outright.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";

const JS = new URL("../../web/static/js/", import.meta.url);
const OUTRIGHT = /^(?:import|export)\s(?:[^;"]*?\sfrom\s)?"(\.[^"]+)";/gm;

/** Addresses of a module and of all that it imports outright, one after the other.
 * @param {URL} entry
 */
function loaded(entry) {
  const found = new Set([entry.href]);
  for (const href of found) {
    for (const [, path] of readFileSync(new URL(href), "utf8").matchAll(OUTRIGHT)) {
      found.add(new URL(path, href).href);
    }
  }
  return [...found].map((href) => href.slice(JS.href.length));
}

test("the game does not wait for what is shown around it", () => {
  const first = loaded(new URL("main.js", JS));
  assert.ok(first.includes("session.js"), "the rules are at hand at once");
  const around = loaded(new URL("view.js", JS)).filter((file) => !first.includes(file));
  for (const file of ["view.js", "inspector.js", "timeline.js", "panels/panel.js"]) {
    assert.ok(around.includes(file), file);
  }
});
