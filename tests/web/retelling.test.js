// A game saved, read and opened again: the same ticks, and a fork of it differs only by what is done.
import assert from "node:assert/strict";
import { test } from "node:test";
import { Cast, lastAgents, replayOf } from "../../web/static/js/cast.js";
import { hashOf } from "../../web/static/js/history.js";
import { decodeReplay, encodeReplay } from "../../web/static/js/replay.js";
import { inTurns, retell } from "../../web/static/js/retelling.js";
import { Session } from "../../web/static/js/session.js";
import { openBuilt, run, steadyPolicy } from "./help.js";

const SHA = "ab".repeat(32);
const cast = () => new Cast((name) => (name === "best" ? SHA : ""));

const specOf = (env, name) => ({ ...env.spec, name, dynamics_version: "0123" });

/** A game with people, policies that draw, scripts and changed parameters in it. */
async function played(name, ms, minds) {
  const env = await openBuilt(name);
  const session = new Session(env, { seed: 7, minds: await minds(env) });
  session.setSpeed(8);
  let now = await run(session, ms / 3);
  if (name === "pong") session.setParams({ serve_speed: 9, paddle_speed: 5 });
  session.press(-1, 0, 1);
  now = await run(session, ms / 3, 60, now);
  session.releaseAll();
  if (session.seats[0].person) session.handBack(0);
  now = await run(session, ms / 3, 60, now);
  session.stop("user");
  return { env, session, now };
}

const duel = async (env) => [
  { kind: "policy", policy: await steadyPolicy(env, [0, 0.5, 0]) },
  { kind: "scripted" },
];

/** The file of a game, opened in a session of its own. */
async function opened(name, file, minds, tick = 0, names = cast()) {
  const replay = await decodeReplay(file);
  const draws = (driver) => driver === "policy:best";
  const enter = (driver) => names.enter(driver);
  const retold = await inTurns(retell(await openBuilt(name), replay, { enter, draws }), () => true);
  const env = await openBuilt(name);
  const session = new Session(env, { seed: 1, minds: await minds(env) });
  const { seed } = replay;
  const former = session.open({ seed, params: env.params, tick, tail: retold.tail });
  return { env, session, retold, replay, former };
}

for (const [name, ms, minds] of [
  ["pong", 6000, duel],
  [
    "snake",
    6000,
    async (env) => [{ kind: "policy", policy: await steadyPolicy(env, [0, 1, 0, 0, 1]) }],
  ],
  ["connect4", 4000, async () => [{ kind: "scripted" }, { kind: "random" }]],
]) {
  test(`${name}: what is saved is opened as it was, tick by tick`, async () => {
    const { env, session } = await played(name, ms, minds);
    const file = await encodeReplay(
      replayOf(session.history.record(), specOf(env, name), cast(), env.rows),
    );
    const again = await opened(name, file, minds, 3);
    assert.deepEqual([again.retold.agreed, again.retold.differs], [session.history.ticks, -1]);
    assert.deepEqual([again.session.ticks, again.session.paused], [3, true]);
    const { history } = session;
    assert.ok(history.ticks > 5);
    for (const of of ["actions", "rewards", "draws", "flags"]) {
      const [a, b] = [history, again.session.history].map((h) => h[of].slice(0, history.ticks));
      const seen = of === "flags" ? [a, b].map((f) => f.map((flag) => flag & ~24)) : [a, b];
      assert.deepEqual(seen[1], seen[0], of);
    }
    assert.deepEqual(again.session.history.drivers, history.drivers);
    for (const tick of [0, 1, history.ticks >> 1, history.ticks]) {
      session.goTo(tick);
      again.session.goTo(tick);
      assert.equal(again.session.hash, session.hash, tick);
      const counts = (s) => s.seats.map((seat) => [seat.score, seat.episodes, seat.total]);
      assert.deepEqual(counts(again.session), counts(session));
    }
    assert.deepEqual(again.session.history.record(), history.record());
    const twice = replayOf(again.session.history.record(), specOf(env, name), cast(), env.rows);
    assert.deepEqual(await encodeReplay(twice), file);
  });
}

test("a fork of an opened game in which nobody does anything else is the same game", async () => {
  const env = await openBuilt("pong");
  const session = new Session(env, { seed: 7, minds: await duel(env) });
  session.setSpeed(8);
  await run(session, 6000);
  session.stop("user");
  const { ticks } = session.history;
  const end = session.history.record().hashes.at(-1);
  const file = await encodeReplay(
    replayOf(session.history.record(), specOf(env, "pong"), cast(), 2),
  );
  for (const [press, same] of [
    [false, true],
    [true, false],
  ]) {
    const { session: again } = await opened("pong", file, duel, ticks >> 1);
    const past = again.history.actions.slice(0, ticks);
    again.playOn();
    again.setSpeed(8);
    if (press) again.press(0, 0, 2);
    await run(again, 4000);
    assert.ok(again.history.ticks > ticks);
    again.goTo(ticks);
    assert.equal(hashOf(again.env) === end.hash, same);
    const now = again.history.actions.slice(0, ticks);
    const first = now.findIndex((action, i) => action !== past[i]);
    if (press) assert.ok(first >= 2 * (ticks >> 1) && first % 2 === 0, "the pressed seat's action");
    else assert.equal(first, -1);
  }
});

