import assert from "node:assert/strict";
import { test } from "node:test";
import { LATTICE, regionOf } from "../../web/static/js/region.js";
import { openBuilt } from "./help.js";

/** The corners of a path that is one rectangle. */
function corners(path) {
  const [, ...found] = path.match(/^M([\d.]+) ([\d.]+)H([\d.]+)V([\d.]+)H\1z$/) ?? [];
  return found.map(Number);
}

test("a column of connect four is found to a quarter of a pixel", async () => {
  const env = await openBuilt("connect4");
  const { width, height } = env.spec;
  for (let column = 0; column < 7; column++) {
    const { path, points } = regionOf((x, y) => env.point(0, x, y), column, width, height);
    assert.ok(points > LATTICE);
    const [left, top, right, bottom] = corners(path);
    const inside = (x, y) => env.point(0, x, y) === column;
    for (const x of [left + 0.5, right - 0.5]) assert.ok(inside(x, (top + bottom) / 2));
    for (const x of [left - 0.5, right + 0.5]) assert.ok(!inside(x, (top + bottom) / 2));
    const middle = (left + right) / 2;
    assert.ok(inside(middle, top + 0.5) && inside(middle, bottom - 0.5));
    assert.ok(!inside(middle, top - 0.5) && !inside(middle, bottom + 0.5));
  }
});

test("a full column is nowhere", async () => {
  const env = await openBuilt("connect4");
  for (let i = 0; i < 6; i++) {
    env.actions.fill(2);
    env.step();
  }
  const { width, height } = env.spec;
  const found = regionOf((x, y) => env.point(0, x, y), 2, width, height);
  assert.deepEqual(found, { points: 0, path: "" });
});

test("a rectangle lies where it is, and reaches the edge if it does", () => {
  const point = (x, y) => (x >= 100 && x < 200 && y >= 50 ? 3 : -1);
  const [left, top, right, bottom] = corners(regionOf(point, 3, 480, 240).path);
  assert.ok(Math.abs(left - 100) <= 0.25 && Math.abs(right - 200) <= 0.25);
  assert.ok(Math.abs(top - 50) <= 0.25);
  assert.equal(bottom, 240);
});

test("another shape is made of the lattice's squares", () => {
  const disc = (x, y) => ((x - 24) ** 2 + (y - 24) ** 2 < 100 ? 1 : 0);
  const { points, path } = regionOf(disc, 1, 48, 48);
  assert.ok(Math.abs(points - Math.PI * 100) < 12, `${points} points`);
  assert.equal(path.match(/M/g).length, 20); // one run a row
  const two = (x) => (x < 10 || x >= 40 ? 1 : 0);
  assert.equal(regionOf(two, 1, 48, 48).path.match(/M/g).length, 2 * LATTICE);
});
