// Who played in a replay's file, and what they are called in a game's history; and the file of a game.

import { madeFor } from "./replay.js";

/**
 * @typedef {import('./replay-head.js').Driver} Driver
 * @typedef {import('./replay.js').Replay} Replay
 */

const MOST_NAME = 200; // letters of a policy's name in a file

export class Cast {
  #digestOf;
  /** @type {Map<string, Driver>} drivers that are not on this page, by their names in the history */
  #strangers = new Map();

  /** @param {(name: string) => string} digestOf the SHA-256 of the file of a policy on this page; ""
   *   where it is not known, or there is none of that name
   */
  constructor(digestOf) {
    this.#digestOf = digestOf;
  }

  /** Whether the page has that very policy.
   * @param {Driver} driver
   */
  knows({ name = "", sha256 = "" }) {
    return sha256 !== "" && this.#digestOf(name) === sha256;
  }

  /** What a driver is called in a history; two of one name that are not the same are told apart.
   * @param {Driver} driver
   */
  enter(driver) {
    if (driver.kind !== "policy") return driver.kind;
    const name = driver.name || "unnamed";
    if (this.knows(driver)) return `policy:${name}`;
    for (let i = 1; ; i++) {
      const entry = `policy:${name} (${i > 1 ? `recorded ${i}` : "recorded"})`;
      const there = this.#strangers.get(entry);
      if (!there) this.#strangers.set(entry, driver);
      if (!there || (there.name === driver.name && there.sha256 === driver.sha256)) return entry;
    }
  }

  /** The driver of a name in a history.
   * @param {string} entry person, scripted, random, or policy: and its name
   * @returns {Driver}
   */
  driver(entry) {
    const stranger = this.#strangers.get(entry);
    if (stranger) return stranger;
    const [kind, name = ""] = entry.split(/:(.*)/s, 2);
    if (kind !== "policy") return { kind };
    // No half of a pair of surrogates, which is no text.
    const text = name.slice(0, MOST_NAME).replace(/[\ud800-\udfff]/gu, "");
    return { kind, name: text, sha256: this.#digestOf(name) };
  }
}

/** A game as a file holds it.
 * @param {ReturnType<import('./history.js').History['record']>} game
 * @param {import('./types.js').Spec} spec @param {Cast} cast @param {number} seats
 * @returns {Replay}
 */
export function replayOf(game, spec, cast, seats) {
  const drivers = game.drivers.map((change) => ({ ...change, driver: cast.driver(change.driver) }));
  const { actions } = game;
  const whole = actions instanceof Float32Array ? actions : Int32Array.from(actions);
  return { ...madeFor(spec, seats), ...game, drivers, actions: whole };
}

/** Who is to sit at each seat of a replay now: the last agent that drove it. null where nobody did
 * but people, and whoever sits there stays.
 * @param {Replay} replay
 * @returns {(Driver | null)[]} one a seat
 */
export function lastAgents({ drivers, seats }) {
  /** @type {(Driver | null)[]} */
  const last = new Array(seats).fill(null);
  for (const { seat, driver } of drivers) if (driver.kind !== "person") last[seat] = driver;
  return last;
}
