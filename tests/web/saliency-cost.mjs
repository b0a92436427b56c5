// How long the shipped policies take for batches, ms, the fastest of 80 runs:
//   node tests/web/saliency-cost.mjs [ROWS...]
import { readdirSync, readFileSync } from "node:fs";
import { openOrt } from "./help.js";

const ROWS = process.argv.slice(2).map(Number);
const rows = ROWS.length ? ROWS : [1, 8, 32, 128];
const policies = new URL("../../web/static/policies/", import.meta.url);
const envs = new URL("../../web/static/envs/", import.meta.url);
const ort = await openOrt();
const cells = (list) => `| ${list.join(" | ")} |`;
console.log(cells(["policy", ...rows.map((n) => (n === 1 ? "1 row" : `${n} rows`))]));
console.log(cells(["", ...rows].map(() => "---")));
for (const env of readdirSync(policies)) {
  const file = (name) => readFileSync(new URL(`${env}/${name}`, policies));
  const { state_size: remembered } = JSON.parse(file("best.json"));
  const spec = JSON.parse(readFileSync(new URL(`${env}/spec.json`, envs)));
  const { size } = spec.interface.observation;
  const session = await ort.InferenceSession.create(file("best.onnx"));
  const tensor = (n, width) => new ort.Tensor("float32", new Float32Array(n * width), [n, width]);
  const fastest = [];
  for (const n of rows) {
    const feeds = { obs: tensor(n, size) };
    if (remembered) feeds.state_in = tensor(n, remembered);
    const times = [];
    for (let i = 0; i < 80; i++) {
      const began = performance.now();
      await session.run(feeds);
      times.push(performance.now() - began);
    }
    fastest.push(Math.min(...times).toFixed(2));
  }
  console.log(cells([env, ...fastest]));
}
