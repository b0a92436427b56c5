// What the tests of the viewer share: environments as built, a stand-in for ONNX Runtime.
import { readFileSync } from "node:fs";
import { openEnv } from "../../web/static/js/env.js";
import { openPolicy } from "../../web/static/js/policy.js";

/** An environment from its sim.wasm, which `make` builds before the tests. */
export function openBuilt(name, options) {
  const path = `../../web/static/envs/${name}/sim.wasm`;
  return openEnv(readFileSync(new URL(path, import.meta.url)), options);
}

export function sidecarOf(spec, more = {}) {
  return {
    format: "gymcade-policy",
    format_version: 1,
    env: "test",
    name: "best",
    interface_version: spec.interface_version,
    dynamics_version: "",
    state_size: 0,
    play: { mode: "sampled", temperature: 1 },
    ...more,
  };
}

/** ONNX Runtime as far as a policy needs it: `compute` maps feeds to outputs, each {data, dims}. */
export class FakeOrt {
  runs = 0;
  running = 0;
  constructor(inputNames, outputNames, compute) {
    this.Tensor = class {
      constructor(type, data, dims) {
        Object.assign(this, { type, data, dims });
      }
    };
    const run = async (feeds) => {
      if (this.running++) throw new Error("session is busy");
      this.runs++;
      await new Promise((resolve) => setImmediate(resolve));
      const out = compute(feeds);
      this.running--;
      return out;
    };
    this.InferenceSession = { create: async () => ({ inputNames, outputNames, run }) };
  }
}

/** A policy whose logits are always `logits`, and whose value is the sum of what it sees. */
export function steadyPolicy(env, logits, more = {}) {
  const compute = ({ obs }) => {
    const [n, size] = obs.dims;
    const rows = Array.from({ length: n }, (_, i) => obs.data.slice(i * size, (i + 1) * size));
    return {
      logits: { data: Float32Array.from(rows.flatMap(() => logits)), dims: [n, logits.length] },
      value: { data: Float32Array.from(rows, (r) => r.reduce((a, b) => a + b, 0)), dims: [n, 1] },
    };
  };
  const ort = new FakeOrt(["obs"], ["logits", "value"], compute);
  const sidecar = sidecarOf(env.spec, more);
  return openPolicy({ ort, onnx: new Uint8Array(), sidecar, spec: env.spec, rows: env.rows });
}

/** A policy that turns with what it remembers: logits of its ticks since the episode began. */
export function countingPolicy(env, more = {}) {
  const compute = ({ obs, state_in }) => {
    const [n] = obs.dims;
    const rows = Array.from({ length: n }, (_, i) => state_in.data[i]);
    return {
      logits: {
        data: Float32Array.from(rows.flatMap((r) => [0, r % 20 < 10 ? 9 : 0, r % 20 < 10 ? 0 : 9])),
        dims: [n, 3],
      },
      value: { data: Float32Array.from(rows), dims: [n, 1] },
      state_out: { data: Float32Array.from(rows, (r) => r + 1), dims: [n, 1] },
    };
  };
  const ort = new FakeOrt(["obs", "state_in"], ["logits", "value", "state_out"], compute);
  const sidecar = sidecarOf(env.spec, { state_size: 1, ...more });
  return openPolicy({ ort, onnx: new Uint8Array(), sidecar, spec: env.spec, rows: env.rows });
}

/** Shows frames at `hz` for `ms` of a made-up clock that starts at `from`. */
export async function run(session, ms, hz = 60, from = 0) {
  const frames = Math.round((ms * hz) / 1000);
  for (let i = 0; i <= frames; i++) await session.frame(from + (i * 1000) / hz);
  return from + (frames * 1000) / hz;
}

/** The ONNX Runtime of the page, in Node. */
export async function openOrt() {
  const base = new URL("../../web/static/vendor/ort/", import.meta.url);
  const ort = await import(new URL("ort.wasm.min.mjs", base).href);
  ort.env.wasm.numThreads = 1;
  ort.env.wasm.wasmPaths = base.href;
  ort.env.logLevel = "error";
  return ort;
}
