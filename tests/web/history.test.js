import assert from "node:assert/strict";
import { test } from "node:test";
import { AGREED, ASKED, History, hashOf, OVER, TERMINATED } from "../../web/static/js/history.js";
import { Rng } from "../../web/static/js/sampler.js";
import { openBuilt } from "./help.js";

/** A game of random actions, recorded; returns its state at every tick too. */
async function played(name, ticks, { seed = 5, params = {}, room, at = () => {} } = {}) {
  const env = await openBuilt(name, { seed, params });
  const history = new History(env, seed, { room });
  const states = [env.save()];
  await playOn(env, history, ticks, new Rng(seed), states, at);
  return { env, history, states };
}

async function playOn(env, history, ticks, rng, states, at = () => {}) {
  const { heads } = env.spec.interface.action;
  const more = {
    drivers: Array.from({ length: env.rows }, () => "random"),
    values: new Float32Array(env.rows).fill(0.5),
    compared: new Uint8Array(env.rows),
  };
  for (let i = 0; i < ticks; i++) {
    at(env, history, more);
    for (let j = 0; j < env.actions.length; j++) env.actions[j] = rng.below(heads[j % env.heads].n);
    history.decide(more);
    env.step();
    history.conclude(rng);
    env.metrics.fill(0);
    states.push(env.save());
  }
}

for (const [name, ticks] of [
  ["squared", 700],
  ["pong", 2500],
  ["snake", 500],
  ["connect4", 400],
]) {
  test(`${name}: every tick is reached again, byte for byte, across the ends of games`, async () => {
    const { env, history, states } = await played(name, ticks, { room: 40_000 });
    const ends = history.flags.data.filter((flag) => flag & OVER).length;
    if (name !== "snake") assert.ok(ends >= 1, `${ends} ends`); // a snake's seat ends, not its game
    const rng = new Rng(9);
    const wanted = [0, 1, ticks - 1, ticks, ...Array.from({ length: 200 }, () => rng.below(ticks))];
    for (const tick of wanted) {
      history.goTo(tick);
      assert.deepEqual(env.state, states[tick], `tick ${tick}`);
    }
    const other = await openBuilt(name, { seed: 77 });
    history.goTo(123);
    other.load(states[123]);
    assert.deepEqual(env.obs, other.obs);
    assert.deepEqual(env.active, other.active);
    history.prepare(123);
    env.step();
    assert.deepEqual(env.state, states[124]);
  });
}

test("parameters changed in play are those of the tick", async () => {
  const change = (env, history) => {
    const [serve, paddle] = { 300: [12, 2], 301: [4.5, 8], 900: [8, 16] }[history.ticks] ?? [];
    if (!serve) return;
    env.setParams({ serve_speed: serve, paddle_speed: paddle });
    history.changeParams();
  };
  const { env, history, states } = await played("pong", 1200, { at: change });
  const plain = await played("pong", 1200);
  assert.notDeepEqual(states[1200], plain.states[1200]);
  for (const tick of [1199, 302, 901, 5, 300, 299, 1200, 650]) {
    history.goTo(tick);
    // A change made at a tick belongs to the state at that tick.
    if (![300, 301, 900].includes(tick)) assert.deepEqual(env.state, states[tick], `tick ${tick}`);
    assert.equal(
      env.params.paddle_speed,
      tick < 300 ? 8 : tick < 301 ? 2 : tick < 900 ? 8 : 16,
      `tick ${tick}`,
    );
    if (tick === 1200) continue;
    history.prepare(tick);
    env.step();
    assert.deepEqual(env.state, states[tick + 1], `after tick ${tick}`);
  }
  const { params, paramChanges } = history.record();
  assert.equal(params.serve_speed, 6);
  assert.deepEqual(
    paramChanges.map((c) => [c.tick, c.params.serve_speed, c.params.paddle_speed]),
    [
      [300, 12, 2],
      [301, 4.5, 8],
      [900, 8, 16],
    ],
  );
});

test("a record is all that is needed to play the game again", async () => {
  const at = (env, history, more) => {
    more.drivers = history.ticks < 400 ? ["random", "policy:best"] : ["person", "policy:best"];
    if (history.ticks === 500) {
      env.setParams({ paddle_speed: 4 });
      history.changeParams();
    }
  };
  const { history, env, states } = await played("pong", 1000, {
    seed: 3,
    params: { points: 3 },
    at,
  });
  history.goTo(321); // whatever is shown in the meantime
  const record = history.record();
  assert.deepEqual(env.state, states[321]);
  assert.equal(record.ticks, 1000);
  assert.equal(record.actions.length, 1000 * 2);
  assert.ok(record.actions instanceof Uint8Array);
  assert.deepEqual(record.drivers, [
    { tick: 0, seat: 0, driver: "random" },
    { tick: 0, seat: 1, driver: "policy:best" },
    { tick: 400, seat: 0, driver: "person" },
  ]);
  assert.deepEqual(
    record.hashes.map((h) => h.tick),
    [256, 512, 768, 1000],
  );
  const again = await openBuilt("pong", { seed: record.seed, params: record.params });
  const seen = [];
  for (let tick = 0; tick < record.ticks; tick++) {
    for (const change of record.paramChanges) {
      if (change.tick === tick) again.setParams(change.params);
    }
    again.actions.set(record.actions.subarray(tick * 2, tick * 2 + 2));
    again.step();
    if (record.hashes.some((h) => h.tick === tick + 1)) seen.push(hashOf(again));
  }
  assert.deepEqual(
    seen,
    record.hashes.map((h) => h.hash),
  );
});

