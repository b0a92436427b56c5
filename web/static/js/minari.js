// Segments as the files of a Minari dataset; trainer/dataset.py writes the same from replays. It only
// computes.

import { writeHdf5 } from "./hdf5.js";

/**
 * @typedef {import('./types.js').Spec} Spec
 * @typedef {import('./replay.js').Replay} Replay
 * @typedef {import('./segments.js').Segment} Segment
 * @typedef {import('./hdf5.js').Group} Group
 *
 * @typedef {object} Collected
 * @property {Spec} spec with its name
 * @property {Replay[]} replays
 * @property {Segment[]} segments
 * @property {number[]} origins of each segment: which replay
 */

const MINARI = "0.5.4"; // the version whose layout this is

/** The files of a dataset, by path: to be unpacked in a folder of Minari datasets.
 * @param {Collected} collected @param {Uint8Array[]} games the files of its replays
 */
export function datasetFiles(collected, games) {
  const { spec, replays, segments } = collected;
  const id = `${spec.name}/person-${replays[0].hashes.at(-1)?.hash.slice(0, 8)}-v0`;
  const members = Object.fromEntries(
    segments.map((segment, i) => [`episode_${i}`, episode(collected, segment, i)]),
  );
  const data = writeHdf5({ members });
  const text = new TextEncoder().encode(json(metadata(collected, id, data.length)));
  /** @type {Map<string, Uint8Array>} */
  const files = new Map([
    [`${id}/data/main_data.hdf5`, data],
    [`${id}/data/metadata.json`, text],
  ]);
  for (const [i, game] of games.entries()) files.set(`${id}/${replayName(i)}`, game);
  return { id, files };
}

/** @param {number} index */
function replayName(index) {
  return `replay-${index}.gymcade`;
}

/** @param {Collected} collected @param {Segment} segment @param {number} index @returns {Group} */
function episode({ spec, replays, origins }, segment, index) {
  const { observation, action } = spec.interface;
  const length = segment.rewards.length;
  const heads =
    action.type === "discrete" && action.heads.length === 1 ? [] : [action.heads.length];
  const choices = action.heads.reduce((sum, head) => sum + head.n, 0);
  /** @type {Record<string, import('./hdf5.js').Table>} */
  const infos = { tick: { data: segment.ticks, shape: [length + 1] } };
  if (segment.mask) {
    infos.action_mask = { data: Int8Array.from(segment.mask), shape: [length + 1, choices] };
  }
  return {
    attributes: {
      id: index,
      total_steps: length,
      replay: origins[index],
      game_seed: replays[origins[index]].seed,
      seat: segment.seat,
      first: Number(segment.first),
    },
    members: {
      observations: { data: segment.observations, shape: [length + 1, ...shapeOf(observation)] },
      actions: { data: segment.actions, shape: [length, ...heads] },
      rewards: { data: segment.rewards, shape: [length] },
      terminations: { data: segment.terminated, shape: [length], truth: true },
      truncations: { data: segment.truncated, shape: [length], truth: true },
      infos: { members: infos },
    },
  };
}

/** @param {Spec['interface']['observation']} observation */
function shapeOf({ parts, size }) {
  return parts.length === 1 ? parts[0].shape : [size];
}

/** @param {Collected} collected @param {string} id @param {number} size bytes of the data */
function metadata({ spec, replays, segments, origins }, id, size) {
  return {
    total_episodes: segments.length,
    total_steps: segments.reduce((sum, { rewards }) => sum + rewards.length, 0),
    data_format: "hdf5",
    jpeg_encoding: false,
    observation_space: json(observationSpace(spec)),
    action_space: json(actionSpace(spec)),
    env_spec: json(envSpec(spec)),
    dataset_id: id,
    minari_version: MINARI,
    dataset_size: Math.round(size / 1e5) / 10,
    algorithm_name: [...new Set(segments.map(({ driver }) => driver))].join(", "),
    gymcade: {
      env: spec.name,
      interface_version: spec.interface_version,
      dynamics_version: spec.dynamics_version ?? "",
      replays: replays.map((replay, i) => ({
        file: replayName(i),
        seed: replay.seed,
        params: replay.params,
        dynamics_version: replay.dynamicsVersion,
        ticks: replay.ticks,
        hash: replay.hashes.at(-1)?.hash,
      })),
      segments: segments.map(({ seat, driver, ticks, first }, i) => ({
        replay: origins[i],
        seat,
        driver,
        from: ticks[0],
        to: ticks[ticks.length - 1],
        first,
      })),
    },
  };
}

// --- What Gymnasium would say of the environment -------------------------------------------------

/** @param {Spec} spec */
function observationSpace(spec) {
  const { observation } = spec.interface;
  const low = new Array(observation.size).fill(0);
  const high = new Array(observation.size).fill(0);
  for (const part of observation.parts) {
    const end = part.offset + part.shape.reduce((product, n) => product * n, 1);
    const bounds = boundsOf(part, observation.dtype === "uint8");
    low.fill(bounds[0], part.offset, end);
    high.fill(bounds[1], part.offset, end);
  }
  const shape = shapeOf(observation);
  const [type, dtype] = ["Box", observation.dtype];
  return { type, dtype, shape, low: nested(low, shape), high: nested(high, shape) };
}

/** @param {import('./types.js').Part} part @param {boolean} whole */
function boundsOf({ categories, low, high }, whole) {
  if (whole) return [0, categories.length ? categories.length - 1 : 255];
  return low < high ? [Math.fround(low), Math.fround(high)] : [-Infinity, Infinity];
}

/** @param {any[]} values @param {number[]} shape @returns {any[]} arrays in arrays */
function nested(values, shape) {
  return shape.slice(1).reduceRight((cells, n) => {
    const count = cells.length / n;
    return Array.from({ length: count }, (_, i) => cells.slice(i * n, (i + 1) * n));
  }, values);
}

/** @param {Spec} spec */
function actionSpace(spec) {
  const { type, heads } = spec.interface.action;
  const { length } = heads;
  if (type === "continuous") {
    const [low, high] = [-1, 1].map((bound) => new Array(length).fill(bound));
    return { type: "Box", dtype: "float32", shape: [length], low, high };
  }
  const nvec = heads.map((head) => head.n);
  if (length === 1) return { type: "Discrete", dtype: "int64", start: 0, n: nvec[0] };
  return { type: "MultiDiscrete", dtype: "int64", nvec, start: new Array(length).fill(0) };
}

/** @param {Spec} spec */
function envSpec(spec) {
  const name = spec.name ?? "";
  const words = name
    .split("_")
    .map((word) => word.charAt(0).toUpperCase() + word.slice(1).toLowerCase());
  return {
    id: `gymcade/${words.join("")}-v0`,
    entry_point: "gymcade.single:GymcadeEnv",
    reward_threshold: null,
    nondeterministic: false,
    max_episode_steps: null,
    order_enforce: true,
    disable_env_checker: false,
    kwargs: { name },
    additional_wrappers: [],
    vector_entry_point: "gymcade.vector:GymcadeVectorEnv",
  };
}

/** JSON as Python writes it, which has a word for infinity.
 * @param {unknown} value
 */
function json(value) {
  const mark = (/** @type {string} */ _, /** @type {unknown} */ v) =>
    v === Infinity || v === -Infinity ? `@${v}` : v;
  return JSON.stringify(value, mark).replace(/"@(-?Infinity)"/g, "$1");
}
