// A policy that a visitor brought: it runs in a worker of its own, which is ended when it takes too
// long, and it never holds up the page. The worker is handed in, so that tests can stand in for it.

import { copyRow, Mindful, PolicyError } from "./policy.js";
import { line, size } from "./report.js";

/**
 * @typedef {import('./policy.js').Thoughts} Thoughts
 * @typedef {import('./report.js').Line} Line
 *
 * @typedef {object} Job what the worker is started with
 * @property {Uint8Array} bytes
 * @property {import('./types.js').Spec} spec
 * @property {{module: string, base: string}} ort whole addresses
 *
 * @typedef {{is: 'stage', stage: keyof typeof LIMITS}
 *   | {is: 'lines', lines: Line[]}
 *   | {is: 'open', stateSize: number, play: import('./types.js').Play, gamma: number | null}
 *   | {is: 'thoughts', thoughts: Thoughts, ms: number}
 *   | {is: 'failed', reason: string}} Answer
 */

export const LARGEST = 50e6; // bytes of a file

/** ms that each stage may take. ONNX Runtime is ours: only a network can make it late. */
export const LIMITS = { read: 5000, runtime: 60_000, open: 20_000, run: 2000 };

const STAGES = {
  read: "to read",
  runtime: "to load the runtime",
  open: "to open",
  run: "to answer",
};
const GRACE = 250; // ms more, for an answer that waits behind a busy page

/** Opens a visitor's file and tells all there is to say of it.
 * @param {string} name
 * @param {Job} job
 * @param {number} rows the most that are ever asked about, and the number of memories kept
 * @param {() => Worker} makeWorker
 * @param {(lines: Line[]) => void} tell
 * @param {typeof LIMITS} [limits]
 * @returns {Promise<OwnPolicy>} fails with a PolicyError; its reason has been told
 */
export async function openOwn(name, job, rows, makeWorker, tell, limits = LIMITS) {
  const link = new Link(makeWorker(), limits);
  try {
    const { stateSize, play, gamma } = await link.open(job, tell);
    const policy = new OwnPolicy(name, play, rows, stateSize, job.spec.interface, link);
    policy.gamma = gamma;
    return policy;
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    link.end();
    tell([line("refused", `${reason}.`)]);
    throw error;
  }
}

/** A worker as `openOwn` wants it. */
export function ownWorker() {
  return new Worker(new URL("./own-worker.js", import.meta.url), { type: "module" });
}

/** Throws a PolicyError for a file that is not even looked at.
 * @param {string} file its name @param {number} bytes
 */
export function checkFile(file, bytes) {
  if (!file.toLowerCase().endsWith(".onnx")) {
    throw new PolicyError(`${file} is neither a policy (.onnx) nor a replay (.gymcade)`);
  }
  if (bytes <= LARGEST) return;
  throw new PolicyError(`${file} is too large: ${size(bytes)}, want ${size(LARGEST)} at most`);
}

/** Questions to a worker, one at a time, each with its limit. */
class Link {
  #worker;
  #limits;
  #timer = 0;
  /** @type {(answer: any) => void} */
  #resolve = () => {};
  /** @type {(error: Error) => void} */
  #reject = () => {};
  /** @type {(lines: Line[]) => void} */
  #tell = () => {};
  /** @type {Error | null} why there is no worker any more */
  #ended = null;

  /** @param {Worker} worker @param {typeof LIMITS} limits */
  constructor(worker, limits) {
    this.#worker = worker;
    this.#limits = limits;
    worker.onmessage = ({ data }) => this.#hear(data);
    worker.onerror = (event) => {
      event.preventDefault();
      this.end(event.message || "its worker did not start");
    };
  }

  /** @param {Job} job @param {(lines: Line[]) => void} tell
   * @returns {Promise<Extract<Answer, {is: 'open'}>>}
   */
  open(job, tell) {
    this.#tell = tell;
    return this.#ask({ do: "open", job }, "read", [job.bytes.buffer]);
  }

  /** @param {import('./reader.js').Rows} rows @param {number} count
   * @returns {Promise<{thoughts: Thoughts, ms: number}>}
   */
  run(rows, count) {
    return this.#ask({ do: "run", rows, count }, "run", []);
  }

