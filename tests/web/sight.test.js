import assert from "node:assert/strict";
import { test } from "node:test";
import { Neutral } from "../../web/static/js/neutral.js";
import { common, frameOf, Places, rectPath, thingsOf } from "../../web/static/js/places.js";
import {
  countInputs,
  inputName,
  inputText,
  picturesOf,
  pictureText,
  present,
  sightsOf,
  tally,
  valuesOf,
  valueText,
} from "../../web/static/js/sight.js";
import { openBuilt } from "./help.js";

const part = (more) => ({ offset: 0, names: [], categories: [], low: 0, high: 0, ...more });
const MEADOW = {
  dtype: "float32",
  parts: [
    part({ name: "place", shape: [2], names: ["x", "y"], low: -1, high: 1 }),
    part({
      name: "berries",
      offset: 2,
      shape: [3, 2],
      names: ["right", "sweet"],
      low: -2,
      high: 2,
    }),
  ],
};
const LEVELS = {
  dtype: "float32",
  parts: [part({ name: "heat", shape: [2, 1, 3], names: ["day", "night"], low: -1, high: 1 })],
};

/** Indices of an input's values. */
function indices(sight, i) {
  const { from, count, stride } = valuesOf(sight, i);
  return Array.from({ length: count }, (_, k) => from + k * stride);
}

test("grids are taken apart by cells, with all their planes; single values by themselves", async () => {
  const snake = await openBuilt("snake");
  const [around, heading] = sightsOf(snake.spec.interface.observation);
  assert.deepEqual([around.kind, around.inputs, around.columns], ["grid", 121, 11]);
  assert.deepEqual([heading.kind, heading.inputs, heading.first], ["row", 1, 121]);
  assert.deepEqual(indices(around, 13), [13]);
  assert.deepEqual(indices(heading, 0), [121]);
  assert.equal(inputName(around, 13), "column 3, row 2");
  assert.equal(inputName(heading, 0), "heading");
  assert.equal(valueText(heading, 2), "right");
  const four = await openBuilt("connect4");
  const [board] = sightsOf(four.spec.interface.observation);
  assert.deepEqual([board.inputs, board.planes, board.rows, board.columns], [42, 2, 6, 7]);
  assert.deepEqual(indices(board, 8), [8, 50]);
});

test("rows of floats that have names for their features are entities, present unless all are 0", () => {
  const sights = sightsOf(MEADOW);
  const [place, berries] = sights;
  assert.deepEqual([place.kind, berries.kind, countInputs(sights)], ["row", "entities", 5]);
  assert.deepEqual(indices(berries, 1), [4, 5]);
  assert.equal(inputName(berries, 1), "berries 2");
  const obs = [0.5, -0.25, 0, 0, -1.5, 0, 0, 1];
  assert.deepEqual(
    [0, 1, 2].map((i) => present(berries, i, obs)),
    [false, true, true],
  );
  assert.equal(valueText(place, obs[1]), "−0.25");
});

test("planes that say yes or no are one picture; levels are one a plane", async () => {
  const env = await openBuilt("connect4");
  for (const column of [3, 0]) {
    env.actions.fill(column);
    env.step();
  }
  const [board] = sightsOf(env.spec.interface.observation);
  const [picture, ...others] = picturesOf(board);
  assert.deepEqual([picture.legend, others.length], [["nothing", "own", "other"], 0]);
  const obs = env.obs.subarray(0, env.obsSize); // the first seat's: its disc is in the fourth column
  assert.deepEqual([picture.read(obs, 38), picture.read(obs, 35)], [1, 2]);
  assert.deepEqual(tally(board, picture, obs), [40, 1, 1]);
  assert.equal(
    pictureText(board, picture, obs),
    "7 by 6: mostly nothing; own at column 4, row 6; other at column 1, row 6",
  );
  assert.equal(inputText(board, 38, obs), "own, column 4, row 6");

  const pictures = picturesOf(sightsOf(LEVELS)[0]);
  assert.deepEqual(
    pictures.map(({ name, legend }) => [name, legend]),
    [
      ["day", []],
      ["night", []],
    ],
  );
  assert.equal(pictures[1].read([0, 0, 0, -1, 0, 9], 0), 0);
  assert.equal(pictures[1].read([0, 0, 0, -1, 0, 9], 1), 0.5);
  assert.equal(pictures[1].read([0, 0, 0, -1, 0, 9], 2), 1);
});

