import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { Hindsight, LAMBDA } from "../../web/static/js/advantage.js";
import { ACTIVE, OVER, TERMINATED, TRUNCATED } from "../../web/static/js/history.js";

// Written by tests/advantages.py, which asks the trainer.
const VECTORS = JSON.parse(
  readFileSync(new URL("../vectors/advantages.json", import.meta.url), "utf8"),
);

/** As much of a history as is looked at, of one seat: [value, reward, flags] by tick. */
function made(ticks) {
  const track = (Type, index) => ({ data: Type.from(ticks, (t) => t[index]), width: 1 });
  const [values, rewards] = [track(Float32Array, 0), track(Float32Array, 1)];
  return { ticks: ticks.length, revision: 0, values, rewards, flags: track(Uint8Array, 2) };
}

/** What is known of each tick, NaN where nothing is. */
function seen(record, gamma, hindsight = new Hindsight()) {
  hindsight.update(record, 0, gamma);
  const told = (track) => [...track.data.subarray(0, record.ticks)].map((v) => +v.toFixed(6));
  return { advantage: told(hindsight.advantage), returns: told(hindsight.returns) };
}

const NO = Number.NaN;

test("an episode worked by hand", () => {
  const ended = made([
    [1, 0, ACTIVE],
    [2, 1, ACTIVE],
    [0.5, 4, ACTIVE | TERMINATED | OVER],
  ]);
  // 4 − 0.5; 1 + 0.5 · 0.5 − 2; 0 + 0.5 · 2 − 1; each with 0.5 · 0.95 of the one after it
  const last = 3.5;
  const middle = -0.75 + 0.475 * last;
  const first = 0 + 0.475 * middle;
  assert.deepEqual(seen(ended, 0.5), {
    advantage: [first, middle, last].map((v) => +v.toFixed(6)),
    returns: [1.5, 3, 4],
  });
});

test("of a running episode, and of one cut short, the last value stands for what would come", () => {
  const ticks = [
    [1, 0, ACTIVE],
    [2, 1, ACTIVE],
    [8, 4, ACTIVE],
  ];
  const running = seen(made(ticks), 0.5);
  assert.deepEqual(running.returns, [2.5, 5, 8]);
  assert.deepEqual(running.advantage, [1.425, 3, NO]);
  ticks[2][2] |= TRUNCATED | OVER;
  assert.deepEqual(seen(made(ticks), 0.5), running);
});

test("rewards while others act belong to the decision before", () => {
  const record = made([
    [0.5, 0, ACTIVE],
    [NO, -1, TERMINATED | OVER],
  ]);
  assert.deepEqual(seen(record, 0.99), { advantage: [-1.5, NO], returns: [-1, NO] });
});

test("where nobody says a value there is a return and no advantage", () => {
  const record = made([
    [1, 1, ACTIVE],
    [NO, 1, ACTIVE],
    [1, 1, ACTIVE],
    [1, 1, ACTIVE | TERMINATED],
  ]);
  const { advantage, returns } = seen(record, 1);
  assert.deepEqual(returns, [4, 3, 2, 1]);
  assert.deepEqual(advantage, [NO, NO, 1, 0]);
});

test("the trainer counts the same", () => {
  const { gamma, active, value, reward, ended, advantage } = VECTORS;
  assert.equal(VECTORS.lambda, LAMBDA);
  const rows = active[0].length;
  const flat = (table, Type) => ({ data: Type.from(table.flat()), width: rows });
  const record = {
    ticks: active.length,
    revision: 0,
    values: flat(value, Float32Array),
    rewards: flat([...reward, reward[0]], Float32Array), // of the last tick nothing is known yet
    flags: flat(
      active.map((seats, t) =>
        seats.map((acts, i) => (acts ? ACTIVE : 0) | (ended[t]?.[i] ? TERMINATED : 0)),
      ),
      Uint8Array,
    ),
  };
  for (let seat = 0; seat < rows; seat++) {
    const hindsight = new Hindsight();
    hindsight.update(record, seat, gamma);
    advantage.forEach((wanted, tick) => {
      const got = hindsight.advantage.data[tick];
      if (wanted[seat] === null) assert.equal(got, NO, `seat ${seat}, tick ${tick}`);
      else assert.ok(Math.abs(got - wanted[seat]) < 1e-5, `seat ${seat}, tick ${tick}: ${got}`);
    });
  }
});

/** A game of so many ticks, with an end every `every` ticks. */
function long(ticks, every) {
  return made(
    Array.from({ length: ticks }, (_, t) => {
      const ends = t % every === every - 1 ? TERMINATED | OVER : 0;
      return [Math.sin(t / 7), t % 11 === 0 ? 1 : 0, ACTIVE | ends];
    }),
  );
}

test("told tick by tick it is what it is told at once, across ends and forks", () => {
  const record = long(500, 60);
  const hindsight = new Hindsight();
  for (let ticks = 0; ticks <= 500; ticks += 7) {
    const part = Object.assign(record, { ticks });
    assert.deepEqual(seen(part, 0.9, hindsight), seen(part, 0.9));
  }
  record.ticks = 100; // as if played on from there, otherwise
  record.revision++;
  for (let tick = 70; tick < 100; tick++) record.rewards.data[tick] = -1;
  assert.deepEqual(seen(record, 0.9, hindsight), seen(record, 0.9));
  assert.deepEqual(seen(record, 0.5, hindsight), seen(record, 0.5));
});