test("who drove, what was expected and what came of it", async () => {
  const at = (_env, history, more) => {
    more.drivers[0] = history.ticks >= 20 && history.ticks < 30 ? "person" : "policy:best";
    more.compared.fill(history.ticks === 25 ? ASKED | AGREED : 0);
    more.values[0] = history.ticks === 7 ? Number.NaN : history.ticks;
  };
  const { history } = await played("squared", 100, { at });
  const drivers = [0, 19, 20, 29, 30, 99].map((tick) => history.driverAt(0, tick));
  const [agent, you] = ["policy:best", "person"];
  assert.deepEqual(drivers, [agent, agent, you, you, agent, agent]);
  assert.deepEqual([...history.values.data.slice(6, 9)], [6, Number.NaN, 8]);
  assert.equal(history.flags.data[25] & (ASKED | AGREED), ASKED | AGREED);
  assert.equal(history.flags.data[26] & (ASKED | AGREED), 0);
  for (let tick = 0; tick < 100; tick++) {
    const ended = (history.flags.data[tick] & TERMINATED) > 0;
    assert.equal(Math.abs(history.rewards.data[tick]), ended ? 1 : 0, `tick ${tick}`);
  }
});

test("a future that is cut off is grafted again, and another one takes its place meanwhile", async () => {
  const { env, history, states } = await played("pong", 900, { room: 8000 });
  history.goTo(400);
  const tail = history.cut(400);
  assert.deepEqual([history.ticks, tail.from, tail.to], [400, 400, 900]);
  assert.throws(() => history.goTo(401), /tick 401, want a whole number from 0 to 400/);
  const others = states.slice(0, 401);
  await playOn(env, history, 700, new Rng(99), others);
  assert.notDeepEqual(others[500], states[500]);
  for (const tick of [1100, 390, 401, 1000, 400]) {
    history.goTo(tick);
    assert.deepEqual(env.state, others[tick], `tick ${tick} of the fork`);
  }
  assert.throws(() => history.graft(tail), /ticks from 400 on, this history has 1100/);
  const fork = history.cut(400);
  history.graft(tail);
  for (const tick of [900, 399, 700, 400, 1]) {
    history.goTo(tick);
    assert.deepEqual(env.state, states[tick], `tick ${tick}`);
  }
  history.cut(400);
  history.graft(fork);
  history.goTo(1100);
  assert.deepEqual(env.state, others[1100]);
});

test("bad ticks and several copies are refused", async () => {
  const { history } = await played("squared", 10);
  for (const tick of [-1, 11, 1.5, Number.NaN]) {
    assert.throws(() => history.goTo(tick), /want a whole number from 0 to 10/);
  }
  const many = await openBuilt("squared", { copies: 2 });
  assert.throws(() => new History(many, 0), /a history of 2 copies, want 1/);
});

for (const name of ["pong", "snake"]) {
  test(`${name}: an hour is kept in little memory, and any tick of it is near`, async (t) => {
    const env = await openBuilt(name, { seed: 1 });
    const history = new History(env, 1);
    const ticks = 3600 * env.spec.ticks_per_second;
    const more = {
      drivers: Array.from({ length: env.rows }, () => "random"),
      values: new Float32Array(env.rows),
      compared: new Uint8Array(env.rows),
    };
    const rng = new Rng(4);
    for (let tick = 0; tick < ticks; tick++) {
      for (let i = 0; i < env.rows; i++) env.actions[i] = rng.below(3);
      history.decide(more);
      env.step();
      history.conclude(rng);
    }
    const last = env.save();
    const times = Array.from({ length: 1000 }, () => {
      const tick = rng.below(ticks + 1);
      const from = performance.now();
      history.goTo(tick);
      return performance.now() - from;
    }).sort((a, b) => a - b);
    history.goTo(ticks);
    assert.deepEqual(env.state, last);
    const megabytes = history.bytes / 2 ** 20;
    const [most, worst] = [times[949], times[999]].map((ms) => ms.toFixed(2));
    t.diagnostic(`${ticks} ticks: ${megabytes.toFixed(1)} MiB, goTo ${most} ms, worst ${worst} ms`);
    assert.ok(megabytes < 16, `${megabytes} MiB`);
    assert.ok(times[949] < 50, `${most} ms`);
    assert.ok(times[999] < 250, `${worst} ms`); // 5 ms where nothing else runs
  });
}
