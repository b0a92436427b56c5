import assert from "node:assert/strict";
import { test } from "node:test";
import { Endings } from "../../web/static/js/endings.js";
import { Session } from "../../web/static/js/session.js";
import { openBuilt, run, steadyPolicy } from "./help.js";

async function connect4() {
  const env = await openBuilt("connect4");
  const policy = await steadyPolicy(env, [0, 0, 0, 0, 0, 0, 0]);
  return new Session(env, { minds: [{ kind: "policy", policy }], seed: 7 });
}

test("agents take their time in a turn-based game", async () => {
  const session = await connect4();
  await run(session, 2400 + 20);
  assert.equal(session.ticks, 4);
});

test("a turn-based game waits for the person and keeps the seat theirs", async () => {
  const session = await connect4();
  assert.equal(session.press(-1, 0, 3, false), 0);
  let now = await run(session, 100);
  assert.equal(session.ticks, 1);
  assert.equal(session.press(-1, 0, 3, false), -1); // the agent's turn: nothing happens
  assert.equal(session.seats[1].driver, "policy");
  now = await run(session, 10_000, 60, now);
  assert.equal(session.ticks, 2);
  assert.equal(session.waitsForPerson, true);
  assert.equal(session.seats[0].driver, "person");
  session.press(-1, 0, 2, false);
  session.press(-1, 0, 4, false); // the last choice counts, and only once
  now = await run(session, 50, 60, now);
  assert.deepEqual([session.ticks, session.env.actions[0]], [3, 4]);
  now = await run(session, 5000, 60, now);
  assert.equal(session.ticks, 4);
  session.toggle(0);
  await run(session, 3000, 60, now);
  assert.equal(session.seats[0].driver, "policy");
  assert.ok(session.ticks >= 8);
});

test("a full column is refused, and the end of a game stays in sight", async () => {
  const session = await connect4();
  session.takeOver(0, true);
  session.takeOver(1, true);
  let now = 0;
  for (let i = 0; i < 6; i++) {
    assert.equal(session.press(-1, 0, 0, false), i % 2);
    now = await run(session, 50, 60, now);
  }
  assert.equal(session.press(-1, 0, 0, false), -1);
  for (const column of [1, 6, 2, 6, 3, 6]) {
    session.press(-1, 0, column, false);
    now = await run(session, 50, 60, now);
  }
  // Seat 0 holds the bottom of columns 1 to 4.
  assert.equal(session.ticks, 11);
  assert.equal(session.lingering, true);
  assert.deepEqual(session.now, session.env.finals);
  assert.notDeepEqual(session.now, session.env.state);
  assert.equal(session.press(-1, 0, 3, false), -1);
  assert.deepEqual([session.seats[0].wins, session.seats[0].score], [1, 1]);
  await run(session, 2000, 60, now);
  assert.equal(session.lingering, false);
  assert.deepEqual(session.now, session.env.state);
});

/** 2048 with these tiles, as powers of two, row by row. */
async function tiles(powers) {
  const env = await openBuilt("g2048");
  const session = new Session(env, { minds: [{ kind: "scripted" }], seed: 7 });
  // State begins with the generator, 8 bytes, and the parameters, of which there are none: 4.
  env.state.set(powers, 12);
  env.show();
  return session;
}

test("an agent alone plays at the environment's rate, and its score runs", async () => {
  const session = await tiles([1, 1, ...new Array(14).fill(0)]);
  await run(session, 4 * session.clock.period + 20);
  assert.equal(session.ticks, 4);
  const [seat] = session.seats;
  assert.equal(seat.score, session.env.score(0));
  assert.ok(Math.abs(seat.points - seat.score / 2048) < 1e-6 && seat.score >= 4);
});

test("the end of a person's game is told once, not that of an agent's, nor of one seen again", async () => {
  const session = await connect4();
  const endings = new Endings(session);
  session.takeOver(0, true);
  session.takeOver(1, true);
  let now = 0;
  const play = async () => {
    for (const column of [0, 6, 1, 6, 2, 6, 3]) {
      assert.equal(endings.next(), "");
      session.press(-1, 0, column, false);
      now = await run(session, 50, 60, now);
    }
  };
  await play();
  assert.equal(endings.next(), "First won, Second lost");
  assert.equal(endings.next(), "");
  session.goTo(6);
  session.stop("user", false);
  now = await run(session, 2000, 60, now);
  assert.deepEqual([session.ticks, session.past, endings.next()], [7, false, ""]);
  now = await run(session, 2000, 60, now);
  session.seats[0].person = session.seats[1].person = false;
  now = await run(session, 60_000, 60, now);
  assert.ok(session.seats[0].episodes > 1);
  assert.equal(endings.next(), "");
});

test("the score of the last move stays in sight as long as the board", async () => {
  // One move is left, and whatever comes up after it, no other.
  const session = await tiles([3, 3, 7, 8, 4, 5, 6, 7, 8, 9, 10, 11, 4, 5, 6, 7]);
  assert.equal(session.press(-1, 0, 0, false), 0); // up changes nothing: only the seat is taken
  const now = await run(session, 2000);
  assert.deepEqual([session.ticks, session.waitsForPerson], [0, true]);
  assert.equal(session.press(-1, 0, 0, false), -1); // and then it is refused
  assert.equal(session.press(-1, 0, 3, false), 0);
  await run(session, 50, 60, now);
  assert.deepEqual([session.ticks, session.lingering], [1, true]);
  assert.deepEqual([session.seats[0].score, session.seats[0].best], [16, 16]);
});
