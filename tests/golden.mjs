// Plays actions that are given and tells what came of each tick, for tests/test_golden.py.
import { openEnv } from "../web/static/js/env.js";

const hex = (hash) => hash.toString(16).padStart(16, "0");

/** job: sim in base64, seed, params by name, and one array of actions for all rows a tick. */
export async function run({ sim, seed, params, actions }) {
  const env = await openEnv(Buffer.from(sim, "base64"), { seed, params });
  const opening = hex(env.hash());
  const ticks = actions.map((chosen) => {
    env.actions.set(chosen);
    env.step();
    const flags = Array.from(env.terminated, (t, row) =>
      t ? "T" : env.truncated[row] ? "t" : ".",
    );
    return { state: hex(env.hash()), rewards: Array.from(env.rewards), flags: flags.join("") };
  });
  return { opening, ticks };
}
