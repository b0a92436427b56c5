// A shipped policy in ONNX Runtime Web: its outputs for recorded observations, and what is chosen from
// them. Run by test_agreement.py.

import { openPolicy } from "../../web/static/js/policy.js";
import { clamp, drawNormal, greedy, pick, Rng, softmax } from "../../web/static/js/sampler.js";

const ROWS = 16; // a run, as many seats as a game may have

async function bytes(url) {
  return new Uint8Array(await (await fetch(url)).arrayBuffer());
}

/** @param {string} text base64 */
const decoded = (text) => Uint8Array.from(atob(text), (c) => c.charCodeAt(0));

async function think(policy, obs, states, size) {
  const n = obs.length / size;
  const said = [];
  const spread = [];
  const rows = Int32Array.from({ length: ROWS }, (_, i) => i);
  for (let low = 0; low < n; low += ROWS) {
    const count = Math.min(ROWS, n - low);
    const part = obs.subarray(low * size, (low + count) * size);
    const from = low * policy.stateSize;
    policy.memory.set(states.subarray(from, from + count * policy.stateSize));
    const { logits, mean, logStd } = await policy.run(part, rows, count);
    said.push(...(logits ?? mean));
    spread.push(...(logStd ?? []));
  }
  return { said: Float32Array.from(said), spread: Float32Array.from(spread) };
}

/** Choices of all rows in order, as minds.js draws them. */
function choose(logits, mask, nvec, rng, temperature) {
  const into = new Float64Array(Math.max(...nvec));
  const chosen = [];
  for (let at = 0; at < logits.length; ) {
    for (const n of nvec) {
      if (rng) {
        softmax(logits, at, n, into, mask, at, temperature);
        chosen.push(pick(into, n, rng.unit()));
      } else {
        chosen.push(greedy(logits, at, n, mask, at));
      }
      at += n;
    }
  }
  return chosen;
}

/** Continuous actions of all rows in order, as minds.js draws them. */
function stray(means, spread, rng, temperature) {
  if (!rng) return Array.from(means, clamp);
  return Array.from(means, (mean, i) => drawNormal(rng, mean, spread[i] + Math.log(temperature)));
}

export async function run({ onnx, sidecar, spec, obs, states, mask, seed, given }) {
  const ort = await import("/web/static/vendor/ort/ort.wasm.min.mjs");
  ort.env.wasm.numThreads = 1;
  ort.env.wasm.wasmPaths = new URL("/web/static/vendor/ort/", location.href).href;
  const about = await (await fetch(sidecar)).json();
  const policy = await openPolicy({
    ort,
    onnx: await bytes(onnx),
    sidecar: about,
    spec,
    rows: ROWS,
  });
  const seen = new Float32Array(decoded(obs).buffer);
  const memory = new Float32Array(decoded(states).buffer);
  const { said: logits, spread } = await think(policy, seen, memory, policy.obsSize);
  const nvec = spec.interface.action.heads.map(({ n }) => n);
  const allowed = mask === null ? null : decoded(mask);
  const rng = new Rng(seed);
  const same = new Rng(seed);
  const theirs = new Float32Array(decoded(given).buffer);
  const { temperature } = policy.play;
  if (policy.continuous) {
    return {
      greedy: stray(logits, spread, null, 1),
      sampled: stray(logits, spread, rng, temperature),
      state: rng.state.toString(),
      logits: [...logits],
    };
  }
  return {
    greedy: choose(logits, allowed, nvec, null, 1),
    sampled: choose(logits, allowed, nvec, rng, temperature),
    fromTheirs: choose(theirs, allowed, nvec, same, temperature),
    state: rng.state.toString(),
    logits: [...logits],
  };
}