test("it pauses where the recording ends, and plays on when told to", async () => {
  const { env, session } = await played("pong", 3000, duel);
  const file = await encodeReplay(
    replayOf(session.history.record(), specOf(env, "pong"), cast(), 2),
  );
  const { session: again, replay } = await opened("pong", file, duel, 10);
  again.halts = true;
  again.setSpeed(16);
  again.stop("user", false);
  const now = await run(again, 5000);
  assert.deepEqual([again.ticks, again.paused, again.past], [replay.ticks, true, false]);
  assert.equal(again.hash, replay.hashes.at(-1).hash);
  again.stop("user", false);
  await run(again, 1000, 60, now);
  assert.ok(again.ticks > replay.ticks);
});

test("the game that was played is opened again as it was left", async () => {
  const { env, session } = await played("pong", 3000, duel);
  const file = await encodeReplay(
    replayOf(session.history.record(), specOf(env, "pong"), cast(), 2),
  );
  const mine = await played("pong", 2000, duel);
  mine.session.goTo(40);
  mine.session.playOn();
  mine.session.goTo(20);
  const before = [mine.session.hash, mine.session.history.record(), mine.session.branches.list];
  const { tail } = await inTurns(
    retell(await openBuilt("pong"), await decodeReplay(file), {
      enter: (driver) => driver.kind,
      draws: () => false,
    }),
    () => true,
  );
  const former = mine.session.open({ seed: 7, params: mine.session.history.params, tick: 5, tail });
  assert.equal(mine.session.branches.list.length, 0);
  const replay = mine.session.open(former);
  assert.equal(mine.session.ticks, 20);
  const after = [mine.session.hash, mine.session.history.record(), mine.session.branches.list];
  assert.deepEqual(after, before);
  mine.session.open(replay);
  assert.equal(
    mine.session.history.record().hashes.at(-1).hash,
    session.history.record().hashes.at(-1).hash,
  );
});

test("from the first hash that differs it is marked, and said up to where they agree", async () => {
  const { env, session } = await played("pong", 6000, duel);
  session.setSpeed(16);
  session.stop("user", false);
  await run(session, 4000, 60, 1e6);
  const replay = replayOf(session.history.record(), specOf(env, "pong"), cast(), 2);
  assert.ok(replay.hashes.length >= 3);
  replay.hashes[1] = { ...replay.hashes[1], hash: "0".repeat(16) };
  const { session: again, retold } = await opened("pong", await encodeReplay(replay), duel);
  const [{ tick: agreed }, { tick: differs }] = replay.hashes;
  assert.deepEqual([retold.agreed, retold.differs], [agreed, differs]);
  retold.tail.doubt = retold.differs;
  again.open({ seed: 7, params: again.history.params, tick: differs + 20, tail: retold.tail });
  assert.equal(again.history.doubt, differs);
  again.playOn(); // from what was not played, it stays so
  assert.equal(again.history.doubt, differs);
  again.choose(again.branches.list[0]);
  again.goTo(differs - 20);
  again.playOn();
  assert.equal(again.history.doubt, Infinity);
  again.choose(again.branches.list[0]);
  assert.equal(again.history.doubt, differs);
});

test("a replay of other seats is refused, one that is given up leaves nothing", async () => {
  const { env, session } = await played("pong", 1000, duel);
  const replay = replayOf(session.history.record(), specOf(env, "pong"), cast(), 2);
  const role = { enter: (driver) => driver.kind, draws: () => false };
  const snake = await openBuilt("snake");
  assert.throws(() => [...retell(snake, replay, role)], /seats: want 16, got 2/);
  let turns = 0;
  const given = await inTurns(retell(await openBuilt("pong"), replay, role), () => ++turns < 3, 0);
  assert.deepEqual([given, turns], [null, 3]);
});

test("drivers keep their names and files", () => {
  const names = cast();
  const driver = (name, sha256 = "") => ({ kind: "policy", name, sha256 });
  assert.equal(names.enter({ kind: "person" }), "person");
  assert.equal(names.enter(driver("best", SHA)), "policy:best");
  const other = driver("best", "cd".repeat(32));
  assert.equal(names.enter(other), "policy:best (recorded)");
  assert.equal(names.enter(other), "policy:best (recorded)");
  assert.equal(names.enter(driver("best")), "policy:best (recorded 2)");
  assert.deepEqual(names.driver("policy:best (recorded)"), other);
  assert.deepEqual(names.driver("policy:best (recorded 2)"), driver("best"));
  assert.deepEqual(names.driver("policy:best"), driver("best", SHA));
  assert.deepEqual(names.driver("policy:a: b"), driver("a: b"));
  assert.deepEqual(names.driver("scripted"), { kind: "scripted" });
  const smile = "\u{1f600}".repeat(101);
  assert.equal(names.driver(`policy:${smile}`).name, "\u{1f600}".repeat(100));
  assert.equal(names.driver(`policy:x${smile}`).name, `x${"\u{1f600}".repeat(99)}`);
});

test("who is to sit where is the last agent of each seat", () => {
  const best = { kind: "policy", name: "best" };
  const drivers = [
    { tick: 0, seat: 0, driver: best },
    { tick: 0, seat: 1, driver: { kind: "person" } },
    { tick: 9, seat: 0, driver: { kind: "person" } },
    { tick: 5, seat: 2, driver: { kind: "scripted" } },
    { tick: 9, seat: 2, driver: { kind: "random" } },
  ];
  assert.deepEqual(lastAgents({ drivers, seats: 3 }), [best, null, { kind: "random" }]);
});
