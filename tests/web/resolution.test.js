import assert from "node:assert/strict";
import { test } from "node:test";
import { Resolution } from "../../web/static/js/resolution.js";

/** Shows frames; `took` gives the ms of one at a ratio. */
function show(resolution, frames, took) {
  for (let now = 0, i = 0; i <= frames; i++) {
    resolution.frame(now);
    now += took(resolution.ratio);
  }
  return resolution.ratio;
}

test("a quick display keeps its pixels", () => {
  assert.equal(
    show(new Resolution(2), 600, () => 1000 / 60),
    2,
  );
});

test("where pixels take the time, there are fewer of them", () => {
  assert.equal(
    show(new Resolution(2), 600, (ratio) => 10 * ratio * ratio),
    1.125,
  );
  assert.equal(
    show(new Resolution(1), 600, (ratio) => 90 * ratio * ratio),
    0.5625,
  );
});

test("six long frames are enough to see that", () => {
  assert.equal(
    show(new Resolution(1), 20, (ratio) => 900 * ratio * ratio),
    0.5625,
  );
});

test("where they do not, they stay", () => {
  assert.equal(
    show(new Resolution(1), 600, () => 1000 / 30),
    1,
  );
});

test("one stall changes nothing", () => {
  let n = 0;
  assert.equal(
    show(new Resolution(1), 600, () => (n++ % 40 ? 16 : 200)),
    1,
  );
});
