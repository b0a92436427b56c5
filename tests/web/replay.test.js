// The files in tests/vectors/replays/ were written by tests/replay_files.py, in both languages.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { deflateSync } from "node:zlib";
import { pack, unpack } from "../../web/static/js/packing.js";
import {
  decodeReplay,
  encodeReplay,
  firstDifference,
  fitOf,
  LIMITS,
  ReplayError,
  retrace,
} from "../../web/static/js/replay.js";
import { fromFragment, LONGEST, momentOf, toFragment } from "../../web/static/js/replay-link.js";
import { Rng } from "../../web/static/js/sampler.js";
import { played, summary } from "../replays.mjs";
import { openBuilt } from "./help.js";

const folder = new URL("../vectors/replays/", import.meta.url);
const held = JSON.parse(readFileSync(new URL("replays.json", folder), "utf8"));
const file = (name) => new Uint8Array(readFileSync(new URL(`${name}.gymcade`, folder)));

test("files of both languages hold what they say, and are written again", async () => {
  assert.equal(Object.keys(held).length, 12);
  for (const [name, want] of Object.entries(held)) {
    const replay = await decodeReplay(file(name));
    assert.deepEqual(summary(replay), want, name);
    const again = await decodeReplay(await encodeReplay(replay));
    assert.deepEqual(again, replay, name);
  }
});

test("every packing unpacks", () => {
  const rng = new Rng(3);
  for (const heads of [[3], [2, 3, 5], [1], [65536, 2]]) {
    for (const [ticks, seats] of [
      [0, 1],
      [1, 1],
      [7, 3],
      [500, 2],
    ]) {
      const actions = new Int32Array(ticks * seats * heads.length);
      for (let i = actions.length >> 1; i < actions.length; i++) {
        actions[i] = rng.below(heads[i % heads.length]);
      }
      const shape = { ticks, seats, heads };
      const ways = pack(actions, shape);
      assert.deepEqual(Object.keys(ways), ["bits", "runs"]);
      for (const [way, data] of Object.entries(ways)) {
        assert.deepEqual(unpack(data, way, shape), actions, `${way} of ${heads}`);
      }
    }
  }
  const still = pack(new Int32Array(200), { ticks: 200, seats: 1, heads: [3] });
  assert.deepEqual([...still.runs], [((199 * 3) & 127) | 128, (199 * 3) >> 7]);
});

const env = await openBuilt("pong");
const spec = { ...env.spec, name: "pong", dynamics_version: "fe23565a659f1541" };
const game = { seed: 9, params: { points: 2 }, ticks: 400, changes: { serve_speed: 8 }, every: 50 };

test("a game plays again as it was played; one action turned is found", async () => {
  const replay = await decodeReplay(await encodeReplay(played(env, spec, game)));
  assert.deepEqual(fitOf(replay, spec), { playable: true, sameRules: true, trouble: "" });
  assert.equal(firstDifference(env, replay), -1);
  assert.equal([...retrace(env, replay)].length, 401);
  const turned = { ...replay, actions: replay.actions.slice() };
  turned.actions[2 * 220] = (turned.actions[2 * 220] + 1) % 3;
  assert.equal(firstDifference(env, turned), 250);
  assert.equal(firstDifference(env, { ...replay, seed: 10 }), 0);
  assert.equal(firstDifference(env, { ...replay, paramChanges: [] }) > 200, true);
});

test("a replay made for something else is told in words", () => {
  const replay = played(env, spec, game);
  const fit = (more) => fitOf({ ...replay, ...more }, spec);
  const other = fit({ dynamicsVersion: "0123" });
  assert.deepEqual([other.playable, other.sameRules], [true, false]);
  assert.match(other.trouble, /made for other rules .*want fe23565a659f1541, got 0123/);
  for (const [more, trouble] of [
    [{ env: "snake" }, /made in snake, this is pong/],
    [{ heads: [5] }, /made for other actions: want heads of 3 choices, got 5/],
    [{ params: { wind: 1 } }, /a parameter that is no more: wind/],
    [{ params: { points: 100 } }, /points: want 1 to 99, got 100/],
    [{ paramChanges: [{ tick: 3, params: { points: 5 } }] }, /points cannot change in play/],
  ]) {
    assert.equal(fit(more).playable, false);
    assert.match(fit(more).trouble, trouble);
  }
  assert.equal(fit({ paramChanges: [{ tick: 3, params: { points: 2 } }] }).playable, true);
  const fewer = { ...replay, seats: 1, actions: replay.actions.slice(400) };
  assert.throws(() => firstDifference(env, fewer), /seats: want 2, got 1/);
});

/** A file of one head of three choices and two ticks, with a head that is changed. */
function made(changed = {}, actions = [0]) {
  const head = {
    ...{ env: "pong", interface_version: "", dynamics_version: "", seed: 1, params: {} },
    ...{ changes: [], seats: 1, heads: [3], drivers: [], ticks: 2, packing: "bits" },
    ...{ hashes: [[2, "0".repeat(16)]], ...changed },
  };
  const text = Buffer.from(typeof changed === "string" ? changed : JSON.stringify(head));
  const size = Buffer.alloc(4);
  size.writeUInt32LE(text.length);
  return boxed(Buffer.concat([size, text, Buffer.from(actions)]));
}

const boxed = (body) =>
  new Uint8Array(Buffer.concat([Buffer.from("GYMCADE\x01"), deflateSync(body)]));

