// Two lines of a game beside each other.
import assert from "node:assert/strict";
import { test } from "node:test";
import { Branches } from "../../web/static/js/branches.js";
import { bytesOf } from "../../web/static/js/history.js";
import { Follower, firstDifferences, Line, returnsUpTo } from "../../web/static/js/lines.js";
import { actionWords } from "../../web/static/js/names.js";
import { Session } from "../../web/static/js/session.js";
import { openBuilt, run, steadyPolicy } from "./help.js";

/** A game of pong of about `ms` at eight times the speed, paused. */
async function game(ms = 5000) {
  const env = await openBuilt("pong");
  const policy = await steadyPolicy(env, [0, 0.5, 0]);
  const session = new Session(env, {
    seed: 7,
    minds: [{ kind: "policy", policy }, { kind: "scripted" }],
  });
  session.setSpeed(8);
  const now = await run(session, ms);
  session.stop("user");
  return { session, now };
}

/** Plays on from a tick, one seat by a person who holds a choice. */
async function fork(session, tick, choice, now, ms = 3000) {
  session.goTo(tick);
  session.press(0, 0, choice);
  now = await run(session, ms, 60, now);
  session.releaseAll();
  session.handBack(0);
  session.stop("user");
  return now;
}

const lineTo = (session, branch) => new Line(session.history, session.branches.wayTo(branch));

/** Hashes of every tick of the line that is played. */
function states(session) {
  const all = [];
  for (let tick = 0; tick <= session.history.ticks; tick++) {
    session.goTo(tick);
    all.push(session.hash);
  }
  return all;
}

test("the other line is followed tick by tick, both ways, through branches of branches", async () => {
  const { session, now } = await game();
  const first = states(session);
  const then = await fork(session, 300, 2, now);
  const second = states(session);
  await fork(session, 420, 1, then);
  const [one, two] = session.branches.list; // from 300 as first played, from 420 the second
  assert.deepEqual([one.tail.from, two.tail.from], [300, 420]);
  for (const [branch, want] of [
    [one, first],
    [two, second],
  ]) {
    const line = lineTo(session, branch);
    session.goTo(line.from);
    const env = await openBuilt("pong");
    const follower = new Follower(env, session, line);
    assert.deepEqual([line.from, line.to], [branch.tail.from, want.length - 1]);
    const ticks = [line.from, line.from + 1, line.from + 50, line.to - 1, line.from + 3, line.to];
    for (const tick of ticks) {
      session.goTo(tick);
      follower.follow();
      const at = Math.min(tick, session.ticks);
      assert.equal(env.hash().toString(16).padStart(16, "0"), want[at], `tick ${at}`);
      assert.equal(follower.tick, at);
    }
  }
  session.choose(one); // the second now left it at 300, and the third the second at 420
  const third = session.branches.list.find(({ tail }) => tail.from === 420);
  const line = lineTo(session, third);
  assert.deepEqual([line.from, session.branches.wayTo(third).length], [300, 2]);
  session.goTo(300);
  const env = await openBuilt("pong");
  const follower = new Follower(env, session, line);
  for (const tick of [301, 419, 420]) {
    session.goTo(tick);
    follower.follow();
    assert.equal(env.hash().toString(16).padStart(16, "0"), second[tick]);
  }
  assert.equal(line.driven(0, 310), true);
  assert.equal(line.driven(1, 310), false);
});

test("where a line is shorter it stops at its end", async () => {
  const { session, now } = await game(3000);
  const end = session.history.ticks;
  await fork(session, 200, 2, now, 6000);
  const line = lineTo(session, session.branches.list[0]);
  session.goTo(200);
  const follower = new Follower(await openBuilt("pong"), session, line);
  session.goTo(session.history.ticks);
  follower.follow();
  assert.deepEqual([follower.tick, follower.ended, follower.phase], [end, true, 1]);
});

test("the first difference is that of the seat that did something else", async () => {
  const { session, now } = await game();
  await fork(session, 300, 2, now);
  const line = lineTo(session, session.branches.list[0]);
  const [first, ...others] = firstDifferences(session.history, line);
  assert.equal(first.seat, 0);
  const played = (tick) => session.history.actions.data[2 * tick];
  const kept = (tick) => line.tick(tick).actions[2 * line.tick(tick).at];
  let tick = 300;
  while (played(tick) === kept(tick)) tick++;
  assert.deepEqual([first.tick, first.here, first.there], [tick, [played(tick)], [kept(tick)]]);
  assert.ok(first.tick < 310);
  for (const other of others) assert.ok(other.tick >= first.tick);
  assert.equal(actionWords(session.spec, false, first.here), "down");
});

