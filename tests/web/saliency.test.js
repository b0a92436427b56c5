import assert from "node:assert/strict";
import { test } from "node:test";
import { Inquiry } from "../../web/static/js/inquiry.js";
import { Neutral } from "../../web/static/js/neutral.js";
import { hottest, Pace, Sweep } from "../../web/static/js/saliency.js";
import { Session } from "../../web/static/js/session.js";
import { countInputs, sightsOf } from "../../web/static/js/sight.js";
import { openBuilt, run, steadyPolicy } from "./help.js";

const NOTHING = {
  logits: null,
  mean: null,
  logStd: null,
  value: null,
  action: null,
  sampled: null,
};
const ROW = {
  observation: {
    dtype: "float32",
    size: 3,
    parts: [{ name: "row", offset: 0, shape: [3], names: [], categories: [], low: -1, high: 1 }],
  },
  action: { type: "discrete", heads: [{ n: 2 }] },
};
const CONTINUOUS = { ...ROW, action: { type: "continuous", heads: [{ n: 2 }, { n: 2 }] } };

/** A sweep of a row, answered in batches of `most` by `answer`, which maps one row to outputs. */
function swept(interface_, obs, answer, { most = 2, mask = null, chosen = [0] } = {}) {
  const sights = sightsOf(interface_.observation);
  const moment = { obs: Float32Array.from(obs), mask, chosen };
  const sweep = new Sweep(sights, interface_, new Neutral(sights, 3), moment);
  const batches = [];
  while (!sweep.done) {
    const { obs: rows, count } = sweep.next(most);
    const said = Array.from({ length: count }, (_, r) => answer(rows.subarray(3 * r, 3 * r + 3)));
    const keys = Object.keys(said[0]);
    const all = keys.map((key) => [key, Float32Array.from(said.flatMap((one) => one[key]))]);
    sweep.take({ ...NOTHING, ...Object.fromEntries(all) }, count);
    batches.push(count);
  }
  return { ...sweep, batches, rows: sweep.rows };
}

test("each input is replaced by itself, in batches, after the observation as it is", () => {
  const sights = sightsOf(ROW.observation);
  const moment = { obs: Float32Array.of(0.5, 0, -1), mask: null, chosen: [0] };
  const sweep = new Sweep(sights, ROW, new Neutral(sights, 3), moment);
  assert.equal(sweep.rows, 3); // the second is neutral as it is
  assert.deepEqual([...sweep.next(2).obs], [0.5, 0, -1, 0, 0, -1]);
  const last = sweep.next(2);
  assert.deepEqual([[...last.obs], last.count], [[0.5, 0, 0], 1]);
});

test("a net that reads one input lights that input alone, by every measure", () => {
  const reads = (row) => ({ logits: [row[2], 0], value: [3 * row[2]] });
  const { heat, told, batches } = swept(ROW, [0.5, 0.25, -1], reads);
  assert.deepEqual(batches, [2, 2]);
  assert.deepEqual(told, { action: true, policy: true, value: true });
  const p = 1 / (1 + Math.E); // of logits -1 and 0; of 0 and 0 it is a half
  const action = Math.log(0.5) - Math.log(p);
  const policy = p * Math.log(p / 0.5) + (1 - p) * Math.log((1 - p) / 0.5);
  for (const [measure, want] of Object.entries({ action, policy, value: 3 })) {
    const [first, second, third] = heat[measure];
    assert.deepEqual([first, second], [0, 0]);
    assert.ok(Math.abs(third - want) < 1e-6, `${measure}: ${third}, want ${want}`);
  }
});

test("before it has chosen, the likeliest action stands for its choice", () => {
  const reads = (row) => ({ logits: [0, row[0]] });
  const [first] = swept(ROW, [1, 0, 0], reads, { chosen: null }).heat.action;
  assert.ok(Math.abs(first - (Math.log(Math.E / (1 + Math.E)) - Math.log(0.5))) < 1e-6, `${first}`);
});

test("what the mask forbids does not count", () => {
  const reads = (row) => ({ logits: [1, 1 + 9 * row[0]] });
  const { heat, told } = swept(ROW, [1, 0, 0], reads, { mask: Uint8Array.of(1, 0) });
  assert.deepEqual([...heat.action, ...heat.policy], [0, 0, 0, 0, 0, 0]);
  assert.deepEqual(told, { action: true, policy: true, value: false });
});

test("a continuous mean moves in standard deviations", () => {
  const reads = (row) => ({ mean: [row[0], row[1]], logStd: [Math.log(0.5), 0] });
  const { heat } = swept(CONTINUOUS, [1, 1, 1], reads, { chosen: [0, 0] });
  assert.deepEqual(
    [...heat.action].map((v) => Math.round(1000 * v)),
    [2000, 1000, 0],
  );
  assert.deepEqual(
    [...heat.policy].map((v) => Math.round(1000 * v)),
    [2000, 500, 0],
  );
});

test("a file that tells only its choice is asked whether it chooses otherwise", () => {
  const reads = (row) => ({ action: [row[1] > 0.5 ? 1 : 0] });
  const { heat, told } = swept(ROW, [1, 1, 1], reads);
  assert.deepEqual([...heat.action], [0, 1, 0]);
  assert.deepEqual(told, { action: true, policy: false, value: false });
  const none = swept(ROW, [1, 1, 1], () => ({ sampled: [0] }));
  assert.deepEqual(none.told, { action: false, policy: false, value: false });
});

test("the hottest inputs come first", () => {
  const sights = sightsOf(ROW.observation);
  const found = hottest(sights, Float32Array.of(0.5, 2, 1), 2);
  assert.deepEqual(
    found.map(({ i, hot }) => [i, hot]),
    [
      [1, 2],
      [2, 1],
    ],
  );
});

