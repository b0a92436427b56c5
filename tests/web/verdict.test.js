// What is said of a replay that was opened, and what an address asks for.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { arriving, paramsFor } from "../../web/static/js/arrival.js";
import { decodeReplay, LIMITS } from "../../web/static/js/replay.js";
import { idIn, LONGEST, toFragment } from "../../web/static/js/replay-link.js";
import { replacements, summary, verdict } from "../../web/static/js/verdict.js";

const spec = { ticks_per_second: 30, turn_based: false, agents: 2 };
const same = { sameRules: true, trouble: "" };
const other = {
  sameRules: false,
  trouble: "made for other rules (dynamics version: want 1, got 2)",
};

test("a verdict says whether it is what was played, and up to where", () => {
  const all = verdict(same, { agreed: 90, differs: -1 }, spec);
  assert.deepEqual([all.kind, /every hash agrees/.test(all.text)], ["good", true]);
  const lucky = verdict(other, { agreed: 90, differs: -1 }, spec);
  assert.deepEqual([lucky.kind, /got 2\), but every hash agrees/.test(lucky.text)], ["good", true]);
  const old = verdict(other, { agreed: 60, differs: 90 }, spec);
  assert.equal(old.kind, "warning");
  assert.match(old.text, /agree up to 0:02.0 \(tick 60\); the one at 0:03.0 \(tick 90\) differs/);
  const altered = verdict(same, { agreed: -1, differs: 0 }, spec);
  assert.match(altered.text, /the file was altered.* No hash agrees; the one at .*\(tick 0\)/);
  assert.equal(summary({ ticks: 1959, seed: 7 }, spec), "1:05.3, 1,959 ticks, seed 7");
});

test("policies that are missing are told together where they are alike", () => {
  const missing = (seat, name) => ({ seat, name, sha256: "ab".repeat(32), instead: "first" });
  const both = replacements(spec, [missing(0, "x"), missing(1, "x")], 2);
  assert.match(both, /^All seats had “x” \(abababab…\), which .*; “first” sits there now\.$/);
  const one = replacements(spec, [{ ...missing(1, "y"), sha256: "" }], 2);
  assert.match(one, /^Left had “y”, which/);
  assert.equal(replacements(spec, [], 2), "");
});

const file = new Uint8Array(
  readFileSync(new URL("../vectors/replays/python-pong.gymcade", import.meta.url)),
);

test("an address asks for a replay, a moment, both or neither", async () => {
  const asked = await arriving({ search: "?seed=3", hash: `#${toFragment(file, 12)}` });
  assert.deepEqual([asked.tick, asked.trouble, asked.replay?.env], [12, "", "pong"]);
  assert.deepEqual(asked.bytes, file);
  const none = await arriving({ search: "", hash: "#t=5" });
  assert.deepEqual([none.replay, none.bytes, none.tick, none.trouble], [null, null, 5, ""]);
  const bad = await arriving({ search: "", hash: "#replay=R1lN!" });
  assert.match(bad.trouble, /want letters of base64url/);
  const cut = await arriving({ search: "", hash: `#${toFragment(file.subarray(0, 90))}` });
  assert.match(cut.trouble, /damaged or cut off/);
  assert.equal(idIn("?timeline&replay=abc-_1"), "abc-_1");
  assert.equal(idIn("?seed=1"), "");
  const long = new Uint8Array(LONGEST);
  assert.equal(toFragment(long), null);
  assert.ok((toFragment(long, 0, 2 * LONGEST) ?? "").length > LONGEST);
  assert.ok(LIMITS.file > LONGEST);
});

test("a game has the parameters of a replay that means something in it", async () => {
  const replay = await decodeReplay(file);
  const env = JSON.parse(
    readFileSync(new URL("../../web/static/envs/pong/spec.json", import.meta.url), "utf8"),
  );
  const usual = { points: 11, serve_speed: 6, paddle_speed: 8 };
  assert.deepEqual(paramsFor(null, env), usual);
  assert.deepEqual(paramsFor(replay, env), { ...usual, points: 3 });
  assert.deepEqual(paramsFor({ ...replay, params: { points: 4 } }, env), { ...usual, points: 4 });
  assert.deepEqual(paramsFor({ ...replay, params: { points: 1e6 } }, env), usual);
  assert.deepEqual(paramsFor({ ...replay, env: "other" }, env), usual);
});
