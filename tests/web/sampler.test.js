// The numbers in tests/vectors/sampler.json were written by tests/vectors/sampler.c.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { drawNormal, greedy, likeliest, pick, Rng, softmax } from "../../web/static/js/sampler.js";

const vectors = JSON.parse(
  readFileSync(new URL("../vectors/sampler.json", import.meta.url), "utf8"),
);

test("the generator gives the numbers of env.h", () => {
  for (const { seed, next } of vectors.streams) {
    const rng = new Rng(seed);
    assert.deepEqual(
      next.map(() => rng.next()),
      next,
    );
  }
});

test("two halves of 32 bits step like one of 64", () => {
  const rng = new Rng(99);
  let state = rng.state;
  for (let i = 0; i < 20000; i++) {
    state = BigInt.asUintN(64, state * 6364136223846793005n + 1442695040888963407n);
    rng.next();
    if (rng.state !== state) assert.fail(`differs after ${i + 1} draws`);
  }
  rng.state = 0xfedcba9876543210n;
  assert.equal(rng.state, 0xfedcba9876543210n);
});

/** One action of a row, as minds.js draws it. */
function choose({ nvec, temperature = 1, greedy: best = false }, logits, mask, rng) {
  const into = new Float64Array(8);
  let at = 0;
  return nvec.map((n) => {
    softmax(logits, at, n, into, mask, at, temperature);
    const choice = best ? greedy(logits, at, n, mask, at) : pick(into, n, rng.unit());
    at += n;
    return choice;
  });
}

test("choices are drawn by the rule", () => {
  assert.equal(vectors.cases.length, 10);
  for (const c of vectors.cases) {
    const rng = new Rng(c.seed);
    for (const wanted of c.actions) {
      const got = c.logits.map((row, i) =>
        choose(c, Float32Array.from(row), c.mask?.[i] ?? null, rng),
      );
      assert.deepEqual(got, wanted);
    }
  }
});

test("probabilities: masked choices have none, a temperature flattens", () => {
  const into = new Float64Array(3);
  softmax([0, Math.log(2), Math.log(5)], 0, 3, into, [1, 1, 0]);
  assert.ok(Math.abs(into[0] - 1 / 3) < 1e-12 && into[2] === 0);
  softmax([0, Math.log(4), 0], 0, 3, into, null, 0, 2);
  assert.ok(Math.abs(into[1] - 0.5) < 1e-12);
});

test("a head in the middle of a row is read from there", () => {
  const into = new Float64Array(2);
  softmax([9, 9, 0, 0], 2, 2, into, [0, 0, 1, 0], 2);
  assert.deepEqual([...into], [1, 0]);
  assert.equal(greedy([9, 9, 1, 5], 2, 2, [1, 1, 0, 0, 1, 1], 4), 1);
});

test("continuous actions are drawn by the rule", () => {
  for (const { seed, mean, log_std, drawn } of vectors.normals) {
    const rng = new Rng(seed);
    for (const wanted of drawn) {
      const got = drawNormal(rng, mean, log_std);
      assert.ok(Math.abs(got - wanted) < 1e-12, `${got} ${wanted}`);
    }
  }
});

test("of many choices the likeliest are told, and what was done in any case", () => {
  const chances = Float64Array.of(0.1, 0, 0.4, 0.05, 0.3, 0.15);
  assert.deepEqual(likeliest(chances, 6, 3, []), [2, 4, 5]);
  assert.deepEqual(likeliest(chances, 6, 3, [1]), [2, 4, 1]);
  assert.deepEqual(likeliest(chances, 6, 3, [1, 3]), [2, 3, 1]);
  assert.deepEqual(likeliest(chances, 4, 9, [2]), [2, 0, 3, 1]);
});
