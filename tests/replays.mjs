// Reads, checks and makes replays in JavaScript, for tests/replay_files.py and its tests.
import { createHash } from "node:crypto";
import { openEnv } from "../web/static/js/env.js";
import {
  decodeReplay,
  encodeReplay,
  firstDifference,
  fitOf,
  madeFor,
} from "../web/static/js/replay.js";
import { Rng } from "../web/static/js/sampler.js";

/** What a replay holds, its actions as a hash of their bytes. */
export function summary(replay) {
  const { actions, paramChanges, drivers, hashes, ...facts } = replay;
  return {
    ...facts,
    changes: paramChanges.map(({ tick, params }) => [tick, params]),
    drivers: drivers.map(({ tick, seat, driver }) => [tick, seat, driver]),
    hashes: hashes.map(({ tick, hash }) => [tick, hash]),
    actions: createHash("sha256").update(Buffer.from(actions.buffer)).digest("hex"),
  };
}

/** A game played at random, as the page would record it: a person takes seat 0 half-way, where
 * `changes` set in. */
export function played(env, spec, { seed, params, ticks, changes, every }) {
  const rng = new Rng(seed);
  const hash = () => env.hash().toString(16).padStart(16, "0");
  env.reset(seed, params);
  const half = ticks >> 1;
  const length = env.actions.length;
  const { heads } = spec.interface.action;
  const record = {
    ...madeFor(spec, env.seats),
    seed,
    params: { ...env.params },
    paramChanges: changes ? [{ tick: half, params: changes }] : [],
    drivers: Array.from({ length: env.seats }, (_, seat) => ({
      tick: 0,
      seat,
      driver: { kind: "policy", name: "best", sha256: "ab".repeat(32) },
    })),
    actions: env.continuous ? new Float32Array(ticks * length) : new Int32Array(ticks * length),
    ticks,
    hashes: [{ tick: 0, hash: hash() }],
  };
  record.drivers.push({ tick: half, seat: 0, driver: { kind: "person" } });
  for (let tick = 0; tick < ticks; tick++) {
    if (tick === half && changes) env.setParams(changes);
    for (let i = 0; i < length; i++) {
      const { n } = heads[i % heads.length];
      const active = env.active[Math.floor(i / heads.length)];
      const drawn = env.continuous ? 2 * rng.unit() - 1 : rng.below(n);
      env.actions[i] = active ? drawn : 0;
    }
    record.actions.set(env.actions, tick * length);
    env.step();
    if ((tick + 1) % every === 0 || tick + 1 === ticks) {
      record.hashes.push({ tick: tick + 1, hash: hash() });
    }
  }
  return record;
}

/** job: `file` in base64 to be read and written again, or a game for `played`; and where it can be
 * played, `sim` in base64 with its spec. */
export async function run({ file, sim, spec, game }) {
  const env = sim ? await openEnv(Buffer.from(sim, "base64")) : null;
  const replay = game
    ? played(env, spec, game)
    : await decodeReplay(new Uint8Array(Buffer.from(file, "base64")));
  const bytes = await encodeReplay(replay);
  return {
    summary: summary(replay),
    file: Buffer.from(bytes).toString("base64"),
    fit: spec ? fitOf(replay, spec) : null,
    differs: env ? firstDifference(env, replay) : null,
  };
}
