import assert from "node:assert/strict";
import { test } from "node:test";
import { checkSidecar, openPolicy, PolicyError } from "../../web/static/js/policy.js";
import { FakeOrt, openBuilt, sidecarOf, steadyPolicy } from "./help.js";

const env = await openBuilt("pong");
const { spec } = env;
const open = (ort, sidecar, rows = 4) =>
  openPolicy({ ort, onnx: new Uint8Array(), sidecar, spec, rows });
const logits = (n, width = 3) => ({ data: new Float32Array(n * width), dims: [n, width] });
const value = (n) => ({ data: new Float32Array(n), dims: [n, 1] });

test("a sidecar that does not fit is refused with the value seen and the value wanted", () => {
  const wrong = [
    [{ format: "other" }, 'format is "other", wanted "gymcade-policy"'],
    [{ format_version: 2 }, "format_version is 2, wanted 1"],
    [{ env: "snake" }, 'env is "snake", wanted "pong"'],
    [
      { interface_version: "00" },
      `interface_version is "00", wanted ${JSON.stringify(spec.interface_version)}`,
    ],
  ];
  const named = { ...spec, name: "pong" };
  for (const [more, message] of wrong) {
    const sidecar = sidecarOf(spec, { env: "pong", ...more });
    assert.throws(
      () => checkSidecar(sidecar, named),
      (error) => error instanceof PolicyError && error.message === message,
    );
  }
  checkSidecar(sidecarOf(spec, { env: "pong" }), named);
});

test("a model with other inputs, outputs or widths is refused", async () => {
  const compute = ({ obs }) => ({ logits: logits(obs.dims[0], 4), value: value(obs.dims[0]) });
  await assert.rejects(
    open(new FakeOrt(["x"], ["logits", "value"], compute), sidecarOf(spec)),
    /^PolicyError: inputs is \["x"\], wanted \["obs"\]$/,
  );
  await assert.rejects(
    open(new FakeOrt(["obs"], ["q"], compute), sidecarOf(spec)),
    /outputs is \["q"\], wanted \["logits","value"\]/,
  );
  await assert.rejects(
    open(new FakeOrt(["obs"], ["logits", "value"], compute), sidecarOf(spec)),
    /logits a row is 4, wanted 3/,
  );
  await assert.rejects(
    open(new FakeOrt(["obs"], ["logits", "value"], compute), sidecarOf(spec, { state_size: 2 })),
    /inputs is \["obs"\], wanted \["obs","state_in"\]/,
  );
  const broken = new FakeOrt(["obs"], ["logits", "value"], () => {
    throw new Error("Got invalid dimensions");
  });
  await assert.rejects(open(broken, sidecarOf(spec)), /does not run.*Got invalid dimensions/);
});

test("rows are asked about in one run, in the order given", async () => {
  const policy = await steadyPolicy(env, [0, 1, 2]);
  const obs = Float32Array.from({ length: 16 }, (_, i) => i);
  const out = await policy.run(obs, Int32Array.of(1, 0), 2);
  assert.deepEqual([...out.value], [92, 28]); // 8 + … + 15, 0 + … + 7
  assert.deepEqual([...out.logits], [0, 1, 2, 0, 1, 2]);
});

test("runs never overlap, and each answers what it was asked", async () => {
  const policy = await steadyPolicy(env, [0, 0, 0]);
  const obs = new Float32Array(16);
  const asked = [1, 2, 3].map((v) => {
    obs.fill(v);
    return policy.run(obs, Int32Array.of(0), 1);
  });
  const answers = await Promise.all(asked);
  assert.deepEqual(
    answers.map((out) => out.value[0]),
    [8, 16, 24],
  );
});

test("each row has its own memory, until its episode ends", async () => {
  // The memory counts ticks, the value tells what it was.
  const compute = ({ obs, state_in }) => ({
    logits: logits(obs.dims[0]),
    value: { data: state_in.data.filter((_, i) => i % 2 === 0), dims: [obs.dims[0], 1] },
    state_out: { data: state_in.data.map((v, i) => v + 1 + 9 * (i % 2)), dims: state_in.dims },
  });
  const names = [
    ["obs", "state_in"],
    ["logits", "value", "state_out"],
  ];
  const policy = await open(new FakeOrt(...names, compute), sidecarOf(spec, { state_size: 2 }));
  const rows = Int32Array.of(2, 0);
  const obs = new Float32Array(8 * 4);
  const tick = async () => {
    const out = await policy.run(obs, rows, 2);
    for (let i = 0; i < 2; i++) policy.remember(out.state, i, rows[i]);
    return [...out.value];
  };
  assert.deepEqual(await tick(), [0, 0]);
  assert.deepEqual(await tick(), [1, 1]);
  policy.forget(2);
  assert.deepEqual(await tick(), [0, 2]);
  assert.deepEqual([...policy.memory], [3, 30, 0, 0, 1, 10, 0, 0]);
  await policy.run(obs, rows, 2); // a run whose tick is not played is not remembered
  assert.deepEqual(await tick(), [1, 3]);
});
