import assert from "node:assert/strict";
import { test } from "node:test";
import { pushed } from "../../web/static/js/gamepad.js";
import { Hands, handsOn } from "../../web/static/js/hands.js";
import { heldHeads, keysOf, leans } from "../../web/static/js/keys.js";
import { invitation } from "../../web/static/js/names.js";
import { Session } from "../../web/static/js/session.js";
import { openBuilt, run } from "./help.js";

const [ACROSS, AHEAD, TURN, CLIMB] = [0, 1, 2, 3];

async function drone(options) {
  return new Session(await openBuilt("drone"), { minds: [{ kind: "scripted" }], ...options });
}

/** What the sticks come to in the game as it stands. */
function steered({ env }, sticks) {
  const before = env.actions.slice();
  env.steer(0, sticks);
  const action = [...env.actions];
  env.actions.set(before);
  return action;
}

test("a person holds the sticks, where there are any, and otherwise the actions", async () => {
  const { spec } = await drone();
  const { spec: pong } = await openBuilt("pong");
  assert.deepEqual(pong.sticks, []);
  assert.equal(heldHeads(pong), pong.interface.action.heads);
  assert.equal(leans(pong), false);
  assert.deepEqual(
    heldHeads(spec).map(({ name }) => name),
    ["sideways", "ahead", "turn", "climb"],
  );
  assert.equal(leans(spec), true);
  const words = keysOf(spec, 0).map(({ head, name, codes }) => `${head} ${name} ${codes[0]}`);
  assert.equal(words[0], "0 left KeyA");
  assert.equal(words.length, 8);
  assert.equal(invitation(spec, 0, false), "press W, A, S, D or an arrow key to play");
  assert.equal(invitation(spec, 0, true), "touch a button to play");
});

test("what is held down goes to the ends, a stick as far as it is pushed", () => {
  const hands = new Hands(2, true, [[0], [0]]);
  const taken = new Float32Array(2);
  const take = () => {
    hands.take(taken, 0);
    return [...taken];
  };
  assert.deepEqual(take(), [0, 0]);
  hands.lean(0, -0.5);
  assert.equal(hands.holding, true);
  assert.deepEqual(take(), [-0.5, 0]);
  hands.press(0, 1);
  hands.press(1, 0);
  assert.deepEqual(take(), [1, -1]); // a key says more than a stick
  hands.release(0, 1);
  hands.release(1, 0);
  assert.deepEqual(take(), [-0.5, 0]);
  hands.lean(0, 0);
  assert.deepEqual([hands.holding, take()], [false, [0, 0]]);
  hands.lean(1, 1);
  hands.drop();
  assert.deepEqual(take(), [0, 0]);
});

test("a gamepad's stick rests about its middle and goes to its ends", () => {
  assert.deepEqual([0, 0.1, -0.12, 1, -1].map(pushed).map(Math.abs), [0, 0, 0, 1, 1]);
  assert.ok(Math.abs(pushed(0.56) - 0.5) < 1e-9);
  assert.ok(Math.abs(pushed(-0.56) + 0.5) < 1e-9);
  assert.equal(pushed(1.01), 1);
});

test("keys and sticks fly by wishes, and the record holds what came of them", async () => {
  const session = await drone({ seed: 5 });
  assert.equal(session.press(-1, AHEAD, 0), 0);
  assert.equal(session.lean(-1, TURN, 0.25), 0);
  assert.equal(session.seats[0].person, true);
  const want = steered(session, [0, -1, 0.25, 0]);
  const { env } = session;
  const step = env.step.bind(env);
  const played = [];
  env.step = () => {
    played.push([...env.actions]);
    step();
  };
  await run(session, 20, 50);
  assert.deepEqual(played, [want]);
  assert.ok(want.every((value) => Math.abs(value) <= 1));
  await run(session, 2000, 50, 20);
  const { hash, ticks } = session;
  assert.ok(ticks > 90);
  session.goTo(0);
  session.goTo(ticks);
  assert.equal(session.hash, hash); // from the actions alone
});

test("a stick that is let go leaves the seat alone until it is pushed", async () => {
  const session = await drone();
  assert.equal(session.lean(-1, CLIMB, 0), -1);
  assert.equal(session.seats[0].person, false);
  session.lean(-1, CLIMB, -1);
  await run(session, 4000, 50);
  assert.equal(session.seats[0].person, true); // it is held
  session.lean(0, CLIMB, 0);
  await run(session, 2500, 50, 4000);
  assert.equal(session.seats[0].person, false);
});

test("hands of a seat are as many as its sticks", async () => {
  const { spec } = await drone();
  const taken = new Float32Array(4).fill(9);
  const hands = handsOn(spec);
  hands.press(ACROSS, 1);
  hands.take(taken, 0);
  assert.deepEqual([...taken], [1, 0, 0, 0]);
});
