import assert from "node:assert/strict";
import { test } from "node:test";
import { padChoices } from "../../web/static/js/gamepad.js";
import { Hands } from "../../web/static/js/hands.js";
import { bindings, padKeys, wayOf } from "../../web/static/js/keys.js";
import { invitation, seatNames, seatOrder } from "../../web/static/js/names.js";
import { Session } from "../../web/static/js/session.js";
import { openBuilt } from "./help.js";

const [DRIVE, TURN, GUN, FIRE] = [0, 1, 2, 3]; // the heads of tanks
const env = await openBuilt("tanks", { seed: 3 });
const pong = (await openBuilt("pong")).spec;
const connect4 = (await openBuilt("connect4")).spec;

/** Hands on four heads, and what they do in a tick; the pointer decides the gun, and fires pressed. */
function fourHeads() {
  const hands = new Hands(4, false, [[0], [0], [0], [0]]);
  const actions = new Int32Array(4);
  const seen = [];
  const next = () => {
    hands.take(actions, 0, (pointer) => {
      seen.push(pointer);
      return { heads: pointer.down ? 0b1100 : 0b0100, action: [9, 9, 2, 3] };
    });
    return [...actions];
  };
  return { hands, next, seen };
}

test("a pointer decides its heads each tick, and keys the others", () => {
  const { hands, next, seen } = fourHeads();
  assert.deepEqual(next(), [0, 0, 0, 0]);
  assert.equal(seen.length, 0); // nothing points
  hands.point({ x: 10, y: 20, down: false });
  hands.press(DRIVE, 1);
  assert.deepEqual(next(), [1, 0, 2, 0]);
  assert.deepEqual(next(), [1, 0, 2, 0]); // it goes on to aim where it was
  hands.release(DRIVE, 1);
  assert.equal(hands.holding, false);
  hands.point({ x: 30, y: 40, down: true });
  assert.equal(hands.holding, true);
  assert.deepEqual(next(), [0, 0, 2, 3]);
  assert.deepEqual(seen.at(-1), { x: 30, y: 40, down: true });
});

test("a click between two ticks is not missed, and is over after one", () => {
  const { hands, next } = fourHeads();
  hands.point({ x: 1, y: 1, down: true });
  hands.point({ x: 1, y: 1, down: false });
  assert.deepEqual(next(), [0, 0, 2, 3]);
  assert.deepEqual(next(), [0, 0, 2, 0]);
});

test("a key of what the pointer decides puts it aside until it moves again", () => {
  const { hands, next } = fourHeads();
  hands.point({ x: 1, y: 1, down: false });
  next();
  hands.press(FIRE, 1); // the pointer does not fire: it goes on to aim
  assert.deepEqual(next(), [0, 0, 2, 1]);
  hands.press(GUN, 1);
  assert.deepEqual(next(), [0, 0, 1, 1]);
  hands.release(GUN, 1);
  hands.release(FIRE, 1);
  assert.deepEqual(next(), [0, 0, 0, 0]);
  hands.point({ x: 2, y: 1, down: false });
  assert.deepEqual(next(), [0, 0, 2, 0]);
  hands.drop();
  assert.deepEqual(next(), [0, 0, 0, 0]);
});

test("the environment says what a pointer does to a seat", () => {
  assert.deepEqual(env.spec.aims, [GUN, FIRE]);
  assert.deepEqual(pong.aims, []);
  const [own] = Array.from({ length: 1 }, () => new Float32Array(4 * env.obsSize));
  env.places(env.state, 0, own);
  const [x, y] = [own[0] + own[2] / 2, own[1] + own[3] / 2];
  assert.equal(env.aim(0, { x, y, down: true }).heads, 0); // on the tank itself
  const ways = [0, 90, 180, 270].map((angle) => {
    const [dx, dy] = [Math.cos((angle * Math.PI) / 180), Math.sin((angle * Math.PI) / 180)];
    const { heads, action } = env.aim(0, { x: x + 200 * dx, y: y + 200 * dy, down: false });
    assert.equal(heads, 1 << GUN);
    return action[GUN];
  });
  assert.ok(new Set(ways).size >= 2 && ways.every((way) => way >= 0 && way < 5));
});

test("pressing takes the seat in focus, hovering does not, and aims once it is taken", async () => {
  const session = new Session(await openBuilt("tanks", { seed: 3 }), {
    minds: [{ kind: "scripted", level: 0 }],
  });
  assert.equal(session.aim({ x: 0, y: 0, down: false }), false);
  assert.equal(session.seats[0].person, false);
  session.setFocus(1);
  assert.equal(session.aim({ x: 5, y: 5, down: true }), true);
  assert.deepEqual([session.seats[0].person, session.seats[1].person], [false, true]);
  session.seats[1].idle = 900;
  assert.equal(session.aim({ x: 6, y: 5, down: false }), true);
  assert.equal(session.seats[1].idle, 0);
});

test("what is played on the scene has no button on the touch pad, and arrows make a cross", () => {
  assert.deepEqual(
    padKeys(env.spec).map((key) => [key.head, wayOf(key)]),
    [
      [DRIVE, "up"],
      [DRIVE, "down"],
      [TURN, "left"],
      [TURN, "right"],
    ],
  );
  assert.deepEqual(padKeys(connect4), []);
  assert.deepEqual(padKeys(pong).map(wayOf), ["up", "down"]);
});

test("a gamepad's cross is the arrow keys of every head, its buttons the other keys", () => {
  const choices = padChoices(env.spec).map(({ way, button, head, choice }) => [
    way || button,
    head,
    choice,
  ]);
  assert.deepEqual(choices, [
    ["up", DRIVE, 1],
    ["down", DRIVE, 2],
    ["left", TURN, 1],
    ["right", TURN, 2],
    [4, GUN, 1],
    [5, GUN, 2],
    [0, FIRE, 1],
    [1, FIRE, 2],
    [2, FIRE, 3],
  ]);
});

test("seats that have no side of their own have numbers, and share the keys", () => {
  assert.deepEqual(seatNames(env.spec, 2), ["Seat 1", "Seat 2"]);
  assert.deepEqual(seatOrder(env.spec, 2), [0, 1]);
  for (const { seat } of bindings(env.spec).values()) assert.equal(seat, -1);
});

test("how to begin names the keys that drive, and the pointer", () => {
  assert.equal(invitation(env.spec, 0, false), "press an arrow key to play, aim with the mouse");
  assert.equal(invitation(env.spec, 0, true), "touch to aim, buttons drive");
});