test("what is wrong is said", async () => {
  assert.deepEqual([...(await decodeReplay(made({ unheard: "of" }))).actions], [0, 0]);
  const good = made();
  const driver = (more) => ({ drivers: [[0, 0, { kind: "policy", ...more }]] });
  for (const [bytes, message] of [
    [new Uint8Array(), /no replay: want "GYMCADE" at its start, got ""/],
    [new Uint8Array(Buffer.from("GYMCADE\x02")), /format version: want 1, got 2/],
    [good.subarray(0, 8), /damaged or cut off after 8 bytes/],
    [good.subarray(0, -3), /damaged or cut off/],
    [new Uint8Array([...good, 1, 2]), /damaged or cut off/],
    [good.map((byte, i) => (i === good.length - 1 ? byte ^ 1 : byte)), /damaged or cut off/],
    [boxed(Buffer.from("ab")), /head: want at most 0 bytes, got Infinity/],
    [
      boxed(Buffer.from("\xff\xff\xff\xff", "latin1")),
      /head: want at most 0 bytes, got 4294967295/,
    ],
    [made("{"), /head: no JSON/],
    [made("[]"), /head: want an object, got \[\]/],
    [made({ env: "../x" }), /env: want a name, got "..\/x"/],
    [made({ seed: 2 ** 32 }), /seed: want 0 to 4294967295, got 4294967296/],
    [made({ seats: 65 }), /seats: want 1 to 64, got 65/],
    [made({ heads: [3, 0] }), /choices for each or for none/],
    [made({ ticks: 2 ** 20, seats: 64 }), /actions: want at most 4194304 .*got 67108864/],
    [made({ params: null }), /params: want an object, got null/],
    [
      made({
        changes: [
          [2, {}],
          [1, {}],
        ],
      }),
      /changes: tick: want 2 to 2, got 1/,
    ],
    [made(driver({ kind: "ghost" })), /driver: kind: want one of person, policy/],
    [made(driver({ sha256: "ab" })), /sha256: want 64 hexadecimal digits, got "ab"/],
    [made(driver({ name: "\ud800" })), /name: want up to 200 letters/],
    [made({ hashes: [] }), /hashes: want one of tick 2, the last, got \[\]/],
    [made({ hashes: [[2, "x"]] }), /hashes: want 16 hexadecimal digits, got "x"/],
    [made({ packing: "zip" }), /actions: want packing bits or runs, got zip/],
    [made({}, []), /actions: want 1 bytes, got 0/],
    [made({}, [3]), /actions: want choices 0 to 2, got 3/],
    [made({ packing: "runs" }, [0]), /actions: want runs of 2 in all, got 1/],
    [made({ packing: "runs" }, [255, 255, 3]), /actions: want runs of 2 in all, got/],
    [made({ packing: "runs" }, [3, 128]), /actions: the last run is cut off/],
    [made({ packing: "runs" }, [...Array(8).fill(128), 1]), /at most 6 bytes a run/],
  ]) {
    await assert.rejects(decodeReplay(bytes), (error) => {
      assert.ok(error instanceof ReplayError, String(message));
      assert.match(error.message, message);
      return true;
    });
  }
});

test("large files and bombs are refused", async () => {
  const most = 4 + 2 ** 20 + 4 * LIMITS.values;
  const bomb = boxed(Buffer.alloc(most + 1));
  assert.ok(bomb.length < most / 900);
  await assert.rejects(decodeReplay(bomb), /contents: want at most 17825796 bytes, got more/);
  const large = new Uint8Array(LIMITS.file + 1);
  large.set(made());
  await assert.rejects(decodeReplay(large), /file: want at most 16777216 bytes, got 16777217/);
  await assert.rejects(decodeReplay(made(), { ...LIMITS, ticks: 1 }), /ticks: want 0 to 1, got 2/);
});

test("what could not be read is not written", async () => {
  const replay = await decodeReplay(made());
  for (const [more, message] of [
    [{ actions: new Float32Array(2) }, /want Int32Array of 2, got Float32Array of 2/],
    [{ actions: new Int32Array(3) }, /want Int32Array of 2, got Int32Array of 3/],
    [{ actions: Int32Array.of(0, 3) }, /actions: want 0 to 2, got 3/],
    [{ seed: -1 }, /seed: want 0 to 4294967295, got -1/],
    [{ params: { x: Number.NaN } }, /params: x: want a number, got null/],
  ]) {
    await assert.rejects(encodeReplay({ ...replay, ...more }), message);
  }
});

test("links: a fragment holds a short replay and leads to a moment", () => {
  for (const name of Object.keys(held)) {
    const bytes = file(name);
    const fragment = toFragment(bytes, 120);
    if (bytes.length * 4 > LONGEST * 3) {
      assert.equal(fragment, null);
      continue;
    }
    assert.match(fragment, /^replay=[A-Za-z0-9_-]+&t=120$/);
    assert.deepEqual(fromFragment(`#${fragment}`), { bytes, tick: 120 });
    assert.deepEqual(fromFragment(toFragment(bytes)), { bytes, tick: null });
  }
  assert.equal(toFragment(new Uint8Array((LONGEST * 3) / 4)).length, LONGEST + "replay=".length);
  assert.equal(toFragment(new Uint8Array((LONGEST * 3) / 4 + 1)), null);
  assert.deepEqual(fromFragment(`#${momentOf(7)}`), { bytes: null, tick: 7 });
  for (const none of ["", "#", "#t=", "#t=-1", "#t=1e3", "#t", "#about"]) {
    assert.deepEqual(fromFragment(none), { bytes: null, tick: null });
  }
  assert.throws(() => fromFragment("#replay=ab+c"), /want letters of base64url, got "\+"/);
  assert.throws(() => fromFragment("#replay=abcde"), /got 5 letters, one is missing/);
});
