import assert from "node:assert/strict";
import { test } from "node:test";
import { Session } from "../../web/static/js/session.js";
import { countingPolicy, openBuilt, run, steadyPolicy } from "./help.js";

const [UP, DOWN] = [1, 2];

async function pong(options) {
  const env = await openBuilt("pong", { params: { points: 2 } });
  const policy = await steadyPolicy(env, [0, 0.5, 0]);
  return new Session(env, {
    minds: [{ kind: "policy", policy }, { kind: "random" }],
    seed: 7,
    ...options,
  });
}

/** What a person sees of a game. */
const seen = (session) => [
  session.ticks,
  session.hash,
  ...session.seats.map((s) => [s.score, s.points, s.episodes, s.wins, s.total, s.asked, s.agreed]),
];

test("gone back to, a tick looks as it did, and stands still", async () => {
  const session = await pong();
  session.setSpeed(4);
  let now = 0;
  const looks = [];
  while (session.ticks < 1500) {
    now = await run(session, 400, 60, now);
    looks.push([seen(session), session.now.slice(), session.before.slice()]);
  }
  assert.ok(session.seats[0].episodes >= 2);
  assert.equal(session.past, false);
  for (const [look, picture, before] of [...looks].reverse()) {
    session.goTo(look[0]);
    assert.deepEqual(seen(session), look);
    assert.deepEqual([session.now, session.before], [picture, before]);
    assert.equal(session.phase, 1);
  }
  assert.deepEqual([session.past, session.paused], [true, true]);
  const { ticks } = session;
  now = await run(session, 1000, 60, now);
  assert.equal(session.ticks, ticks);
  session.goTo(1e9);
  assert.deepEqual(seen(session), looks.at(-1)[0]);
  session.goTo(-5);
  assert.equal(session.ticks, 0);
  assert.deepEqual(session.before, session.now);
});

test("steps go both ways", async () => {
  const session = await pong();
  const hashes = [session.hash];
  let now = 0;
  while (session.ticks < 40) {
    const { ticks } = session;
    now = await run(session, 1000 / 60, 60, now);
    if (session.ticks > ticks) hashes[session.ticks] = session.hash;
  }
  for (let tick = session.ticks - 1; tick >= 20; tick--) {
    session.goTo(session.ticks - 1);
    assert.deepEqual([session.ticks, session.hash], [tick, hashes[tick]]);
  }
  for (let tick = 21; tick <= 30; tick++) {
    session.stepOnce();
    now = await run(session, 50, 60, now);
    assert.deepEqual([session.ticks, session.hash], [tick, hashes[tick]]);
  }
});

test("played from the past, a game is as recorded, and goes on from its end as it would have", async () => {
  const [session, other] = [await pong(), await pong()];
  for (const one of [session, other]) {
    one.press(0, 0, DOWN);
    let now = await run(one, 1000);
    one.release(0, 0, DOWN);
    now = await run(one, 4000, 60, now);
    assert.equal(one.ticks, 150);
  }
  const { actions } = session.history.record();
  session.goTo(20);
  session.stop("user", false);
  assert.deepEqual([session.driven(0), session.seats[0].person], [true, false]);
  let now = await run(session, 3000, 60, 5000);
  assert.deepEqual([session.ticks, session.past, session.driven(0)], [111, true, false]);
  now = await run(session, 3000, 60, now);
  assert.equal(session.past, false);
  await run(other, 3000, 60, 5000);
  const last = Math.min(session.ticks, other.ticks);
  assert.ok(last > 190, `${last}`);
  other.goTo(last);
  session.goTo(last);
  assert.deepEqual(session.history.record().actions.slice(0, actions.length), actions);
  assert.deepEqual(seen(session), seen(other));
});

test("a fork in which nothing is done otherwise is the same game", async () => {
  for (const kind of ["scripted", "random"]) {
    const session = await pong({ minds: [(await pong()).seats[0].mind, { kind }] });
    const now = await run(session, 8000);
    const { hash, ticks } = session;
    const { actions } = session.history.record();
    session.goTo(97);
    session.playOn();
    assert.deepEqual([session.past, session.paused, session.history.ticks], [false, false, 97]);
    await run(session, 8000, 60, now);
    session.goTo(ticks);
    assert.equal(session.hash, hash, kind);
    assert.deepEqual(session.history.record().actions.slice(0, actions.length), actions);
    assert.equal(session.branches.list.length, 1);
  }
});

