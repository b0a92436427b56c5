// Shapes of the facts that a page hands to the viewer. Only comments: nothing imports this at run time.

/**
 * @typedef {object} Head one decision
 * @property {string} name
 * @property {number} n choices
 * @property {string[]} choices their names; of a continuous head, the names of its two ends
 */

/**
 * @typedef {object} Param
 * @property {string} name
 * @property {number} default
 * @property {number} min
 * @property {number} max
 * @property {number} step
 * @property {boolean} live whether it may change in play
 * @property {string} unit
 * @property {string} text
 */

/**
 * @typedef {object} Part of an observation: values that are read alike
 * @property {string} name
 * @property {number} offset of its first value
 * @property {number[]} shape
 * @property {string[]} names of the values of a row, of an entity's features, or of planes
 * @property {string[]} categories what 0, 1, 2, … stand for; of floats none
 * @property {number} low of floats
 * @property {number} high
 */

/**
 * @typedef {object} Interface what a policy must fit
 * @property {{dtype: 'uint8' | 'float32', size: number, parts: Part[]}} observation
 * @property {{type: 'discrete' | 'continuous', heads: Head[], masked: boolean}} action
 */

/**
 * @typedef {object} Spec an environment's facts, as spec.json holds them
 * @property {string} title
 * @property {Interface} interface
 * @property {string} interface_version
 * @property {number} agents
 * @property {number} ticks_per_second
 * @property {boolean} turn_based
 * @property {number} width of the scene, px
 * @property {number} height
 * @property {Interface['action']['heads']} sticks that a person holds instead of the actions, in
 *   the order of a gamepad's axes; empty where a person chooses the actions themselves
 * @property {string[][][]} keys KeyboardEvent.code by [head][choice][set], '' for none; the heads
 *   are those of `heldHeads`
 * @property {number[]} aims heads that a pointer can decide
 * @property {Param[]} params
 * @property {string[]} metrics
 * @property {{point: boolean, place: boolean, script: boolean, describe: boolean}} has
 * @property {string} [name]
 * @property {string} [dynamics_version]
 */

/** @typedef {{mode: 'sampled' | 'greedy', temperature: number}} Play how it chooses from its outputs */

/**
 * @typedef {object} Sidecar the JSON beside a policy's .onnx
 * @property {string} format
 * @property {number} format_version
 * @property {string} env
 * @property {string} name
 * @property {string} interface_version
 * @property {string} dynamics_version
 * @property {number} state_size 0 without memory
 * @property {Play} play
 * @property {{gamma?: number}} [settings] it was trained with
 */

/** @typedef {{name: string, rating: string, onnx: string, sidecar: string, sha256: string}} PolicySource a policy: its rating, '' for none, its addresses, and the hash of its ONNX file, '' if it is not there */

/**
 * @typedef {object} PlayerConfig
 * @property {string} env
 * @property {Spec} spec
 * @property {string} sim addresses of what the player loads
 * @property {string} drawModule
 * @property {string} drawWasm
 * @property {PolicySource[]} policies strongest first
 * @property {{module: string, base: string}} ort
 * @property {{module: string, style: string}} plot addresses of uPlot
 * @property {'page' | 'embed' | 'featured'} mode
 * @property {boolean} preview
 */

/**
 * @typedef {object} Exports the functions of envs_c/env_exports.h; every pointer is a number
 * @property {WebAssembly.Memory} memory
 * @property {WebAssembly.Global} __heap_base
 * @property {(() => void)} [_initialize]
 * @property {(text: number, size: number) => number} env_spec
 * @property {() => number} env_copy_size
 * @property {(params: number) => number} env_seats
 * @property {(copies: number, n: number, seed: number, first: number, params: number, buffers: number) => void} env_reset
 * @property {(copies: number, n: number, buffers: number) => void} env_show
 * @property {(copies: number, n: number, buffers: number) => void} env_step
 * @property {(copies: number, n: number, params: number) => void} env_set_params
 * @property {(copies: number, n: number) => bigint} env_hash
 * @property {(copies: number, n: number, level: number, rows: number, rngs: number, actions: number) => void} env_script
 * @property {(copy: number, seat: number) => number} env_score
 * @property {(copy: number, seat: number, sticks: number, action: number) => void} env_steer
 * @property {(copy: number, seat: number, x: number, y: number) => number} env_point
 * @property {(copy: number, seat: number, x: number, y: number, down: number, action: number) => number} env_aim
 * @property {(copy: number, seat: number, boxes: number) => void} env_place
 * @property {(copy: number, text: number, size: number) => void} env_describe
 */

export {};
