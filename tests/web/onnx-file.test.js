import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { FileError, readOnnx } from "../../web/static/js/onnx-file.js";

const shipped = new URL("../../web/static/policies/pong/", import.meta.url);
const best = readFileSync(new URL("best.onnx", shipped));
const sidecar = JSON.parse(readFileSync(new URL("best.json", shipped), "utf8"));

// Writing protobuf, as little as the tests need.
const varint = (n) => (n < 128 ? [n] : [(n % 128) + 128, ...varint(Math.floor(n / 128))]);
const num = (field, n) => [...varint(field * 8), ...varint(n)];
const span = (field, bytes) => [...varint(field * 8 + 2), ...varint(bytes.length), ...bytes];
const text = (field, words) => span(field, [...new TextEncoder().encode(words)]);
const model = (...graph) => Uint8Array.from([...num(1, 8), ...span(7, graph.flat())]);
const tensor = (name, ...more) => [...text(8, name), ...more.flat()];

test("a shipped policy is read: tensors, versions, metadata, weights", () => {
  const file = readOnnx(best);
  assert.deepEqual(file.inputs, [{ name: "obs", type: 1, shape: [null, 8] }]);
  assert.deepEqual(file.outputs, [
    { name: "logits", type: 1, shape: [null, 3] },
    { name: "value", type: 1, shape: [null, 1] },
  ]);
  assert.deepEqual([file.irVersion, file.opset, file.external], [10, 18, ""]);
  for (const key of ["env", "name", "interface_version", "dynamics_version"]) {
    assert.equal(file.metadata[key], sidecar[key]);
  }
  assert.deepEqual(JSON.parse(file.metadata.play), sidecar.play);
  assert.ok(file.weights > 0.8 * best.length && file.weights < best.length);
});

test("weights among the inputs are none, and no size is a free one", () => {
  const dims = [...span(1, num(1, 2 ** 40)), ...span(1, text(2, "n")), ...span(1, num(1, 5))];
  const info = (name) => [...text(1, name), ...span(2, span(1, [...num(1, 7), ...span(2, dims)]))];
  const file = readOnnx(
    model(span(11, info("W")), span(11, info("obs")), span(5, tensor("W", span(9, [1, 2, 3])))),
  );
  assert.deepEqual(file.inputs, [{ name: "obs", type: 7, shape: [null, null, 5] }]);
});

test("weights in another file are found, wherever a tensor can be", () => {
  const entry = [...text(1, "location"), ...text(2, "w.data")];
  const outside = tensor("W", num(14, 1), span(13, entry));
  const constant = span(1, span(5, span(5, outside))); // node, attribute, t
  const inner = span(1, span(5, span(6, constant))); // in a graph of a node
  for (const graph of [span(5, outside), constant, inner, span(15, span(1, outside))]) {
    assert.equal(readOnnx(model(graph)).external, "w.data");
  }
  assert.equal(readOnnx(model(span(5, tensor("W", num(14, 1))))).external, "another file");
});

test("what is no ONNX file is refused with where and why", () => {
  const deep = (n) => (n ? span(1, span(5, span(6, deep(n - 1)))) : []);
  const cases = [
    [Uint8Array.from([]), /no graph in it/],
    [
      new TextEncoder().encode("<!doctype html><title>Gymcade</title>"),
      /wire type|beyond|no graph/,
    ],
    [best.subarray(0, best.length - 9), /beyond/],
    [Uint8Array.from(Array(12).fill(0xff)), /a number without an end/],
    [model(deep(17)), /more than 16 deep/],
  ];
  for (const [bytes, message] of cases) {
    assert.throws(
      () => readOnnx(bytes),
      (error) => error instanceof FileError && message.test(error.message),
    );
  }
});

test("any cut and any changed byte gives a file or a FileError, never another error", () => {
  const small = best.subarray(0, 4000);
  for (let i = 0; i < 400; i++) {
    const bytes = Uint8Array.from(small.subarray(0, 4000 - (i % 7) * 100));
    bytes[(i * 2654435761) % bytes.length] = (i * 40503) % 256;
    try {
      readOnnx(bytes);
    } catch (error) {
      assert.ok(error instanceof FileError, String(error));
    }
  }
});
