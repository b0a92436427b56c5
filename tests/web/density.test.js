import assert from "node:assert/strict";
import { test } from "node:test";
import { clippedNormal } from "../../web/static/js/density.js";
import { drawNormal, Rng } from "../../web/static/js/sampler.js";

const CASES = [
  [0, 0.3],
  [0.9, 0.5],
  [-1, 0.2],
  [0.4, 0.01],
  [1.3, 0.4],
  [0, 20],
  [-3, 0.1],
];

test("inside and at the ends it adds up to one", () => {
  for (const [mean, deviation] of CASES) {
    const { at, height, low, high } = clippedNormal(mean, deviation);
    let sum = low + high;
    for (let i = 1; i < at.length; i++) {
      sum += ((height[i] + height[i - 1]) / 2) * (at[i] - at[i - 1]);
    }
    assert.ok(Math.abs(sum - 1) < 1e-3, `${mean} ± ${deviation}: ${sum}`);
    assert.ok(at.every((x) => x >= -1 && x <= 1));
  }
});

test("it is highest at the mean, as a normal distribution is", () => {
  const { at, height, low, high } = clippedNormal(0.4, 0.01);
  const top = Math.max(...height);
  assert.ok(Math.abs(top - 39.8942) < 0.2 && Math.abs(at[height.indexOf(top)] - 0.4) < 0.002);
  assert.ok(low < 1e-6 && high < 1e-6);
  const half = clippedNormal(-1, 0.2);
  assert.ok(Math.abs(half.low - 0.5) < 1e-6);
  assert.deepEqual(clippedNormal(-3, 0.1).at, []); // all at the end
  assert.equal(clippedNormal(-3, 0.1).low, 1);
});

test("what is drawn falls as it says", () => {
  const [mean, deviation, draws] = [0.7, 0.5, 20_000];
  const rng = new Rng(3);
  let [top, bottom, middle] = [0, 0, 0];
  for (let i = 0; i < draws; i++) {
    const action = drawNormal(rng, mean, Math.log(deviation));
    top += action === 1 ? 1 : 0;
    bottom += action === -1 ? 1 : 0;
    middle += action > 0.2 && action < 1 ? 1 : 0;
  }
  const { at, height, low, high } = clippedNormal(mean, deviation);
  assert.ok(Math.abs(top / draws - high) < 0.01 && Math.abs(bottom / draws - low) < 0.003);
  let share = 0;
  for (let i = 1; i < at.length; i++) {
    if (at[i - 1] > 0.2) share += ((height[i] + height[i - 1]) / 2) * (at[i] - at[i - 1]);
  }
  assert.ok(Math.abs(middle / draws - share) < 0.03);
});
