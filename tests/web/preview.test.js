import assert from "node:assert/strict";
import { test } from "node:test";
import { compare } from "../../web/static/js/preview/agreement.js";
import { gameOf, goOn, keep, openCrash } from "../../web/static/js/preview/kept.js";
import { Pupils } from "../../web/static/js/preview/pupils.js";
import {
  doctorNote,
  findingLine,
  pressing,
  rulesLine,
  trainingLine,
} from "../../web/static/js/preview/told.js";
import { decodeReplay, firstDifference } from "../../web/static/js/replay.js";
import { Session } from "../../web/static/js/session.js";
import { openBuilt, run, steadyPolicy } from "./help.js";

const NAMED = { name: "pong", dynamics_version: "ab12" };

async function played(ms = 4000, options = {}) {
  const env = await openBuilt("pong");
  const session = new Session(env, { seed: 7, minds: [{ kind: "random" }], ...options });
  await run(session, ms, 60);
  return { env, session, spec: { ...env.spec, ...NAMED } };
}

const follows = () => true;

test("a game that was kept goes on in another session: same seed, same actions, same state", async () => {
  const { session, spec } = await played();
  session.setSpeed(2);
  const { hash, ticks } = session;
  const kept = JSON.parse(JSON.stringify(await keep(session, spec, { anew: false, follows })));
  const next = new Session(await openBuilt("pong"), { seed: 1 });
  const said = await goOn(next, spec, kept);
  assert.ok(ticks > 100);
  assert.equal(said, `The game goes on at tick ${ticks} with seed 7 and the same actions.`);
  assert.deepEqual([next.seed, next.ticks, next.hash], [7, ticks, hash]);
  assert.equal(next.clock.speed, 2);
  assert.deepEqual(next.history.record().actions, session.history.record().actions);
  assert.deepEqual(next.history.record().drivers, session.history.record().drivers);
  await run(next, 500, 60, 1000);
  assert.ok(next.ticks > ticks);
});

test("who drove, where one looked and that it was paused are kept too", async () => {
  const { session, spec } = await played();
  session.takeOver(1, true);
  session.goTo(40);
  const kept = await keep(session, spec, { anew: false, follows });
  const next = new Session(await openBuilt("pong"), { seed: 1 });
  await goOn(next, spec, kept);
  assert.deepEqual([next.ticks, next.paused, next.focus], [40, true, 1]);
  assert.equal(next.history.ticks, session.history.ticks);
  session.goTo(session.history.ticks);
  session.stop("user", false);
  session.takeOver(1, true);
  const driven = new Session(await openBuilt("pong"), { seed: 1 });
  await goOn(driven, spec, await keep(session, spec, { anew: false, follows }));
  assert.deepEqual([driven.seats[1].person, driven.seats[1].pinned], [true, true]);
});

test("where State or the seats are others, it starts anew and says why", async () => {
  const { session, spec } = await played(1000);
  const kept = await keep(session, spec, { anew: false, follows });
  const cases = [
    [{ ...kept, anew: true }, "State is declared otherwise"],
    [{ ...kept, copySize: 8 }, `State has ${session.env.copySize} bytes now, before 8`],
  ];
  for (const [changed, why] of cases) {
    const next = new Session(await openBuilt("pong"), { seed: 1 });
    const said = await goOn(next, spec, changed);
    assert.equal(said, `${why}, so the game starts anew with seed 7.`);
    assert.deepEqual([next.seed, next.ticks], [7, 0]);
  }
  const other = structuredClone(spec);
  other.interface.action.heads[0].n = 2;
  const next = new Session(await openBuilt("pong"), { seed: 1 });
  assert.match(await goOn(next, other, kept), /made for other actions.* so the game starts anew/);
});

test("a game that the rules take only in part goes on from there", async () => {
  const env = await openBuilt("connect4");
  const session = new Session(env, { seed: 3, minds: [{ kind: "random" }] });
  await run(session, 6000, 60);
  assert.ok(session.ticks >= 5);
  const spec = { ...env.spec, name: "connect4", dynamics_version: "ab" };
  const next = new Session(await openBuilt("connect4"), { seed: 3 });
  const replay = gameOf(session, spec);
  replay.ticks = 9;
  replay.actions = new Int32Array(9 * replay.seats).fill(3); // six fill the column
  const taken = next.relive(replay);
  assert.equal(taken, 6);
  assert.equal(next.history.ticks, 6);
});

test("a game that crashed is shown at the tick before, with its parameters", async () => {
  const { session, spec } = await played();
  session.goTo(90);
  const { hash } = session;
  const replay = gameOf(session, spec);
  const next = new Session(await openBuilt("pong"), { seed: 1 });
  const crash = { ...replay, ticks: 91 };
  const said = "This is tick 90 of the game that crashed, with seed 7; the next tick does it.";
  assert.equal(openCrash(next, spec, crash), said);
  assert.deepEqual([next.ticks, next.history.ticks, next.hash, next.paused], [90, 90, hash, true]);
  openCrash(next, spec, { ...crash, params: { ...crash.params, points: 3 } });
  assert.equal(next.env.params.points, 3);
  assert.notEqual(next.hash, hash);
  assert.match(openCrash(next, spec, { ...crash, seats: 1 }), /it has 1 seats, this game 2/);
  assert.match(openCrash(next, spec, { ...crash, env: "snake" }), /it was made in snake/);
});

