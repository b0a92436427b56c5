import assert from "node:assert/strict";
import { test } from "node:test";
import { Clock } from "../../web/static/js/clock.js";
import { Hands } from "../../web/static/js/hands.js";
import { bindings, idleChoices, keyLabel, keysOf, swipeChoices } from "../../web/static/js/keys.js";
import {
  actionWord,
  invitation,
  outcome,
  policyLabel,
  reassurance,
  seatNames,
  seatOrder,
} from "../../web/static/js/names.js";
import { openBuilt } from "./help.js";

const specs = Object.fromEntries(
  await Promise.all(
    ["squared", "pong", "snake", "connect4"].map(async (n) => [n, (await openBuilt(n)).spec]),
  ),
);

test("each side of a shared keyboard has its own keys, one seat or many share all", () => {
  assert.deepEqual(bindings(specs.pong).get("ArrowUp"), { seat: 0, head: 0, choice: 1 });
  assert.deepEqual(bindings(specs.pong).get("KeyS"), { seat: 1, head: 0, choice: 2 });
  for (const name of ["squared", "snake", "connect4"]) {
    for (const { seat } of bindings(specs[name]).values()) assert.equal(seat, -1);
  }
  assert.deepEqual(bindings(specs.snake).get("KeyD"), bindings(specs.snake).get("ArrowRight"));
  assert.deepEqual(
    keysOf(specs.pong, 1).map(({ name, codes }) => [name, ...codes]),
    [
      ["up", "KeyW"],
      ["down", "KeyS"],
    ],
  );
  assert.equal(keysOf(specs.connect4, 0).length, 7);
  assert.deepEqual(keysOf(specs.squared, 0)[0].codes, ["ArrowUp", "KeyW"]);
});

test("no key held means the choice that has none", () => {
  assert.deepEqual(idleChoices(specs.pong), [[0]]);
  assert.deepEqual(idleChoices(specs.connect4), [[0, 1, 2, 3, 4, 5, 6]]);
  const moved = {
    ...specs.pong,
    keys: [
      [
        ["A", ""],
        ["", ""],
        ["B", ""],
      ],
    ],
  };
  assert.deepEqual(idleChoices(moved), [[1]]);
});

test("swipes are for choices that go four ways, where the scene is not clicked", () => {
  assert.deepEqual(swipeChoices(specs.snake), { up: 1, down: 3, left: 4, right: 2 });
  assert.equal(swipeChoices(specs.pong), null);
  assert.equal(swipeChoices(specs.connect4), null);
  const clicked = { ...specs.snake, has: { ...specs.snake.has, point: true } };
  assert.equal(swipeChoices(clicked), null);
});

test("how to begin is said in the game's own keys", () => {
  assert.equal(invitation(specs.pong, 0, false), "press ↑ or ↓ to play");
  assert.equal(invitation(specs.pong, 1, false), "press W or S to play");
  assert.equal(invitation(specs.snake, 0, false), "press an arrow key to play");
  const { interface: own, keys } = specs.squared;
  const [{ choices }] = own.action.heads;
  const parted = {
    ...specs.squared,
    interface: {
      ...own,
      action: {
        ...own.action,
        heads: [
          { name: "up", n: 2, choices },
          { name: "side", n: 3, choices },
        ],
      },
    },
    keys: [keys[0].slice(0, 2), [keys[0][0], keys[0][3], keys[0][4]]],
  };
  assert.equal(invitation(parted, 0, false), "press an arrow key to play");
  assert.equal(invitation(specs.connect4, 0, false), "click a column to play");
  assert.equal(invitation(specs.connect4, 0, true), "touch a column to play");
  assert.equal(invitation(specs.pong, 0, true), "touch a button to play");
  assert.equal(invitation(specs.snake, 0, true), "swipe to play");
  assert.equal(invitation(specs.pong, 0, false, true), "click, then press ↑ or ↓ to play");
  assert.equal(invitation(specs.connect4, 0, false, true), "click a column to play");
  assert.deepEqual(["ArrowLeft", "KeyQ", "Digit3", "Space"].map(keyLabel), [
    "←",
    "Q",
    "3",
    "Space",
  ]);
});

