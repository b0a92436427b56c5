import assert from "node:assert/strict";
import { test } from "node:test";
import { addressOf, differing, fromAddress, standard } from "../../web/static/js/parameters.js";
import { openBuilt } from "./help.js";

const param = (name, usual, min, max, step) => ({
  ...{ name, default: usual, min, max, step },
  ...{ live: false, unit: "", text: "" },
});
const ALL = [param("snakes", 16, 2, 64, 1), param("pull", 0.3, -0.1, 0.7, 0.1)];

test("an address names parameters; what cannot be had is said and left at its default", () => {
  const taken = (search) => fromAddress(ALL, search);
  assert.deepEqual(taken("?seed=7&other=1"), { params: {}, refused: [] });
  assert.deepEqual(taken("?snakes=32&pull=0.7").params, { snakes: 32, pull: 0.7 });
  assert.deepEqual(taken("?pull=-0.1&snakes=2").params, { snakes: 2, pull: -0.1 });
  for (const [search, got] of [
    ["?snakes=65", "65"],
    ["?snakes=1", "1"],
    ["?snakes=3.5", "3.5"],
    ["?snakes=many", "many"],
    ["?snakes=", "nothing"],
    ["?snakes=NaN", "NaN"],
    ["?snakes=Infinity", "Infinity"],
  ]) {
    const said = `In the address, snakes: want 2 to 64 in steps of 1, got ${got}; it is 16.`;
    assert.deepEqual(taken(search), { params: {}, refused: [said] });
  }
});

test("what the page itself reads from its address is no parameter", () => {
  const seed = [param("seed", 1, 0, 9, 1)];
  assert.deepEqual(fromAddress(seed, "?seed=5"), { params: {}, refused: [] });
  assert.equal(addressOf("http://a/play/x?seed=5", seed, { seed: 3 }, 8), "http://a/play/x?seed=8");
});

test("an address leads back to the same parameters, and keeps what else it asked for", () => {
  const params = { snakes: 32, pull: 0.5 };
  const made = addressOf("http://a/play/x?timeline=0&snakes=5#t=9", ALL, params, 7);
  assert.equal(made, "http://a/play/x?timeline=0&seed=7&snakes=32&pull=0.5");
  assert.deepEqual(fromAddress(ALL, new URL(made).search).params, params);
  const usual = addressOf(made, ALL, standard(ALL), 7);
  assert.equal(usual, "http://a/play/x?timeline=0&seed=7");
});

test("what differs differs as the environment holds it", () => {
  const names = (params) => differing(ALL, params).map(({ name }) => name);
  assert.deepEqual(names(standard(ALL)), []);
  assert.deepEqual(names({ snakes: 16, pull: Math.fround(0.3) }), []);
  assert.deepEqual(names({ snakes: 17, pull: 0.3 }), ["snakes"]);
});

test("a game opened with parameters has as many seats as they say", async () => {
  const { spec } = await openBuilt("snake");
  const { params } = fromAddress(spec.params, "?snakes=32");
  const env = await openBuilt("snake", { params, seed: 7 });
  assert.equal(env.seats, 32);
  assert.deepEqual(differing(spec.params, env.params).length, 1);
});