test("the native library is asked, and what differs is named to the tick", async () => {
  const { session, spec } = await played();
  const asked = [];
  const agrees = async (bytes) => {
    const replay = await decodeReplay(bytes);
    asked.push(replay);
    const differs = firstDifference(await openBuilt("pong"), replay);
    return {
      playable: true,
      problems: [],
      agreed: replay.ticks,
      differs: differs < 0 ? null : differs,
    };
  };
  const sim = async () => assert.fail("nothing differs");
  const found = await compare(session, spec, agrees, sim);
  assert.deepEqual(found, {
    agrees: true,
    text: `Native and wasm agree up to tick ${session.ticks}.`,
  });
  assert.equal(asked[0].hashes.at(-1).hash, session.hash);

  const differs = async (bytes) => {
    const { hashes } = await decodeReplay(bytes);
    const wrong = hashes.filter(({ tick }) => tick >= 77);
    return { playable: true, problems: [], agreed: 0, differs: wrong[0].tick };
  };
  const { readFile } = await import("node:fs/promises");
  const wasm = () => readFile(new URL("../../web/static/envs/pong/sim.wasm", import.meta.url));
  const other = await compare(session, spec, differs, wasm);
  assert.deepEqual(other, { agrees: false, text: "Native and wasm differ from tick 77 on." });

  const unknown = await compare(session, spec, async () => ({ error: "no compiler" }), sim);
  assert.deepEqual(unknown, { agrees: null, text: "Not compared: no compiler" });
});

test("policies that may not know the rules are named once", () => {
  const seat = (name, rules) => ({ mind: { kind: "policy", policy: { name, rules } } });
  const spec = { dynamics_version: "new" };
  const knows = [seat("best", "new"), { mind: { kind: "scripted" } }, seat("mine", "")];
  assert.equal(rulesLine(spec, knows, false), "");
  assert.match(rulesLine(spec, knows, true), /^Perhaps .* golden\.txt is out of date: “best”\.$/);
  const older = [seat("club", "old"), seat("club", "old"), seat("best", "old")];
  const said = "Trained by other rules: “club”, “best”. Train and export anew.";
  assert.equal(rulesLine(spec, older, false), said);
  assert.equal(rulesLine(spec, older, true), said);
  assert.match(rulesLine(spec, [...knows, ...older], true), /^Trained .* Perhaps .*“best”\.$/);
});

test("what the doctor and the training say, in words", () => {
  const finding = {
    check: "reward-never",
    level: "error",
    message: "no player was ever rewarded",
    advice: "write out[seat].reward",
    file: "envs_c/lava/lava.c",
    line: 56,
  };
  const stale = { ...finding, check: "golden-stale" };
  const doctor = { state: "done", findings: [finding, stale], checks: 29, notes: [] };
  assert.equal(doctorNote(doctor), "2 errors");
  assert.equal(doctorNote({ ...doctor, findings: [] }), "nothing in 29 checks");
  assert.equal(doctorNote({ ...doctor, state: "running" }), "at work");
  assert.deepEqual(pressing(doctor), [finding]);
  assert.equal(
    findingLine(finding),
    "envs_c/lava/lava.c:56  reward-never: no player was ever rewarded. Write out[seat].reward.",
  );
  assert.equal(trainingLine({ state: "none", policies: [], text: "" }), "");
  assert.equal(
    trainingLine({ state: "ready", policies: ["a-1", "a-2"], text: "" }),
    "Newest policy in training: a-2.",
  );
  assert.equal(trainingLine({ state: "failed", policies: ["a-1"], text: "no fit" }), "no fit");
});

/** A shelf that has a policy for every name. */
function shelfOf(env, names) {
  return {
    names,
    open: (name) => steadyPolicy(env, [0, 0, 0], { name }),
    ship({ name }) {
      names.push(name);
    },
  };
}

test("seats go over to newer policies unless another mind was chosen", async () => {
  const { env, session } = await played(500);
  session.stop("user");
  const shelf = shelfOf(env, []);
  const pupils = new Pupils(session, shelf);
  await pupils.come(["run-1"]);
  assert.deepEqual(
    session.seats.map((s) => s.mindName),
    ["run-1", "run-1"],
  );
  session.setMind(1, { kind: "random" });
  assert.deepEqual([pupils.follows(0), pupils.follows(1)], [true, false]);
  await pupils.come(["run-1", "run-2"]);
  assert.deepEqual(
    session.seats.map((s) => s.mindName),
    ["run-2", "random"],
  );
  assert.deepEqual(shelf.names, ["run-1", "run-2"]);
});

test("after a reload a seat has the mind again that was chosen for it", async () => {
  const { env, session } = await played(500);
  session.stop("user");
  const pupils = new Pupils(session, shelfOf(env, []));
  const seat = { follows: false, person: false, pinned: false };
  await pupils.restore([
    { ...seat, mind: "run-1" },
    { ...seat, mind: "scripted" },
  ]);
  await pupils.come(["run-1", "run-2"]);
  assert.deepEqual(
    session.seats.map((s) => s.mindName),
    ["run-1", "scripted"],
  );
});
