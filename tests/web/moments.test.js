import assert from "node:assert/strict";
import { test } from "node:test";
import { differing, Measure, openLab, rank, SHOWN } from "../../web/static/js/moments.js";
import { openPolicy } from "../../web/static/js/policy.js";
import { Session } from "../../web/static/js/session.js";
import { countingPolicy, FakeOrt, openBuilt, run, sidecarOf } from "./help.js";

const [UP, DOWN] = [1, 2];

/** A policy with the same logits always, and a value that is known for what it sees.
 * @param value of the numbers of one row
 */
function judge(env, logits, value, more = {}) {
  const compute = ({ obs }) => {
    const [n, size] = obs.dims;
    const rows = Array.from({ length: n }, (_, i) => obs.data.slice(i * size, (i + 1) * size));
    return {
      logits: { data: Float32Array.from(rows.flatMap(() => logits)), dims: [n, logits.length] },
      value: { data: Float32Array.from(rows, value), dims: [n, 1] },
    };
  };
  const ort = new FakeOrt(["obs"], ["logits", "value"], compute);
  const sidecar = sidecarOf(env.spec, more);
  return openPolicy({ ort, onnx: new Uint8Array(), sidecar, spec: env.spec, rows: env.rows });
}

/** A person drops discs as told in connect four; the other side does what the policy does. */
async function dropping(columns, logits, value = () => 0) {
  const env = await openBuilt("connect4");
  const policy = await judge(env, logits, value, { settings: { gamma: 0.5 } });
  const session = new Session(env, { minds: [{ kind: "policy", policy }], seed: 7 });
  session.takeOver(0, true);
  let now = 0;
  for (const column of columns) {
    assert.equal(session.press(-1, 0, column, false), 0, `column ${column} at ${session.ticks}`);
    now = await run(session, 700, 60, now);
    now = await run(session, 700, 60, now);
  }
  const { history } = session;
  const measure = new Measure(policy, history, 0, await openLab(env));
  return { session, policy, moments: await measure.of(differing(history, 0)) };
}

test("not blocking a three costs a game", async () => {
  const { session, moments } = await dropping([1, 2, 1, 2], [50, 0, 0, 0, 0, 0, 0]);
  assert.ok(session.history.ticks >= 8 && session.seats[1].wins === 1);
  assert.deepEqual(
    moments.map(({ tick, did, would, value }) => [tick, did[0], would[0], value]),
    [
      [0, 1, 0, 0],
      [2, 2, 0, 0],
      [4, 1, 0, 0],
      [6, 2, 0, -1],
    ],
  );
  assert.deepEqual(
    rank(moments, 0).map(({ tick }) => tick),
    [6],
  );
});

test("the person may do better by the agent's own estimate", async () => {
  // It would play column 1 and answers there: three in column 2 are not enough for it, the fourth is.
  const { session, moments } = await dropping([1, 1, 1, 1], [50, 0, 0, 0, 0, 0, 0]);
  assert.equal(session.seats[0].wins, 1);
  assert.deepEqual(
    moments.map(({ tick, value }) => [tick, value]),
    [
      [0, 0],
      [2, 0],
      [4, 0],
      [6, 1],
    ],
  );
});

test("what it expects after the answer counts less by its discount", async () => {
  // It expects a 1 for each disc of its own in the last column.
  const last = (row) => [0, 1, 2, 3, 4, 5].reduce((sum, y) => sum + row[y * 7 + 6], 0);
  const { moments } = await dropping([6], [50, 0, 0, 0, 0, 0, 0], last);
  assert.deepEqual(
    moments.map(({ value }) => value),
    [0.5],
  );
});

