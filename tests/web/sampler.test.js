// The numbers in tests/vectors/sampler.json were written by tests/vectors/sampler.c.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { drawNormal, greedy, pick, Rng, softmax } from '../../web/static/js/sampler.js';

const vectors = JSON.parse(
  readFileSync(new URL('../vectors/sampler.json', import.meta.url), 'utf8'),
);

test('the generator gives the numbers of env.h', () => {
  for (const { seed, state, next } of vectors.draws) {
    const rng = new Rng(seed);
    assert.equal(rng.state, BigInt(`0x${state}`));
    assert.deepEqual(
      next.map(() => rng.next()),
      next,
    );
  }
});

test('two halves of 32 bits step like one of 64', () => {
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

test('choices are drawn by the rule', () => {
  const into = new Float64Array(8);
  for (const c of vectors.choices) {
    const n = c.logits.length;
    const logits = Float32Array.from(c.logits);
    softmax(logits, 0, n, into, c.mask, 0, c.temperature);
    for (let i = 0; i < n; i++) assert.ok(Math.abs(into[i] - c.probabilities[i]) < 1e-12);
    assert.equal(greedy(logits, 0, n, c.mask), c.greedy);
    const rng = new Rng(c.seed);
    assert.deepEqual(
      c.sampled.map(() => pick(into, n, rng.unit())),
      c.sampled,
    );
  }
});

test('a head in the middle of a row is read from there', () => {
  const into = new Float64Array(2);
  softmax([9, 9, 0, 0], 2, 2, into, [0, 0, 1, 0], 2);
  assert.deepEqual([...into], [1, 0]);
  assert.equal(greedy([9, 9, 1, 5], 2, 2, [1, 1, 0, 0, 1, 1], 4), 1);
});

test('continuous actions are drawn by the rule', () => {
  for (const { seed, mean, log_std, drawn } of vectors.normals) {
    const rng = new Rng(seed);
    for (const wanted of drawn) {
      const got = drawNormal(rng, mean, log_std);
      assert.ok(Math.abs(got - wanted) < 1e-12, `${got} ${wanted}`);
    }
  }
});
