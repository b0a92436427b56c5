// The worker in which a visitor's policy is read and run, with an ONNX Runtime of its own. It says
// which stage it is at, so that the page can end it when one takes too long.

import { makePlan } from "./conventions.js";
import { FileError, readOnnx } from "./onnx-file.js";
import { PolicyError } from "./policy.js";
import { checkTypes, Reader } from "./reader.js";
import { aboutFile, aboutInputs, aboutOutputs, gammaOf, line, playOf } from "./report.js";

const PAGES = 16384; // of 64 KiB: 1 GiB, the most memory that a file may take

// ONNX Runtime asks for memory that may grow to 4 GiB.
const { Memory } = WebAssembly;
WebAssembly.Memory = class extends Memory {
  /** @param {WebAssembly.MemoryDescriptor} wanted */
  constructor(wanted) {
    super({ ...wanted, maximum: Math.min(wanted.maximum ?? PAGES, PAGES) });
  }
};

/** @type {Reader | null} */
let reader = null;

/** @param {import('./own-policy.js').Answer} answer */
const say = (answer) => postMessage(answer);

/** @param {import('./own-policy.js').Job} job */
async function open({ bytes, spec, ort: { module, base } }) {
  const conventions = await fetchConventions();
  const file = readFile(bytes);
  const names = file.outputs.map(({ name }) => name);
  const plan = makePlan(conventions, file.inputs, names, spec.interface);
  checkTypes(file.inputs);
  say({ is: "lines", lines: [...aboutFile(file, plan, bytes.length, spec), ...aboutInputs(plan)] });

  say({ is: "stage", stage: "runtime" });
  const ort = await import(module);
  ort.env.wasm.numThreads = 1;
  ort.env.wasm.wasmPaths = base;
  ort.env.logLevel = "fatal";
  const { InferenceSession, Tensor } = ort;
  await InferenceSession.create(new Uint8Array()).catch(() => {}); // loads the runtime
  say({ is: "stage", stage: "open" });
  const session = await InferenceSession.create(bytes, {
    executionProviders: ["wasm"],
    logSeverityLevel: 4, // what it thinks of a file is said in the report
  });

  say({ is: "stage", stage: "run" });
  const opened = new Reader(Tensor, session, plan, spec.interface);
  await opened.learn();
  reader = opened;
  const { meanings, has } = opened;
  say({ is: "lines", lines: aboutOutputs(plan, names, meanings, has, spec) });
  const { metadata } = file;
  say({
    is: "open",
    stateSize: plan.stateSize,
    play: playOf(metadata),
    gamma: gammaOf(metadata),
  });
}

/** @param {import('./reader.js').Rows} rows @param {number} count */
async function run(rows, count) {
  if (!reader) return;
  const began = performance.now();
  const thoughts = await reader.run(rows, count);
  say({ is: "thoughts", thoughts, ms: performance.now() - began });
}

async function fetchConventions() {
  const answer = await fetch(new URL("./conventions.json", import.meta.url));
  if (!answer.ok) throw new Error(`conventions.json did not arrive: ${answer.status}`);
  return (await answer.json()).conventions;
}

/** @param {Uint8Array} bytes */
function readFile(bytes) {
  try {
    const file = readOnnx(bytes);
    if (!file.external) return file;
    const where = `its weights lie in another file, “${file.external}”`;
    throw new PolicyError(`${where}; export it again with all weights inside`);
  } catch (error) {
    if (error instanceof FileError) throw new PolicyError(`this is no ONNX file: ${error.message}`);
    throw error;
  }
}

/** Why, without what ONNX Runtime puts around it.
 * @param {unknown} error
 */
function reasonOf(error) {
  const text = error instanceof Error ? error.message : String(error);
  // It throws a number where Emscripten gives up.
  if (typeof error === "number" || text.includes("bad_alloc")) {
    return "it wants more memory than the 1 GiB that it may have";
  }
  const [, reason] = text.replace(/\s+/g, " ").match(/ERROR_MESSAGE: (.*)/) ?? [null, text];
  return line("refused", reason.replace(/[\s.]+$/, "")).text;
}

addEventListener("message", async ({ data }) => {
  try {
    if (data.do === "open") await open(data.job);
    else await run(data.rows, data.count);
  } catch (error) {
    say({ is: "failed", reason: reasonOf(error) });
  }
});