test("in a game in real time the next tick is judged, from the very state", async () => {
  const env = await openBuilt("pong");
  const policy = await judge(env, [0, 50, 0], (row) => 10 * row[0]);
  const session = new Session(env, { minds: [{ kind: "policy", policy }], seed: 7 });
  let now = await run(session, 500);
  session.press(0, 0, DOWN);
  now = await run(session, 400, 60, now);
  session.release(0, 0, DOWN);
  session.handBack(0);
  await run(session, 300, 60, now);
  const { history } = session;
  const ticks = differing(history, 0);
  assert.equal(ticks.length, 12);
  const { hash, ticks: at } = session;
  const moments = await new Measure(policy, history, 0, await openLab(env)).of(ticks);
  assert.deepEqual([session.hash, session.ticks], [hash, at]);
  const twin = await env.twin();
  for (const { tick, did, would, value } of moments) {
    assert.deepEqual([did, would], [[DOWN], [UP]]);
    const after = [did, would].map(([action]) => {
      history.goTo(tick, {}, twin);
      history.prepare(tick, twin);
      twin.actions[0] = action;
      twin.step();
      return twin.rewards[0] + 0.99 * 10 * twin.obs[0];
    });
    assert.ok(Math.abs(value - (after[0] - after[1])) < 1e-5);
    assert.ok(value > 0.1);
  }
});

test("a policy that remembers judges by what it would remember", async () => {
  const env = await openBuilt("pong");
  const policy = await countingPolicy(env);
  const session = new Session(env, { minds: [{ kind: "policy", policy }], seed: 7 });
  session.takeOver(0, true);
  await run(session, 1000);
  const { history } = session;
  const before = [...policy.memory];
  const moments = await new Measure(policy, history, 0, await openLab(env)).of(
    differing(history, 0),
  );
  assert.ok(moments.length > 10);
  // It expects as much as it has seen, whatever was done.
  assert.ok(moments.every(({ value }) => value === 0));
  for (const { tick, chance } of moments) {
    const rise = tick % 20 < 10 ? [0, 9, 0] : [0, 0, 9];
    const sum = rise.reduce((total, logit) => total + Math.exp(logit), 0);
    assert.ok(Math.abs(chance - Math.log(1 / sum)) < 1e-9);
  }
  assert.deepEqual([...policy.memory], before);
});

test("without values the least likely actions come first", async () => {
  const env = await openBuilt("connect4");
  const logits = [5, 1, 2, 0, 3, 0, 0];
  const policy = {
    stateSize: 0,
    gamma: 1,
    memory: new Float32Array(),
    run: async (_obs, _rows, count) => ({
      logits: Float32Array.from({ length: 7 * count }, (_, i) => logits[i % 7]),
      value: null,
    }),
    play: { mode: "greedy", temperature: 1 },
    name: "quiet",
  };
  const session = new Session(env, { minds: [{ kind: "policy", policy }], seed: 7 });
  session.takeOver(0, true);
  let now = 0;
  for (const column of [4, 3, 1]) {
    session.press(-1, 0, column, false);
    now = await run(session, 1400, 60, now);
  }
  const lab = await openLab(env);
  const moments = await new Measure(policy, session.history, 0, lab).of(
    differing(session.history, 0),
  );
  assert.deepEqual(
    rank(moments, 0).map(({ did, value }) => [did[0], value]),
    [
      [3, null],
      [1, null],
      [4, null],
    ],
  );
});

test("ten are told, the largest first in either direction, one of neighbours", () => {
  const moments = Array.from({ length: 40 }, (_, i) => ({
    tick: 10 * i,
    did: [0],
    would: [1],
    value: (i % 2 ? 1 : -1) * (i / 10),
    chance: -1,
  }));
  const best = rank(moments, 0);
  assert.equal(best.length, SHOWN);
  assert.deepEqual(
    best.slice(0, 3).map(({ value }) => value),
    [3.9, -3.8, 3.7],
  );
  assert.deepEqual(
    rank(moments, 15)
      .slice(0, 3)
      .map(({ tick }) => tick),
    [390, 370, 350],
  );
  assert.deepEqual(rank([{ ...moments[0], value: 0.004 }], 0), []);
});

test("a game that is changed meanwhile is not judged", async () => {
  const env = await openBuilt("pong");
  const policy = await judge(env, [0, 50, 0], (row) => row[0]);
  const session = new Session(env, { minds: [{ kind: "policy", policy }], seed: 7 });
  session.takeOver(0, true);
  await run(session, 2000);
  const ticks = differing(session.history, 0);
  assert.ok(ticks.length > 40);
  const measuring = new Measure(policy, session.history, 0, await openLab(env)).of(ticks);
  session.goTo(20);
  session.playOn(0);
  await assert.rejects(measuring, /the game was changed meanwhile/);
});
