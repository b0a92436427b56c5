import assert from "node:assert/strict";
import { test } from "node:test";
import { Cast } from "../../web/static/js/cast.js";
import { driven, linesOf, makeDataset } from "../../web/static/js/corrections.js";
import { writeHdf5 } from "../../web/static/js/hdf5.js";
import { Session } from "../../web/static/js/session.js";
import { openBuilt, run } from "./help.js";

const UP = 1;

async function start(name, options) {
  const env = await openBuilt(name, options);
  return new Session(env, { minds: [{ kind: "random" }], seed: 7 });
}

const named = (session, name) => ({ ...session.spec, name });

/** Facts of a dataset, from its metadata. */
function facts({ id, files }) {
  return JSON.parse(new TextDecoder().decode(files.get(`${id}/data/metadata.json`)));
}

async function collected(session, name) {
  const env = await openBuilt(name);
  const spec = named(session, name);
  return makeDataset(env, spec, linesOf(session, spec, new Cast(() => "")), async () => {});
}

test("pieces are counted as they are written", async () => {
  const session = await start("squared");
  let now = await run(session, 1000);
  session.takeOver(0, true);
  now = await run(session, 4000, 60, now);
  session.handBack(0);
  await run(session, 1000, 60, now);
  const [{ decisions, segments }] = driven(session.history);
  assert.ok(decisions >= 20 && decisions < session.history.ticks);
  assert.ok(segments >= 1);
  const told = facts(await collected(session, "squared"));
  assert.deepEqual([told.total_steps, told.total_episodes], [decisions, segments]);
  assert.equal(told.gymcade.replays.length, 1);
});

test("where a game was played on more than once, what lines share is there once", async () => {
  const session = await start("pong");
  let now = await run(session, 1000);
  session.takeOver(0, true);
  now = await run(session, 1000, 60, now);
  const fork = session.history.ticks - 10;
  const first = driven(session.history)[0].decisions;
  session.goTo(fork);
  session.press(0, 0, UP);
  now = await run(session, 1000, 60, now);
  assert.equal(session.branches.list.length, 1);
  const state = session.hash;
  const second = driven(session.history)[0].decisions;
  const made = await collected(session, "pong");
  const told = facts(made);
  assert.equal(session.hash, state); // the game itself is left alone
  assert.equal(told.gymcade.replays.length, 2);
  // The branch adds what came after the fork; where both did the same for a while, less.
  const branch = told.gymcade.segments.filter(({ replay }) => replay === 1);
  assert.equal(branch.length, 1);
  assert.ok(branch[0].from >= fork);
  assert.equal(branch[0].to, fork + 10);
  assert.ok(first >= 10);
  assert.equal(told.total_steps, second + branch[0].to - branch[0].from);
  assert.equal(made.id, `pong/person-${told.gymcade.replays[0].hash.slice(0, 8)}-v0`);
  assert.deepEqual(
    [...made.files.keys()].map((path) => path.replace(`${made.id}/`, "")),
    ["data/main_data.hdf5", "data/metadata.json", "replay-0.gymcade", "replay-1.gymcade"],
  );
});

test("a branch of a branch is a line of its own", async () => {
  const session = await start("pong");
  session.takeOver(0, true);
  let now = await run(session, 2000);
  for (const tick of [40, 20]) {
    session.goTo(tick);
    session.press(0, 0, UP);
    now = await run(session, 1500, 60, now);
  }
  session.choose(session.branches.list[0]);
  const spec = named(session, "pong");
  const lines = linesOf(session, spec, new Cast(() => ""));
  assert.equal(lines.length, 3);
  const env = await openBuilt("pong");
  for (const line of lines) {
    assert.equal(line.actions.length, line.ticks * 2);
    assert.ok(await makeDataset(env, spec, [line], async () => {})); // every hash agrees
  }
});

test("nobody's game is no dataset", async () => {
  const session = await start("pong");
  await run(session, 500);
  assert.deepEqual(driven(session.history), [
    { decisions: 0, segments: 0 },
    { decisions: 0, segments: 0 },
  ]);
  assert.equal(await collected(session, "pong"), null);
});

test("an array that does not fit its shape is refused", () => {
  const table = { data: new Float32Array(5), shape: [2, 3] };
  assert.throws(() => writeHdf5({ members: { table } }), /want 6 values, got 5/);
});
