import assert from "node:assert/strict";
import { test } from "node:test";
import { checkFile, openOwn } from "../../web/static/js/own-policy.js";
import { Session } from "../../web/static/js/session.js";
import { openBuilt, run, steadyPolicy } from "./help.js";

const env = await openBuilt("pong");
const { spec } = env;
const AMPLE = { read: 60_000, runtime: 60_000, open: 60_000, run: 60_000 };
const SHORT = { read: 40, runtime: 40, open: 40, run: 40 }; // ms, where an answer never comes
const play = { mode: "sampled", temperature: 1 };
const NOTHING = { logits: null, mean: null, logStd: null, value: null, action: null };

/** A worker that answers `open` and then `run` as told; what is undefined is never answered. */
class FakeWorker {
  ended = 0;
  asked = [];
  constructor(answer) {
    this.answer = answer;
  }
  postMessage(message) {
    this.asked.push(message);
    const answers = this.answer(message);
    setImmediate(() => {
      for (const data of answers) if (!this.ended) this.onmessage({ data });
    });
  }
  terminate() {
    this.ended++;
  }
}

const opens = [
  { is: "stage", stage: "open" },
  { is: "lines", lines: [{ kind: "fits", text: "obs" }] },
  { is: "open", stateSize: 2, play },
];
const says = (more) => [
  { is: "thoughts", thoughts: { ...NOTHING, sampled: null, state: null, ...more } },
];

async function open(answer, limits = AMPLE) {
  const worker = new FakeWorker(answer);
  const lines = [];
  const job = { bytes: new Uint8Array(8), spec, ort: { module: "m", base: "b" } };
  const tell = (more) => lines.push(...more);
  const opening = openOwn("mine", job, 2, () => worker, tell, limits);
  const policy = await opening.catch((error) => error);
  return { worker, lines, policy };
}

test("files of another kind, and too large ones, are not looked at", () => {
  assert.throws(
    () => checkFile("a.pt", 10),
    /a.pt is neither a policy \(.onnx\) nor a replay \(.gymcade\)/,
  );
  assert.throws(() => checkFile("a.onnx", 61e6), /too large: 61.0 MB, want 50.0 MB at most/);
  checkFile("A.ONNX", 50e6);
});

test("rows are picked, with their memory and mask, and answered in turn", async () => {
  const { policy, worker, lines } = await open(({ do: what, rows }) =>
    what === "open" ? opens : says({ action: Float32Array.of(rows.obs[0], rows.obs[8]) }),
  );
  assert.deepEqual(lines, [{ kind: "fits", text: "obs" }]);
  policy.remember(Float32Array.of(5, 6), 0, 1);
  const obs = Float32Array.from({ length: 16 }, (_, i) => Math.floor(i / 8));
  const both = [Int32Array.of(1, 0), Int32Array.of(0, 1)].map((r) =>
    policy.run(obs, r, 2, Uint8Array.of(1, 0, 1, 1, 1, 0)),
  );
  const answers = await Promise.all(both);
  assert.deepEqual(
    answers.map(({ action }) => [...action]),
    [
      [1, 0],
      [0, 1],
    ],
  );
  const { rows } = worker.asked[1];
  assert.deepEqual(
    [[...rows.state], [...rows.mask]],
    [
      [5, 6, 0, 0],
      [1, 1, 0, 1, 0, 1],
    ],
  );
  assert.equal(worker.ended, 0);
});

test("one that does not open in time is ended, and says at which stage", async () => {
  for (const [stage, words] of [
    ["read", /longer than 0.04 s to read/],
    ["open", /longer than 0.04 s to open/],
    ["run", /longer than 0.04 s to answer/],
  ]) {
    const { policy, worker, lines } = await open(() => [{ is: "stage", stage }], SHORT);
    assert.match(policy.message, words);
    assert.match(lines.at(-1).text, words);
    assert.equal(lines.at(-1).kind, "refused");
    assert.equal(worker.ended, 1);
  }
});

test("a reason that the worker gives is told", async () => {
  const { policy, lines } = await open(() => [{ is: "failed", reason: "obs: want 8" }]);
  assert.equal(policy.message, "obs: want 8");
  assert.deepEqual(lines, [{ kind: "refused", text: "obs: want 8." }]);
});

test("one that stops answering is ended; who had the seat before goes on, and the game too", async () => {
  const best = await steadyPolicy(env, [0, 9, 0], {
    name: "best",
    play: { ...play, mode: "greedy" },
  });
  const mute = ({ do: what }) => (what === "open" ? opens : []);
  const { policy, worker } = await open(mute, { ...AMPLE, run: 40 });
  const reasons = [];
  policy.onstop = (reason) => reasons.push(reason);
  const session = new Session(env, { minds: [{ kind: "policy", policy: best }] });
  session.setMind(0, { kind: "policy", policy });
  const late = new Promise((resolve) => setTimeout(resolve, 600));
  await Promise.all([run(session, 200), late]);
  assert.equal(session.seats[0].mindName, "best");
  const why = "“mine” stopped: it took longer than 0.04 s to answer. “best” goes on.";
  assert.equal(session.seats[0].trouble, why);
  assert.deepEqual([worker.ended > 0, reasons.length], [true, 1]);
  const { ticks } = session;
  await run(session, 500, 60, 1000);
  assert.ok(session.ticks > ticks);
  await assert.rejects(policy.run(env.obs, Int32Array.of(0), 1), /it took longer/);
});

test("a choice that there is not ends it", async () => {
  const { policy } = await open(({ do: what }) =>
    what === "open" ? opens : says({ action: Float32Array.of(7) }),
  );
  const asked = policy.run(env.obs, Int32Array.of(0), 1);
  await assert.rejects(asked, /the policy chose 7, want 0 to 2 of head 0/);
});

test("what a file chose or drew itself is played, without probabilities or value", async () => {
  for (const [mode, given, wanted] of [
    ["sampled", { action: [2], sampled: [1] }, 1],
    ["greedy", { action: [2], sampled: [1] }, 2],
    ["sampled", { action: [2] }, 2],
    ["greedy", { sampled: [1] }, 1],
  ]) {
    const thoughts = Object.fromEntries(
      Object.entries(given).map(([name, values]) => [name, Float32Array.from(values)]),
    );
    const started = [{ is: "open", stateSize: 0, play: { ...play, mode } }];
    const { policy } = await open(({ do: what }) => (what === "open" ? started : says(thoughts)));
    const session = new Session(env, { minds: [{ kind: "random" }] });
    session.setMind(0, { kind: "policy", policy });
    await run(session, 50);
    const { minds } = session;
    for (let i = 0; i < 500 && !minds.chosen[0]; i++) {
      await new Promise((resolve) => setTimeout(resolve, 10)); // it is being asked again
    }
    assert.deepEqual([minds.actions[0], minds.chosen[0]], [wanted, 1]);
    assert.deepEqual([minds.explained[0], minds.valued[0]], [0, 0]);
  }
});
