import assert from "node:assert/strict";
import { test } from "node:test";
import { openPolicy } from "../../web/static/js/policy.js";
import { Session } from "../../web/static/js/session.js";
import { paint, ROOM, Trail } from "../../web/static/js/trail.js";
import { FakeOrt, openBuilt, run, sidecarOf } from "./help.js";

/** A policy that counts ticks: its memory of a row is [n, -n / 2] after n ticks of an episode. */
function counting(env) {
  const compute = ({ obs, state_in }) => {
    const [n] = obs.dims;
    const after = Array.from({ length: n }, (_, i) => state_in.data[2 * i] + 1);
    const flat = (numbers, width) => ({ data: Float32Array.from(numbers), dims: [n, width] });
    return {
      logits: flat(
        after.flatMap(() => [0, 0, 0]),
        3,
      ),
      value: flat(after, 1),
      state_out: flat(
        after.flatMap((v) => [v, -v / 2]),
        2,
      ),
    };
  };
  const ort = new FakeOrt(["obs", "state_in"], ["logits", "value", "state_out"], compute);
  const sidecar = sidecarOf(env.spec, { state_size: 2 });
  return openPolicy({ ort, onnx: new Uint8Array(), sidecar, spec: env.spec, rows: env.rows });
}

/** Pong in which games are longer than what is kept. */
async function pong() {
  const env = await openBuilt("pong", { params: { points: 99 } });
  const policy = await counting(env);
  const session = new Session(env, { minds: [{ kind: "policy", policy }], seed: 7 });
  session.minds.trail.follow(1, policy);
  return { session, policy, trail: session.minds.trail };
}

const kept = (trail, tick) => {
  const found = trail.at(tick);
  return found && [...found];
};

/** Waits until the memory of a tick is kept. */
async function brought(trail, tick) {
  for (let i = 0; i < 500 && trail.at(tick) === null; i++) {
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

test("each tick's memory is kept as it was before the choice, the oldest given up", async () => {
  const { session, trail } = await pong();
  await run(session, 20_000);
  assert.equal(session.ticks, 600);
  for (let tick = 601 - ROOM; tick <= 600; tick++) {
    assert.deepEqual(kept(trail, tick), [tick, -tick / 2], `tick ${tick}`);
  }
  assert.equal(trail.at(600 - ROOM), null);
  assert.equal(trail.at(601), null);
  assert.equal(trail.at(-1), null);
});

test("gone back to, a tick brings what was remembered then, and what is kept of others stays", async () => {
  const { session, trail } = await pong();
  await run(session, 20_000);
  session.goTo(500);
  trail.forget(500);
  await brought(trail, 500);
  assert.deepEqual(kept(trail, 500), [500, -250]);
  assert.deepEqual(kept(trail, 499), [499, -249.5]);
  session.goTo(100); // beyond what was kept
  await brought(trail, 100);
  assert.deepEqual(kept(trail, 100), [100, -50]);
  assert.deepEqual(kept(trail, 97), [97, -48.5]); // asked again on the way there
  assert.equal(trail.at(97 + ROOM), null); // given up long before
  assert.deepEqual(kept(trail, 400), [400, -200]);
});

test("another seat or policy begins afresh, and only what is followed is kept", async () => {
  const { session, policy, trail } = await pong();
  await run(session, 1000);
  const other = await counting(session.env);
  trail.note(session.ticks, other);
  assert.deepEqual(kept(trail, session.ticks), [30, -15]);
  assert.equal(trail.follow(1, policy), false); // as it was
  assert.deepEqual(kept(trail, 29), [29, -14.5]);
  trail.follow(0, policy);
  assert.equal(trail.at(29), null);
  trail.follow(0, other);
  trail.note(4, other);
  assert.deepEqual(kept(trail, 4), [0, 0]);
  trail.forget(4);
  assert.equal(trail.at(4), null);
});

test("a picture: a column a tick, a row a unit, two colours, the stronger the farther", () => {
  const trail = new Trail();
  const policy = { stateSize: 2, memory: Float32Array.of(9, 9, 1, -4) };
  trail.follow(1, policy);
  trail.note(5, policy);
  policy.memory.set([2, 0], 2);
  trail.note(7, policy);
  const into = new Uint8ClampedArray(4 * 3 * 2).fill(7);
  const [low, high] = [
    [1, 2, 3],
    [4, 5, 6],
  ];
  assert.equal(paint(trail, 5, 8, into, [low, high]), 4);
  const clear = [0, 0, 0, 0];
  assert.deepEqual(
    [...into],
    [
      ...[...high, 64, ...clear, ...high, 128], // the first unit's ticks 5, 6, 7
      ...[...low, 255, ...clear, ...high, 0],
    ],
  );
  assert.equal(paint(trail, 20, 23, into, [low, high]), 0);
});