  /** @param {string} [reason] */
  end(reason = "it was closed") {
    clearTimeout(this.#timer);
    if (this.#ended) return;
    this.#worker.terminate();
    this.#ended = new PolicyError(reason);
    this.#reject(this.#ended);
  }

  /** @param {object} message @param {keyof typeof LIMITS} stage @param {Transferable[]} hand
   * @returns {Promise<any>}
   */
  #ask(message, stage, hand) {
    if (this.#ended) return Promise.reject(this.#ended);
    return new Promise((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
      this.#worker.postMessage(message, hand);
      this.#limit(stage);
    });
  }

  /** @param {keyof typeof LIMITS} stage */
  #limit(stage) {
    clearTimeout(this.#timer);
    const limit = this.#limits[stage];
    const late = () => this.end(`it took longer than ${limit / 1000} s ${STAGES[stage]}`);
    const again = () => {
      this.#timer = Number(setTimeout(late, GRACE));
    };
    this.#timer = Number(setTimeout(again, limit));
  }

  /** @param {Answer} answer */
  #hear(answer) {
    if (answer.is === "stage") return this.#limit(answer.stage);
    if (answer.is === "lines") return this.#tell(answer.lines);
    clearTimeout(this.#timer);
    if (answer.is === "failed") this.#reject(new PolicyError(answer.reason));
    else this.#resolve(answer);
  }
}

export class OwnPolicy extends Mindful {
  #link;
  #interface;
  /** @type {Promise<unknown>} */
  #busy = Promise.resolve();
  /** @type {(reason: string) => void} called once, when it cannot go on */
  onstop = () => {};
  ms = 0; // that the last run took in its worker

  /** @param {string} name @param {import('./types.js').Play} play @param {number} rows
   * @param {number} stateSize @param {import('./types.js').Interface} interface_ @param {Link} link
   */
  constructor(name, play, rows, stateSize, interface_, link) {
    super(name, play, rows, stateSize);
    this.own = true;
    this.#interface = interface_;
    this.#link = link;
  }

  /** Ends its worker: it cannot be asked any more. */
  close() {
    this.#link.end();
  }

  /** As a policy of ours: what it reads is copied before it returns, and runs never overlap.
   * @param {ArrayLike<number>} obs of all rows @param {Int32Array} rows @param {number} count
   * @param {ArrayLike<number> | null} [mask] of all rows
   * @param {Float32Array} [memory] of all rows, if not what the seats' rows remember
   * @returns {Promise<Thoughts>}
   */
  run(obs, rows, count, mask = null, memory = this.memory) {
    const { observation, action } = this.#interface;
    const choices = action.heads.reduce((sum, head) => sum + head.n, 0);
    /** @param {ArrayLike<number>} from @param {number} width */
    const picked = (from, width) => {
      const into = new Float32Array(count * width);
      for (let i = 0; i < count; i++) copyRow(from, rows[i], into, i, width);
      return into;
    };
    const asked = {
      obs: picked(obs, observation.size),
      state: picked(memory, this.stateSize),
      mask: mask && picked(mask, choices),
    };
    const turn = this.#busy.then(() => this.#run(asked, count));
    this.#busy = turn.catch(() => {});
    return turn;
  }

  /** @param {import('./reader.js').Rows} rows @param {number} count */
  async #run(rows, count) {
    try {
      const { thoughts, ms } = await this.#link.run(rows, count);
      this.ms = ms;
      checkActions(thoughts.action ?? thoughts.sampled, this.#interface.action);
      return thoughts;
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      this.#link.end();
      this.onstop(reason);
      this.onstop = () => {};
      throw error;
    }
  }
}

/** Throws a PolicyError where a file chose what there is not to choose.
 * @param {Float32Array | null} actions @param {import('./types.js').Interface["action"]} action
 */
function checkActions(actions, { type, heads }) {
  actions?.forEach((action, i) => {
    const head = i % heads.length;
    const { n } = heads[head];
    if (
      type === "continuous"
        ? Number.isFinite(action)
        : Number.isInteger(action) && action >= 0 && action < n
    )
      return;
    const want = type === "continuous" ? "a number" : `0 to ${n - 1}`;
    throw new PolicyError(`the policy chose ${action}, want ${want} of head ${head}`);
  });
}