test("a policy that remembers goes on from a tick with what it remembered then", async () => {
  const env = await openBuilt("pong", { params: { points: 1 } });
  const policy = await countingPolicy(env);
  const session = new Session(env, { minds: [{ kind: "policy", policy }, { kind: "scripted" }] });
  let now = await run(session, 20_000);
  assert.ok(session.seats[0].episodes >= 1);
  const { ticks, hash } = session;
  const values = session.history.values.slice(0, ticks);
  for (const tick of [333, 97, 5]) {
    session.goTo(tick);
    session.goTo(tick + 1); // before the memories of the first are there
    session.goTo(tick);
    now = await run(session, 100, 60, now);
    for (let i = 0; i < 200 && session.minds.value[0] !== values[2 * tick]; i++) {
      await new Promise((resolve) => setTimeout(resolve, 25));
    }
    assert.equal(session.minds.value[0], values[2 * tick], `at ${tick}`);
    session.playOn();
    now = await run(session, ((ticks - tick) * 1000) / 30 + 200, 60, now);
    session.goTo(ticks);
    assert.equal(session.hash, hash, `from ${tick}`);
    assert.deepEqual(session.history.values.slice(0, ticks), values);
  }
});

test("a key pressed in the past takes the seat there, and what was is kept as a branch", async () => {
  const session = await pong();
  let now = await run(session, 4000);
  const { hash } = session;
  session.goTo(60);
  session.press(0, 0, UP);
  assert.deepEqual(
    [session.past, session.paused, session.seats[0].driver],
    [false, false, "person"],
  );
  assert.equal(session.branches.name, "you as Right");
  now = await run(session, 1000, 60, now);
  session.releaseAll();
  assert.ok(session.ticks >= 89 && session.ticks <= 91, `${session.ticks}`);
  const drivers = [59, 60, 61].map((tick) => session.history.driverAt(0, tick));
  assert.deepEqual(drivers, ["policy:best", "person", "person"]);
  const fork = session.hash;

  const [first] = session.branches.list;
  assert.deepEqual([first.name, first.tail.from, first.tail.to], ["as first played", 60, 120]);
  session.choose(first);
  assert.deepEqual([session.ticks, session.history.ticks, session.paused], [60, 120, true]);
  session.goTo(120);
  assert.equal(session.hash, hash);
  assert.equal(session.history.driverAt(0, 60), "policy:best");

  const [second] = session.branches.list;
  assert.equal(second.name, "you as Right");
  session.choose(second);
  session.goTo(1e9);
  assert.equal(session.hash, fork);
  await run(session, 500, 60, now); // paused
  assert.equal(session.hash, fork);
});

test("branches of branches are all found again", async () => {
  const session = await pong();
  let now = 0;
  const ends = new Map();
  for (const [from, ms] of [
    [0, 4000],
    [80, 3000],
    [120, 2000],
    [40, 1000],
    [30, 2000],
  ]) {
    session.goTo(from);
    session.toggle(from % 3 ? 1 : 0); // so that each is another game
    session.stop("user", false);
    session.press(0, 0, from % 20 ? UP : DOWN);
    session.branches.name = `from ${from}`;
    now = await run(session, ms, 60, now);
    ends.set(session.branches.name, [session.history.ticks, session.hash]);
    session.releaseAll();
  }
  for (let round = 0; round < 3; round++) {
    for (const [name, [ticks, hash]] of ends) {
      const branch = session.branches.list.find((b) => b.name === name);
      if (branch) session.choose(branch);
      assert.equal(session.branches.name, name);
      session.goTo(1e9);
      assert.deepEqual([session.ticks, session.hash], [ticks, hash], name);
      assert.equal(session.branches.list.length, 4);
    }
  }
  session.restart();
  assert.deepEqual([session.branches.list, session.history.ticks], [[], 0]);
});

test("a turn-based game is watched without waiting for anybody, and played on from any move", async () => {
  const env = await openBuilt("connect4");
  const session = new Session(env, { minds: [{ kind: "scripted" }], seed: 3 });
  let now = await run(session, 200);
  session.press(-1, 0, 3, false);
  now = await run(session, 1500, 60, now);
  assert.equal(session.waitsForPerson, true);
  session.press(-1, 0, 3, false);
  now = await run(session, 1500, 60, now);
  assert.deepEqual([session.ticks, session.waitsForPerson], [4, true]);
  const { hash } = session;
  session.goTo(0);
  assert.equal(session.waitsForPerson, false);
  session.stop("user", false);
  now = await run(session, 1000, 60, now);
  assert.ok(session.ticks >= 1 && session.ticks <= 2, `${session.ticks}`);
  await run(session, 3000, 60, now);
  assert.equal(session.past, false);
  session.goTo(4);
  assert.equal(session.hash, hash);
  session.goTo(2);
  session.press(-1, 0, 0, false);
  assert.deepEqual([session.history.ticks, session.branches.name], [2, "you as First"]);
});

test("parameters changed in the past change the game from there on", async () => {
  const session = await pong();
  await run(session, 4000);
  const { hash } = session;
  session.goTo(50);
  session.setParams({ paddle_speed: 2 });
  assert.deepEqual([session.history.ticks, session.env.params.paddle_speed], [50, 2]);
  await run(session, 3000, 60, 5000);
  session.choose(session.branches.list[0]);
  assert.equal(session.env.params.paddle_speed, 8);
  session.goTo(120);
  assert.equal(session.hash, hash);
});