test("how a game ended is said to whom it concerns", () => {
  const seat = (spec, index, metrics) => {
    const measured = spec.metrics.map((name) => metrics[name] ?? 0);
    return { index, measured };
  };
  const { pong, snake } = specs;
  const [won, drew, lost] = [{ won: 1 }, { drawn: 1 }, {}].map((m, i) => seat(pong, i % 2, m));
  const said = (spec, ...ended) => outcome(spec, ended, ["Right", "Left"]);
  assert.deepEqual(
    [won, drew, lost].map((one) => said(pong, one)),
    ["You won", "You drew", "You lost"],
  );
  assert.equal(said(pong, lost, drew), "Right lost, Left drew");
  assert.equal(said(snake, seat(snake, 0, { score: 12.25 })), "You scored 12.3");
  assert.equal(said(pong), "");
  assert.match(reassurance(true), /Keep to stay$/);
  assert.match(reassurance(false), /press T to stay$/);
});

test("seats have names, and the left one stands left", () => {
  assert.deepEqual(seatNames(specs.pong, 2), ["Right", "Left"]);
  assert.deepEqual(seatOrder(specs.pong, 2), [1, 0]);
  assert.deepEqual(seatNames(specs.connect4, 2), ["First", "Second"]);
  assert.deepEqual(seatOrder(specs.connect4, 2), [0, 1]);
  assert.equal(seatNames(specs.snake, 16)[15], "Seat 16");
});

test("hands: the last key held counts, quick presses wait their turn", () => {
  const hands = new Hands(1, false, [[0]]);
  const actions = new Int32Array(3);
  const next = () => {
    hands.take(actions, 1);
    return actions[1];
  };
  hands.press(0, 1);
  hands.press(0, 2);
  assert.deepEqual([next(), next(), next()], [1, 2, 2]);
  hands.release(0, 2);
  assert.deepEqual([next(), next()], [1, 1]);
  for (const choice of [3, 4, 2]) hands.tap(0, choice); // two are kept
  assert.deepEqual([next(), next(), next()], [3, 4, 1]);
  hands.drop();
  assert.deepEqual([next(), hands.holding, hands.pressed], [0, false, false]);
});

test("hands: where every choice has a key, they are made in turn while none is held", () => {
  const hands = new Hands(1, false, [[0, 1]]);
  const actions = new Int32Array(1);
  const next = () => {
    hands.take(actions, 0);
    return actions[0];
  };
  const rest = [next(), next(), next(), next()];
  assert.deepEqual(rest, [0, 1, 0, 1]);
  hands.press(0, 1);
  assert.deepEqual([next(), next(), next()], [1, 1, 1]);
  hands.release(0, 1);
  assert.equal(next() + next(), 1);
});

test("hands: on a stick, keys pull to the ends", () => {
  const hands = new Hands(2, true, [[0], [0]]);
  const actions = new Float32Array(2);
  hands.press(0, 0);
  hands.press(1, 1);
  hands.take(actions, 0);
  assert.deepEqual([...actions], [-1, 1]);
  hands.drop();
  hands.take(actions, 0);
  assert.deepEqual([...actions], [0, 0]);
});

test("the clock shows how far a tick has got, and glides to its end when paused", () => {
  const clock = new Clock(10);
  clock.advance(1000, true);
  clock.advance(1025, true);
  assert.deepEqual([clock.phase, clock.due], [0.25, false]);
  clock.advance(1050, false);
  assert.equal(clock.phase, 0.5);
  clock.advance(5000, false);
  assert.equal(clock.phase, 1);
  clock.advance(5010, true);
  assert.equal(clock.due, true);
  clock.take();
  assert.ok(clock.phase < 0.11);
});

test("a policy is listed with its rating, where it has one", () => {
  assert.equal(policyLabel({ name: "best", rating: "1523" }), "best 1523");
  assert.equal(policyLabel({ name: "best", rating: "" }), "best");
});

test("an action is told by its choice, with its head where that says nothing alone", () => {
  assert.equal(actionWord(specs.pong, [2]), "down");
  assert.equal(actionWord(specs.connect4, Uint8Array.of(3)), "column 4");
  const heads = [
    { name: "drive", n: 2, choices: ["back", "ahead"] },
    { name: "fire", n: 2, choices: ["no", "yes"] },
  ];
  const discrete = { interface: { action: { type: "discrete", heads } } };
  assert.equal(actionWord(discrete, [1, 0]), "drive ahead, fire no");
  const continuous = { interface: { action: { type: "continuous", heads } } };
  assert.equal(actionWord(continuous, Float32Array.of(0.5, -1)), "drive +0.50, fire −1.00");
});