test("a number is replaced by its mean of late, which begins in the middle of its range", () => {
  const sights = sightsOf({
    dtype: "float32",
    parts: [part({ name: "x", shape: [1], low: 0, high: 4 })],
  });
  const neutral = new Neutral(sights, 1);
  const into = new Float32Array(1);
  assert.equal(neutral.replace(sights[0], 0, [1], into, 0), true);
  assert.equal(into[0], 2);
  for (let i = 0; i < 2000; i++) neutral.see([1 + 2 * (i % 2)]); // 1, 3, 1, 3, …
  neutral.replace(sights[0], 0, [1], into, 0);
  assert.ok(Math.abs(into[0] - 2) < 0.02, `${into[0]}`);
  for (let i = 0; i < 2000; i++) neutral.see([1]);
  neutral.replace(sights[0], 0, [3], into, 0);
  assert.ok(Math.abs(into[0] - 1) < 0.01, `${into[0]}`);
});

test("a cell is replaced by what is commonest, a category that stands alone by another", async () => {
  const env = await openBuilt("snake", { seed: 5 });
  const [around, heading] = sightsOf(env.spec.interface.observation);
  const neutral = new Neutral([around, heading], 122);
  const obs = Float32Array.from(env.obs.subarray(0, 122));
  neutral.see(obs);
  const into = obs.slice();
  const changed = Array.from({ length: 121 }, (_, i) => neutral.replace(around, i, obs, into, 0));
  assert.ok(into.subarray(0, 121).every((code) => code === 0));
  assert.deepEqual(
    changed,
    Array.from(obs.subarray(0, 121), (code) => code !== 0),
  );
  assert.ok(changed[60]); // its own head
  neutral.replace(heading, 0, obs, into, 0);
  assert.notEqual(into[121], obs[121]);
  const turned = obs.slice();
  turned[121] = (obs[121] % 4) + 1;
  for (let i = 0; i < 3; i++) neutral.see(turned);
  neutral.replace(heading, 0, obs, into, 0);
  assert.equal(into[121], turned[121]); // the other one that was seen
  neutral.replace(heading, 0, turned, into, 0);
  assert.equal(into[121], obs[121]);
});

test("an entity is taken away; one that is not there is not asked about", () => {
  const sights = sightsOf(MEADOW);
  const neutral = new Neutral(sights, 8);
  const obs = Float32Array.of(0, 0, 1, 1, 0, 0, -1, 1);
  const into = obs.slice();
  assert.equal(neutral.replace(sights[1], 2, obs, into, 0), true);
  assert.deepEqual([...into], [0, 0, 1, 1, 0, 0, 0, 0]);
  assert.equal(neutral.replace(sights[1], 1, obs, into, 0), false);
});

test("what is in one place is one thing, with the words that all its names share", async () => {
  assert.equal(common(["ball ahead", "ball height", "ball speed down"]), "ball");
  assert.equal(common(["own paddle"]), "own paddle");
  assert.equal(common(["x", "y"]), "x");
  const env = await openBuilt("pong", { seed: 1 });
  const session = { env, spec: env.spec, ticks: 0, version: 0, focus: 1 };
  session.before = env.save();
  for (let i = 0; i < 4; i++) env.step();
  session.now = env.save();
  const places = new Places(session);
  assert.equal(places.update(), true);
  assert.equal(places.update(), false);
  const things = thingsOf(sightsOf(env.spec.interface.observation), places.now, env.obs);
  assert.deepEqual(
    things.map(({ name, inputs }) => [name, inputs]),
    [
      ["own paddle", [0]],
      ["other paddle", [1]],
      ["ball", [2, 3, 4, 5]],
    ],
  );
  const [from, half, to] = [0, 0.5, 1].map((phase) => places.at(2, phase).x);
  assert.ok(Math.abs(half - (from + to) / 2) < 1e-4 && from !== to);
  assert.equal(places.at(0, 0.5).x, 0); // the left seat's paddle
});

test("a grid is framed where it lies", async () => {
  const env = await openBuilt("snake", { seed: 2 });
  const [around] = sightsOf(env.spec.interface.observation);
  const boxes = new Float32Array(4 * env.obsSize);
  env.places(env.save(), 3, boxes);
  const { x, y, width, height } = frameOf(around, boxes);
  assert.deepEqual([width, height], [154, 154]);
  assert.deepEqual([...boxes.subarray(4 * 60, 4 * 61)], [x + 70, y + 70, 14, 14]);
  assert.equal(rectPath({ x: 0, y: 2, width: 10, height: 8 }, 1), "M1 3h8v6h-8z");
  assert.equal(frameOf(around, new Float32Array(4 * env.obsSize)), null);
});

test("asking where things are leaves the game and its words as they are", async () => {
  const env = await openBuilt("connect4", { seed: 2 });
  const saved = env.save();
  env.actions.fill(3);
  env.step();
  const [hash, obs] = [env.hash(), env.obs.slice()];
  const boxes = new Float32Array(4 * env.obsSize);
  env.places(saved, 0, boxes);
  assert.deepEqual([...boxes.subarray(0, 8)], [0, 80, 80, 80, 80, 80, 80, 80]);
  assert.equal(env.hash(), hash);
  assert.deepEqual(env.obs, obs);
});