test("a fork in which nobody does anything else differs nowhere", async () => {
  const { session, now } = await game(4000);
  session.goTo(200);
  session.playOn();
  await run(session, 2000, 60, now);
  const line = lineTo(session, session.branches.list[0]);
  assert.deepEqual(firstDifferences(session.history, line), []);
  const ticks = Math.min(session.history.ticks, line.to);
  const sums = returnsUpTo(session.history, line, 0, ticks);
  assert.equal(sums.here, sums.there);
});

test("returns are those of each line since they parted", async () => {
  const { session, now } = await game(8000);
  await fork(session, 250, 2, now, 8000);
  const line = lineTo(session, session.branches.list[0]);
  const { history } = session;
  const tick = Math.min(history.ticks, line.to);
  const { here, there } = returnsUpTo(history, line, 1, tick);
  let sum = 0;
  for (let t = 250; t < tick; t++) sum += history.rewards.data[2 * t + 1];
  assert.equal(here, sum);
  session.choose(session.branches.list[0]);
  sum = 0;
  for (let t = 250; t < tick; t++) sum += session.history.rewards.data[2 * t + 1];
  assert.equal(there, sum);
  assert.notEqual(here, there);
});

test("parameters that were changed after the parting hold on their own line only", async () => {
  const { session, now } = await game(3000);
  session.goTo(100);
  session.setParams({ paddle_speed: 3, serve_speed: 11 });
  await run(session, 2000, 60, now);
  session.stop("user");
  const [branch] = session.branches.list;
  const line = lineTo(session, branch);
  session.goTo(line.from);
  const env = await openBuilt("pong");
  const follower = new Follower(env, session, line);
  session.goTo(300);
  follower.follow();
  const [seen, here] = [env.hash(), session.env.hash()];
  session.choose(branch);
  session.goTo(300);
  assert.equal(session.env.hash(), seen);
  assert.notEqual(here, seen);
  const back = lineTo(session, session.branches.list[0]);
  session.goTo(back.from);
  const other = new Follower(await openBuilt("pong"), session, back);
  session.goTo(300);
  other.follow();
  assert.deepEqual(back.changeAt(100).paddle_speed, 3);
  session.choose(session.branches.list[0]);
  session.goTo(300);
  assert.deepEqual(other.now, session.now);
});

test("branches take so much memory and no more: the oldest that nothing hangs on goes", async () => {
  const { session } = await game(4000);
  const { history } = session;
  const one = { ...history.cut(10), frames: [] };
  const size = bytesOf(one);
  assert.ok(size > 2000);
  history.graft(one);
  const branches = new Branches("zero", 3.5 * size);
  const fork = (tick) => {
    branches.fork(history, tick, `from ${tick}`);
    history.graft({ ...one, from: tick, to: tick + one.to - one.from, drivers: [[], []] });
  };
  for (const tick of [10, 20, 30]) fork(tick);
  const names = () => branches.list.map(({ name }) => name);
  assert.deepEqual([names(), branches.dropped], [["zero", "from 10", "from 20"], 0]);
  for (const tick of [40, 50, 60]) fork(tick);
  assert.equal(branches.dropped, 3);
  assert.ok(branches.list.reduce((sum, { tail }) => sum + bytesOf(tail), 0) <= 3.5 * size);
  assert.deepEqual(names(), ["from 30", "from 40", "from 50"]);
  const tiny = new Branches("all", 1);
  tiny.fork(history, 5, "next");
  assert.deepEqual([tiny.list.length, tiny.dropped], [1, 0]); // the one just made is kept
});

test("an action in words", () => {
  const heads = [
    { name: "steer", n: 1, choices: ["left", "right"] },
    { name: "gas", n: 1, choices: ["brake", "go"] },
  ];
  const spec = { interface: { action: { heads } } };
  assert.equal(actionWords(spec, true, [-0.254, 1]), "steer −0.25 and gas 1.00");
  assert.equal(actionWords(spec, false, [1, 0]), "right and brake");
});
