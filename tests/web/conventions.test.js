// The files and numbers in tests/vectors/conventions.json are written by tests/onnx_files.py and read
// alike in Python; here by the ONNX Runtime that the page has.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { makePlan, meaning } from "../../web/static/js/conventions.js";
import { fromHalf, toHalf } from "../../web/static/js/half.js";
import { readOnnx } from "../../web/static/js/onnx-file.js";
import { checkTypes, Reader } from "../../web/static/js/reader.js";
import {
  aboutFile,
  aboutInputs,
  aboutOutputs,
  gammaOf,
  playOf,
} from "../../web/static/js/report.js";
import { openOrt } from "./help.js";

const read = (path) => JSON.parse(readFileSync(new URL(path, import.meta.url), "utf8"));
const { conventions } = read("../../web/static/js/conventions.json");
const vectors = read("../vectors/conventions.json");
const ort = await openOrt();

/** As own-worker.js does it. */
async function open({ onnx, interface: wanted }) {
  const bytes = new Uint8Array(Buffer.from(onnx, "base64"));
  const file = readOnnx(bytes);
  const names = file.outputs.map(({ name }) => name);
  const plan = makePlan(conventions, file.inputs, names, wanted);
  checkTypes(file.inputs);
  const session = await ort.InferenceSession.create(bytes, { executionProviders: ["wasm"] });
  const reader = new Reader(ort.Tensor, session, plan, wanted);
  await reader.learn();
  return { bytes, file, names, plan, reader };
}

const KEYS = { logStd: "log_std" };
const by = (name) => vectors.find((c) => c.name === name);

for (const c of vectors.filter(({ error }) => !error)) {
  test(`${c.name}: read as in Python`, async () => {
    const { plan, reader } = await open(c);
    assert.equal(plan.convention, c.convention);
    assert.equal(plan.batch, c.batch);
    assert.equal(plan.stateSize, c.state_size);
    assert.deepEqual([...reader.has].sort(), c.has);
    const rows = { obs: c.obs.flat(), state: new Float32Array(3 * c.state_size), mask: null };
    if (c.mask) rows.mask = c.mask.flat();
    for (const wanted of c.ticks) {
      const said = await reader.run(rows, c.obs.length);
      const given = Object.entries(said).filter(([, values]) => values);
      assert.deepEqual(
        given.map(([name]) => KEYS[name] ?? name).sort(),
        Object.keys(wanted).sort(),
      );
      for (const [name, values] of given) {
        const numbers = wanted[KEYS[name] ?? name].flat();
        assert.equal(values.length, numbers.length, name);
        numbers.forEach((number, i) => {
          if (name === "sampled" && number === -1) return; // drawn in the file
          assert.ok(Math.abs(values[i] - number) < 1e-5, `${name}[${i}]: ${values[i]}, ${number}`);
        });
      }
      if (said.state) rows.state = said.state;
    }
  });
}

for (const c of vectors.filter(({ error }) => error)) {
  test(`${c.name}: refused with the words of Python`, async () => {
    await assert.rejects(open(c), { name: "PolicyError", message: c.error });
  });
}

test("widths say what an output is", () => {
  const heads = { type: "discrete", heads: [{ n: 3 }, { n: 2 }] };
  assert.deepEqual(
    [5, 2].map((width) => meaning("a", "sampled", width, heads)),
    ["logits", "sampled"],
  );
  assert.throws(
    () => meaning("a", "choice", 3, heads),
    /a: want 5 logits a row, or 2 choices, got 3/,
  );
  const moves = { type: "continuous", heads: [{ n: 1 }, { n: 1 }, { n: 1 }] };
  assert.equal(meaning("a", "choice", 6, moves), "mean_log_std");
  assert.throws(() => meaning("v", "value", 2, moves), /v: want 1 value a row, got 2/);
});

test("the report says what fits, what is missing and what differs", async () => {
  const c = by("ml-agents");
  const spec = { interface: c.interface, interface_version: "11", name: "pong" };
  const { file, names, plan, reader, bytes } = await open(c);
  file.metadata = { env: "pong", interface_version: "22" };
  const lines = [
    ...aboutFile(file, plan, bytes.length, spec),
    ...aboutInputs(plan),
    ...aboutOutputs(plan, names, reader.meanings, reader.has, spec),
  ].map(({ kind, text }) => `${kind}: ${text}`);
  assert.deepEqual(lines, [
    "fits: Read as Unity ML-Agents: 2 KB, opset 17, IR 8.",
    "differs: It was made for interface 22, this page has 11: it may misread what it sees.",
    "fits: obs_0: the observation, 2 numbers.",
    "fits: obs_1: the observation, 1 number.",
    "fits: action_masks: what is allowed, 2 numbers.",
    "fits: recurrent_in and recurrent_out: its memory, 4 numbers, cleared with each episode.",
    "fits: deterministic_discrete_actions: the action, chosen in the file.",
    "fits: discrete_actions: the action, drawn in the file.",
    "ignored: Not used: version_number, memory_size, discrete_action_output_shape.",
    "missing: No logits: only what it has chosen; the page can show no probabilities.",
    "missing: No value: the page cannot show what it expects.",
  ]);
});

test("how it is played is what the file says, or drawn at temperature 1", () => {
  const greedy = { mode: "greedy", temperature: 0.5 };
  assert.deepEqual(playOf({ play: JSON.stringify(greedy) }), greedy);
  for (const play of [undefined, "{", '"x"', "null", '{"mode":"greedy","temperature":0}']) {
    assert.deepEqual(playOf({ play }), { mode: "sampled", temperature: 1 });
  }
});

test("a file may say how much later rewards counted in its training", () => {
  assert.equal(gammaOf({ settings: JSON.stringify({ gamma: 0.98, lr: 1 }) }), 0.98);
  for (const settings of [undefined, "", "{", "{}", '{"gamma": 2}', '{"gamma": "x"}', "null"]) {
    assert.equal(gammaOf({ settings }), null);
  }
});

test("half precision: every number comes back, others go to the nearest", () => {
  for (let bits = 0; bits < 65536; bits++) {
    const value = fromHalf(bits);
    if (!Number.isNaN(value)) assert.equal(toHalf(value), bits);
  }
  const cases = [1 + 2 ** -11, 1 + 3 * 2 ** -11, 65519, 65520, 2 ** -25, 2 ** -24 * 1.5, 1e-9];
  assert.deepEqual(
    cases.map((v) => fromHalf(toHalf(v))),
    [1, 1 + 2 ** -9, 65504, Infinity, 0, 2 ** -23, 0],
  );
});