test("a batch grows to what fits into 4 ms, twofold at most, and shrinks at once", () => {
  const pace = new Pace();
  const rows = [];
  const each = (ms) => {
    pace.took(pace.rows, ms * pace.rows);
    rows.push(pace.rows);
  };
  for (let i = 0; i < 4; i++) each(0.1);
  each(1);
  each(10);
  for (let i = 0; i < 9; i++) each(0.0001);
  assert.deepEqual(rows, [16, 32, 40, 40, 4, 1, 2, 4, 8, 16, 32, 64, 128, 128, 128]);
});

/** A stand-in for a second instance: the value is the sum of what it sees and remembers. */
function second(interface_, wait = () => Promise.resolve()) {
  const size = interface_.observation.size;
  const made = { ms: 1, closed: false, asked: [], remembered: [] };
  made.close = () => {
    made.closed = true;
  };
  made.remember = (state, _index, row) => {
    made.remembered[row] = [...state];
  };
  made.run = async (obs, _rows, count) => {
    made.asked.push(count);
    await wait();
    const value = Float32Array.from({ length: count }, (_, r) =>
      obs.subarray(r * size, (r + 1) * size).reduce((a, b) => a + b, 0),
    );
    return { ...NOTHING, logits: new Float32Array(count * 3), value, state: null };
  };
  return made;
}

async function pong(options = {}) {
  const env = await openBuilt("pong");
  const policy = await steadyPolicy(env, [0, 0, 0]);
  return new Session(env, { minds: [{ kind: "policy", policy }], seed: 7, ...options });
}

const settle = () => new Promise((resolve) => setImmediate(resolve));

test("an inquiry asks one batch a frame about a frozen moment", async () => {
  const session = await pong();
  await settle();
  let made;
  const inquiry = new Inquiry(session, async () => {
    made = second(session.spec.interface);
    return made;
  });
  inquiry.frame();
  await settle();
  session.env.obs.fill(0.5);
  inquiry.frame();
  session.env.obs.fill(9); // what comes meanwhile is not asked about
  assert.deepEqual(made.asked, [8]);
  await settle();
  inquiry.frame();
  await settle();
  assert.deepEqual(made.asked, [8, 1]); // the observation, and eight of it
  const { found } = inquiry;
  assert.equal(countInputs(inquiry.sights), 8);
  assert.deepEqual([...found.obs], Array(8).fill(0.5));
  // Each value weighs what it differs from the mean, the middle but for what has just been seen.
  for (const hot of found.heat.value) assert.ok(Math.abs(hot - 0.5 * (127 / 128)) < 1e-5);
  inquiry.frame();
  assert.deepEqual(made.asked, [8, 1]); // the same moment is not asked about again
});

test("an inquiry turns to another seat or policy, and closes what it does not need", async () => {
  const session = await pong();
  await settle();
  const all = [];
  const inquiry = new Inquiry(session, async () => {
    all.push(second(session.spec.interface));
    return all.at(-1);
  });
  inquiry.frame();
  await settle();
  for (let i = 0; i < 3; i++) {
    inquiry.frame();
    await settle();
  }
  assert.equal(inquiry.found.seat, 0);
  session.focus = 1;
  inquiry.frame();
  assert.equal(inquiry.found, null); // the other seat sees something else; the same policy has it
  assert.deepEqual([all.length, all[0].closed], [1, false]);
  session.setMind(1, { kind: "random" });
  inquiry.frame();
  assert.deepEqual([inquiry.asks, all[0].closed], [false, true]);
  session.focus = 0;
  inquiry.frame();
  inquiry.close(); // before it is open
  await settle();
  assert.deepEqual([all.length, all[1].closed], [2, true]);
});

test("why nothing can be found is said, and asked again when the panel opens again", async () => {
  const session = await pong();
  await settle();
  let opened = 0;
  const inquiry = new Inquiry(session, async () => {
    if (opened++ === 0) throw new Error("no runtime");
    const wait = () => Promise.reject(new Error("too slow"));
    return second(session.spec.interface, wait);
  });
  inquiry.frame();
  await settle();
  assert.equal(inquiry.trouble, "no runtime");
  inquiry.frame();
  assert.equal(opened, 1);
  inquiry.close();
  inquiry.frame();
  await settle();
  assert.equal(inquiry.trouble, "");
  inquiry.frame();
  await settle();
  assert.deepEqual([inquiry.trouble, opened], ["too slow", 2]);
});

test("a policy that remembers is asked with the memory of its seat", async () => {
  const session = await pong();
  await settle();
  const { policy } = session.seats[0].mind;
  policy.stateSize = 2;
  policy.memory = Float32Array.of(1, 2, 3, 4);
  session.focus = 1;
  let made;
  const inquiry = new Inquiry(session, async () => {
    made = second(session.spec.interface);
    return made;
  });
  inquiry.frame();
  await settle();
  inquiry.frame();
  policy.memory.fill(9);
  assert.equal(made.remembered.length, Pace.most);
  for (const memory of made.remembered) assert.deepEqual(memory, [3, 4]);
});

test("a game goes the same way whether it is asked about or not", async () => {
  const played = [];
  for (const asked of [false, true]) {
    const session = await pong();
    const inquiry = new Inquiry(session, async () => second(session.spec.interface));
    for (let now = 0; session.ticks < 200; now += 1000 / 60) {
      await session.frame(now);
      if (asked) inquiry.frame();
      await settle();
    }
    const { actions, draws } = session.history;
    played.push([session.hash, [...actions.slice(0, 200)], [...draws.slice(0, 200)]]);
    assert.equal(inquiry.found !== null, asked);
    session.stop("user");
    await run(session, 100);
  }
  assert.deepEqual(played[1], played[0]);
});
