import assert from "node:assert/strict";
import { test } from "node:test";
import { Hindsight } from "../../web/static/js/advantage.js";
import { ACTIVE, OVER, TERMINATED } from "../../web/static/js/history.js";
import { Stretch, thinned } from "../../web/static/js/plot-data.js";

const span = (stretch) => [stretch.from, stretch.to];

test("a stretch follows the present and stands still in the past", () => {
  const stretch = new Stretch();
  stretch.place(100, 0, 0);
  assert.deepEqual(span(stretch), [0, 1]);
  stretch.place(100, 50, 50);
  assert.deepEqual(span(stretch), [0, 50]);
  stretch.place(100, 500, 500);
  assert.deepEqual(span(stretch), [400, 500]);
  stretch.place(100, 420, 500);
  assert.deepEqual(span(stretch), [400, 500]);
  stretch.place(100, 300, 500); // out of it: in its middle
  assert.deepEqual(span(stretch), [250, 350]);
  stretch.place(100, 10, 500);
  assert.deepEqual(span(stretch), [0, 100]);
  stretch.place(100, 490, 500);
  assert.deepEqual(span(stretch), [400, 500]);
  stretch.place(Infinity, 10, 500);
  assert.deepEqual(span(stretch), [0, 500]);
  stretch.place(100, 450, 460); // what came after was cut off
  assert.deepEqual(span(stretch), [360, 460]);
});

test("few ticks are all there, many by their extremes in the order they came", () => {
  const data = Float32Array.of(1, 9, 2, 9, NaN, 9, 7, 9, -3, 9, 5, 9);
  const series = [{ data, width: 2, at: 0 }];
  assert.deepEqual(thinned(series, 1, 5, 10), [
    [1, 2, 3, 4],
    [2, null, 7, -3],
  ]);
  assert.deepEqual(thinned(series, 0, 6, 2), [
    [0.75, 2.25, 3.75, 5.25],
    [1, 2, 7, -3],
  ]);
  // Buckets stay where they are when the stretch begins within one.
  assert.deepEqual(thinned(series, 1, 6, 1), [[1.25, 3.75, 6.25, 8.75].slice(0, 4), [7, -3, 5, 5]]);
  const nothing = { data: new Float32Array(12).fill(NaN), width: 1, at: 0 };
  assert.deepEqual(thinned([nothing], 0, 12, 2)[1], [null, null, null, null]);
});

test("an hour of pong is told again in a few milliseconds", (t) => {
  const ticks = 108_000;
  const [rows, seat, every] = [2, 1, 1500];
  const values = new Float32Array(ticks * rows).map((_, i) => Math.sin(i / 40));
  const rewards = new Float32Array(ticks * rows).map((_, i) => (i % 170 === 0 ? 1 : 0));
  const flags = new Uint8Array(ticks * rows).map((_, i) =>
    Math.floor(i / rows) % every === every - 1 ? ACTIVE | TERMINATED | OVER : ACTIVE,
  );
  const [v, r, f] = [values, rewards, flags].map((data) => ({ data, width: rows }));
  const record = { ticks: ticks - 200, revision: 0, values: v, rewards: r, flags: f };
  const hindsight = new Hindsight();
  hindsight.update(record, seat, 0.99);
  const times = [];
  for (let i = 0; i < 60; i++) {
    record.ticks += 3; // a tenth of a second
    const start = performance.now();
    hindsight.update(record, seat, 0.99);
    const series = [
      { data: values, width: rows, at: seat },
      { data: hindsight.returns.data, width: 1, at: 0 },
      { data: hindsight.advantage.data, width: 1, at: 0 },
    ];
    const points = thinned(series, 0, record.ticks, 200);
    times.push(performance.now() - start);
    assert.ok(points[0].length <= 402);
  }
  const median = times.sort((a, b) => a - b)[30];
  t.diagnostic(`${median.toFixed(2)} ms, the slowest ${times.at(-1).toFixed(2)} ms`);
  assert.ok(median < 40, `${median} ms`); // 0.5 where nothing else runs
});
