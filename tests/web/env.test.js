import assert from "node:assert/strict";
import { test } from "node:test";
import { Rng } from "../../web/static/js/sampler.js";
import { openBuilt } from "./help.js";

/** Plays random ticks and returns a hash after each. */
function play(env, rng, ticks) {
  return Array.from({ length: ticks }, () => {
    const { n } = env.spec.interface.action.heads[0];
    for (let i = 0; i < env.actions.length; i++) env.actions[i] = rng.below(n);
    env.step();
    return env.hash();
  });
}

for (const name of ["squared", "pong"]) {
  test(`${name}: same seed and actions, same bytes; another seed, others`, async () => {
    const hashes = [];
    for (const seed of [5, 5, 6]) {
      const env = await openBuilt(name, { copies: 3, seed });
      hashes.push(play(env, new Rng(1), 300));
    }
    assert.deepEqual(hashes[0], hashes[1]);
    assert.equal(new Set(hashes[0]).size, 300);
    assert.notEqual(hashes[0].at(-1), hashes[2].at(-1));
  });

  test(`${name}: a saved game goes on in another environment as in its own`, async () => {
    const env = await openBuilt(name, { seed: 8 });
    play(env, new Rng(2), 50);
    const saved = env.save();
    const other = await openBuilt(name, { seed: 123 });
    other.load(saved);
    assert.deepEqual(other.obs, env.obs);
    assert.deepEqual(play(other, new Rng(3), 200), play(env, new Rng(3), 200));
    assert.deepEqual(other.obs, env.obs);
    assert.throws(() => other.load(saved.subarray(1)), /bytes/);
  });

  test(`${name}: copy 0 of 64 is the game played alone`, async () => {
    const many = await openBuilt(name, { copies: 64, seed: 4 });
    const alone = await openBuilt(name, { seed: 4 });
    for (let tick = 0; tick < 100; tick++) {
      many.actions.fill(tick % 3);
      alone.actions.fill(tick % 3);
      many.step();
      alone.step();
    }
    assert.deepEqual(many.state.subarray(0, many.copySize), alone.state);
    assert.deepEqual(many.obs.subarray(0, alone.obs.length), alone.obs);
  });
}

test("squared: what is seen, rewarded and counted", async () => {
  const env = await openBuilt("squared", { seed: 1 });
  assert.equal(env.spec.interface.observation.dtype, "uint8");
  assert.deepEqual([env.seats, env.rows, env.obs.length, env.heads], [1, 1, 121, 1]);
  assert.equal(env.obs[60], 1);
  for (let tick = 0; tick < 6; tick++) {
    assert.equal(env.rewards[0], 0);
    env.actions[0] = 1; // up, and off the board with the sixth step, unless the target is met
    env.step();
  }
  assert.deepEqual([env.rewards[0], env.terminated[0], env.over[0]], [-1, 1, 1]);
  assert.equal(env.obs[60], 1); // begun again
  const { metrics } = env.spec;
  const of = (name) => env.metrics[metrics.indexOf(name)];
  assert.deepEqual([of("episodes"), of("episode_return"), of("episode_length")], [1, -1, 6]);
});

test("squared: the scripted player reaches the target", async () => {
  const env = await openBuilt("squared", { seed: 3 });
  const ends = [];
  for (let tick = 0; tick < 200; tick++) {
    env.script(0);
    env.step();
    if (env.terminated[0] || env.truncated[0]) ends.push(env.rewards[0]);
  }
  assert.ok(ends.length >= 20);
  assert.ok(ends.every((reward) => reward === 1));
});

test("pong: parameters, one seat at a time, and the score that runs", async () => {
  const env = await openBuilt("pong", { seed: 3, params: { points: 2 } });
  assert.equal(env.params.points, 2);
  env.actions.set([2, 2]);
  env.script(1);
  assert.equal(env.actions[0], 2); // the other row is left alone
  while (!env.rewards[0]) env.step();
  assert.deepEqual([env.score(0), env.score(1)], [...env.rewards]);
  const { obs } = env;
  env.setParams({ serve_speed: 12, points: 50 });
  assert.deepEqual([env.params.serve_speed, env.params.points], [12, 2]); // points hold for a game
  assert.equal(env.obs, obs);
  env.reset(3, { points: 50 });
  assert.equal(env.params.points, 50);
});

test("snake: a parameter changes the number of seats", async () => {
  const env = await openBuilt("snake", { seed: 3 });
  assert.deepEqual([env.seats, env.rewards.length], [16, 16]);
  env.reset(3, { snakes: 64 });
  assert.deepEqual([env.seats, env.obs.length], [64, 64 * env.obsSize]);
  env.actions.fill(1);
  env.step();
  assert.equal(
    env.active.reduce((a, b) => a + b),
    64,
  );
});

test("connect4: pointer, mask, words, and how a game stood at its end", async () => {
  const env = await openBuilt("connect4", { seed: 3 });
  assert.equal(env.point(0, 40, 300), 0);
  assert.equal(env.point(0, -5, 300), -1);
  assert.match(env.describe(env.state), /^Move 0\..* to move\.$/);
  const moves = [0, 1, 0, 1, 0, 1, 0];
  for (const [i, column] of moves.entries()) {
    assert.deepEqual([...env.active], i % 2 ? [0, 1] : [1, 0]);
    env.actions.fill(column);
    env.step();
  }
  assert.deepEqual([env.over[0], env.rewards[0], env.rewards[1]], [1, 1, -1]);
  assert.match(env.describe(env.state), /^Move 0\./);
  assert.match(env.describe(env.finals), /^Move 7, last in column 1\..* wins\.$/);
  assert.equal(env.mask.length, 14);
});
