import assert from "node:assert/strict";
import { test } from "node:test";
import { Asking, MOST, readThoughts, SCRIPT, seatAsked } from "../../web/static/js/asking.js";
import { episodeStart, Follower } from "../../web/static/js/follower.js";
import { alike } from "../../web/static/js/seats.js";
import { Session } from "../../web/static/js/session.js";
import { countingPolicy, openBuilt, run, steadyPolicy } from "./help.js";

const [UP, DOWN] = [1, 2];

/** Pong with a policy that remembers, asked beside another one and the script. */
async function game() {
  const env = await openBuilt("pong", { params: { points: 1 } });
  const counting = await countingPolicy(env, { name: "counting" });
  const shelf = {
    counting,
    flat: await steadyPolicy(env, [0, 0.5, 0], { name: "flat" }),
    down: await steadyPolicy(env, [0, 0, 2], { name: "down" }),
  };
  const minds = ["counting", "flat"].map((name) => ({ kind: "policy", policy: shelf[name] }));
  const session = new Session(env, { minds, seed: 7 });
  const open = async (name) => {
    if (!shelf[name]) throw new Error(`there is no policy ${name}`);
    return shelf[name];
  };
  return { session, asking: new Asking(session, open), counting };
}

/** All that play depends on. */
function standing({ session, counting }) {
  const { ticks, hash, history } = session;
  return [
    ticks,
    hash,
    history.draws.slice(0, ticks),
    history.values.slice(0, ticks),
    [...counting.memory],
  ];
}

test("asking disturbs nothing: state, generator and memories after 200 ticks are the same", async () => {
  const [alone, asked] = [await game(), await game()];
  for (const name of ["counting", "flat", "down", SCRIPT]) asked.asking.add(name);
  let questions = 0;
  const results = [];
  for (const it of [alone, asked]) {
    let now = 0;
    while (it.session.ticks < 200) {
      now = await run(it.session, 1000 / 30, 60, now);
      if (it === alone) continue;
      if (it.session.ticks % 2) await it.asking.ask();
      else it.asking.ask().then(() => questions++); // while ticks are played
      await new Promise((resolve) => setTimeout(resolve, 0));
    }
    results.push(standing(it));
  }
  assert.equal(results[0][0], 200);
  assert.ok(questions > 50);
  assert.deepEqual(results[1], results[0]);
});

test("each says what it would do, how likely, what it expects, and whether it is what is played", async () => {
  const { session, asking } = await game();
  for (const name of ["flat", "down", "lost", SCRIPT]) asking.add(name);
  await run(session, 2000);
  session.stop("user");
  session.setFocus(1);
  const { tick, seat, answers } = await asking.ask();
  assert.deepEqual([tick, seat], [session.ticks, 1]);
  const [flat, down, lost, script] = answers;
  assert.deepEqual([flat.action, down.action], [[UP], [DOWN]]);
  const sum = 2 + Math.exp(2);
  assert.ok(Math.abs(down.chances[0][DOWN] - Math.exp(2) / sum) < 1e-12);
  const { obs, obsSize } = session.env;
  const row = obs.slice(obsSize, 2 * obsSize).reduce((a, b) => a + b, 0);
  assert.ok(Math.abs(flat.value - row) < 1e-5);
  const [played] = session.minds.actions.slice(1, 2);
  assert.deepEqual([flat.same, down.same], [played === UP, played === DOWN]);
  assert.equal(lost.trouble, "there is no policy lost");
  assert.deepEqual([lost.action, lost.same], [[], null]);
  assert.deepEqual([script.chances, script.value], [null, null]);
});

test("the script that is asked is the script that plays", async () => {
  const env = await openBuilt("connect4");
  const session = new Session(env, { minds: [{ kind: "scripted" }], seed: 3 });
  const asking = new Asking(session, async () => assert.fail("no policy is asked"));
  asking.add(SCRIPT);
  let now = 0;
  for (let i = 0; i < 20; i++) {
    const { seat, answers } = await asking.ask();
    assert.equal(seat, env.active.indexOf(1));
    assert.deepEqual(answers[0].action, [session.minds.actions[seat]]);
    assert.equal(answers[0].same, true);
    now = await run(session, 700, 10, now);
  }
  assert.ok(session.ticks >= 15);
});

test("four are asked, a fifth is refused, and one taken away makes room", async () => {
  const { asking } = await game();
  for (const name of ["a", "b", "c", "d", "a"]) asking.add(name);
  assert.equal(asking.names.length, MOST);
  assert.throws(() => asking.add("e"), /4 agents are asked, no more fit/);
  asking.remove("b");
  asking.add("e");
  assert.deepEqual(asking.names, ["a", "c", "d", "e"]);
});

test("where it is not the focused seat's turn, the one to move is asked for", async () => {
  const env = await openBuilt("connect4");
  const session = new Session(env);
  session.setFocus(1);
  assert.equal(seatAsked(session), 0);
  session.setFocus(0);
  await run(session, 700);
  assert.deepEqual([session.ticks, seatAsked(session)], [1, 1]);
  assert.equal(seatAsked({ env: { active: Uint8Array.of(0, 1) }, spec: {}, focus: 0 }), -1);
});

test("a memory follows the episode, back and forth, from wherever it is asked", async () => {
  const { session, counting } = await game();
  session.setSpeed(16);
  await run(session, 4000);
  const { history, env } = session;
  const before = [...counting.memory];
  const follower = new Follower(counting, await env.twin());
  const starts = new Set();
  for (const tick of [history.ticks, 10, 11, 300, 700, 650, history.ticks]) {
    await follower.reach(history, 0, tick);
    const start = episodeStart(history, 0, tick);
    starts.add(start);
    assert.equal(follower.memory[0], tick - start, `at tick ${tick}`);
  }
  assert.ok(starts.size >= 2);
  assert.deepEqual([...counting.memory], before);
});

test("continuous choices are told by mean and spread, several by each one's chances", () => {
  const heads = [
    { name: "thrust", n: 2, choices: ["less", "more"] },
    { name: "turn", n: 2, choices: ["left", "right"] },
  ];
  const nothing = { logits: null, mean: null, logStd: null, value: null, action: null };
  const flying = { continuous: true, spec: { interface: { action: { heads } } } };
  const said = { ...nothing, mean: [0.5, -3], logStd: [0, Math.log(0.25)], sampled: null };
  assert.deepEqual(readThoughts(said, flying, null), {
    action: [0.5, -1],
    chances: null,
    spread: [1, 0.25],
    value: null,
  });
  const driving = { continuous: false, spec: flying.spec };
  const logits = [0, 0, 9, Math.log(3)];
  const told = readThoughts({ ...nothing, logits, value: [2] }, driving, Uint8Array.of(0, 1, 1, 1));
  assert.deepEqual([told.action, told.value, told.spread], [[1, 0], 2, null]);
  assert.deepEqual([...told.chances[0]], [0, 1]);
  assert.ok(Math.abs(told.chances[1][0] - Math.exp(9) / (Math.exp(9) + 3)) < 1e-12);
  const silent = readThoughts({ ...nothing, sampled: [1, 0] }, driving, null);
  assert.deepEqual([silent.action, silent.chances], [[1, 0], null]);
});

test("continuous actions count as alike within a quarter", () => {
  assert.equal(alike([0.5, -1], [0.3, -0.8], true), true);
  assert.equal(alike([0.5, -1], [0.3, -0.7], true), false);
  assert.equal(alike([1, 2], [1, 2], false), true);
  assert.equal(alike([1, 2], [1, 1], false), false);
});
