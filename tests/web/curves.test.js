import assert from "node:assert/strict";
import { test } from "node:test";
import { bands, DOWN, moment, sampled, UP } from "../../web/static/js/curves.js";
import { OVER, TERMINATED } from "../../web/static/js/history.js";

const NaNs = (n) => new Float32Array(n).fill(Number.NaN);

/** As much of a history as a picture needs, of one seat among `rows`. */
function made(ticks, { rows = 1, seat = 0, rewards = {}, values = {}, ends = [] } = {}) {
  const track = (Type, from = new Type(ticks * rows)) => ({ data: from, width: rows });
  const history = {
    ticks,
    rewards: track(Float32Array),
    values: track(Float32Array, NaNs(ticks * rows)),
    flags: track(Uint8Array),
    drivers: [[{ tick: 0, driver: "random" }]],
  };
  for (const [tick, reward] of Object.entries(rewards)) {
    history.rewards.data[tick * rows + seat] = reward;
  }
  for (const [tick, value] of Object.entries(values)) {
    history.values.data[tick * rows + seat] = value;
  }
  for (const tick of ends) history.flags.data[tick * rows + seat] = TERMINATED | OVER;
  return history;
}

test("a column holds the least and the most of its ticks, and the return begins anew with an episode", () => {
  const history = made(20, {
    rows: 2,
    seat: 1,
    rewards: { 3: 1, 4: 2, 9: -1, 12: 5 },
    values: { 0: 0.5, 1: -2, 3: 1, 16: 4 },
    ends: [9],
  });
  const columns = sampled(history, 1, 5);
  assert.deepEqual([...columns.lowValue], [-2, Number.NaN, Number.NaN, Number.NaN, 4]);
  assert.deepEqual([...columns.highValue], [1, Number.NaN, Number.NaN, Number.NaN, 4]);
  assert.deepEqual([...columns.lowReturn], [0, 3, 0, 5, 5]);
  assert.deepEqual([...columns.highReturn], [1, 3, 3, 5, 5]);
  assert.deepEqual([...columns.rewards], [UP, UP, DOWN, UP, 0]);
  assert.deepEqual([...columns.ends], [0, 0, 1, 0, 0]);
  assert.deepEqual([...sampled(history, 0, 5).rewards], [0, 0, 0, 0, 0]);
});

test("of few ticks, columns between them are left blank", () => {
  const columns = sampled(made(2, { values: { 0: 1, 1: 2 } }), 0, 6);
  const [_, gap] = [0, Number.NaN];
  assert.deepEqual([...columns.highValue], [1, gap, gap, 2, gap, gap]);
  assert.deepEqual([...sampled(made(0), 0, 2).highReturn], [gap, gap]);
});

test("bands join stretches of one kind of driver", () => {
  const history = made(100);
  history.drivers[0] = [
    { tick: 0, driver: "policy:best" },
    { tick: 20, driver: "random" },
    { tick: 50, driver: "person" },
    { tick: 75, driver: "policy:best" },
  ];
  assert.deepEqual(bands(history, 0), [
    { from: 0, to: 0.5, person: false },
    { from: 0.5, to: 0.75, person: true },
    { from: 0.75, to: 1, person: false },
  ]);
  history.drivers[0] = [];
  assert.deepEqual(bands(history, 0), []);
});

test("moments are told in minutes and seconds", () => {
  assert.equal(moment(0, 30), "0:00.0");
  assert.equal(moment(1, 30), "0:00.0");
  assert.equal(moment(2, 30), "0:00.1");
  assert.equal(moment(1799, 30), "1:00.0");
  assert.equal(moment(1959, 30), "1:05.3");
  assert.equal(moment(108_000, 30), "60:00.0");
});

test("an hour is looked at in a few milliseconds", (t) => {
  const values = Object.fromEntries(Array.from({ length: 108_000 }, (_, i) => [i, Math.sin(i)]));
  const history = made(108_000, { rows: 2, values });
  const times = Array.from({ length: 20 }, () => {
    const from = performance.now();
    const columns = sampled(history, 0, 1200);
    assert.ok(columns.highValue[0] > 0.99);
    return performance.now() - from;
  }).sort((a, b) => a - b);
  t.diagnostic(`median ${times[10].toFixed(2)} ms, worst ${times[19].toFixed(2)} ms`);
  assert.ok(times[10] < 150, `${times[10]} ms`); // a few where nothing else runs
});
