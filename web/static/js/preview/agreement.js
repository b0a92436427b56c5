// Whether the native library and the wasm in the page come to the same bytes: what was played here is
// played again natively by the preview, and every hash compared. It only computes.

import { openEnv } from "../env.js";
import { hashOf } from "../history.js";
import { encodeReplay } from "../replay.js";
import { gameOf } from "./kept.js";

/**
 * @typedef {import('../replay.js').Replay} Replay
 * @typedef {{playable: boolean, problems: string[], agreed: number | null, differs: number | null}} Verdict
 *   as `python -m envs_c replay --json` says
 * @typedef {{agrees: boolean | null, text: string}} Found agrees: null where it is not known
 * @typedef {(bytes: Uint8Array) => Promise<Verdict | {error: string}>} Ask plays a file natively
 */

/** Compares the whole game of a session.
 * @param {import('../session.js').Session} session
 * @param {import('../types.js').Spec} spec as the page has it
 * @param {Ask} ask @param {() => Promise<Uint8Array>} sim the bytes of sim.wasm
 * @returns {Promise<Found>}
 */
export async function compare(session, spec, ask, sim) {
  const replay = gameOf(session, spec);
  const verdict = await ask(await encodeReplay(replay));
  if ("error" in verdict) return { agrees: null, text: `Not compared: ${verdict.error}` };
  if (!verdict.playable) return { agrees: null, text: `Not compared: ${verdict.problems.at(-1)}` };
  if (verdict.differs === null) {
    return { agrees: true, text: `Native and wasm agree up to tick ${replay.ticks}.` };
  }
  // Between two hashes that were kept lie many ticks; with one for each of them, the first is found.
  const hashes = await hashesOf(replay, verdict.agreed ?? 0, verdict.differs, await sim());
  const close = await ask(await encodeReplay({ ...replay, hashes }));
  const tick = "error" in close || close.differs === null ? verdict.differs : close.differs;
  return { agrees: false, text: `Native and wasm differ from tick ${tick} on.` };
}

/** A hash for each tick from one to another, and of the end.
 * @param {Replay} replay @param {number} from @param {number} to @param {Uint8Array} sim
 */
async function hashesOf(replay, from, to, sim) {
  const env = await openEnv(/** @type {BufferSource} */ (sim), {
    seed: replay.seed,
    params: replay.params,
  });
  const hashes = [];
  const { length } = env.actions;
  for (let tick = 0, change = 0; ; tick++) {
    if ((tick >= from && tick <= to) || tick === replay.ticks) {
      hashes.push({ tick, hash: hashOf(env) });
    }
    if (tick === replay.ticks) return hashes;
    for (; replay.paramChanges[change]?.tick === tick; change++) {
      env.setParams(replay.paramChanges[change].params);
    }
    env.actions.set(replay.actions.subarray(tick * length, (tick + 1) * length));
    env.step();
  }
}

/** Plays a file natively in the preview.
 * @type {Ask}
 */
export async function askPreview(bytes) {
  try {
    const answer = await fetch("/preview/replay", {
      method: "POST",
      headers: { "Content-Type": "application/x-gymcade-replay" },
      body: /** @type {BodyInit} */ (/** @type {unknown} */ (bytes)),
    });
    return answer.ok ? await answer.json() : { error: `the preview says ${answer.status}` };
  } catch {
    return { error: "the preview does not answer" };
  }
}
