// A game and its record, tick by tick: forward as its seats choose or as it was played before, and to
// any tick at once. It knows no time: when a tick is due, the session says.

import { Branches } from "./branches.js";
import { AGREED, ASKED, History, hashOf } from "./history.js";
import { Minds } from "./minds.js";
import { Seating } from "./seating.js";
import { alike, countTick } from "./seats.js";

/**
 * @typedef {import('./seats.js').Mind} Mind
 * @typedef {import('./seats.js').Seat} Seat
 * @typedef {import('./minds.js').Memories} Memories
 */

export class Recording extends Seating {
  #seed = 0;
  #sticks; // how a person holds them in this tick
  #compared; // of this tick, one a seat: flags of history.js
  #values; // of this tick, one a seat

  ticks = 0; // played up to what is shown
  /** @type {History} */
  history;
  branches = new Branches("");

  /**
   * @param {import('./env.js').Env} env of one copy
   * @param {{seed: number, minds: Mind[]}} opening minds: one a seat; if fewer, the last again
   */
  constructor(env, { seed, minds }) {
    super(env, minds);
    this.minds = new Minds(env, this.seats);
    this.before = new Uint8Array(env.copySize); // what to show: a state and the one before it
    this.now = new Uint8Array(env.copySize);
    this.#sticks = new Float32Array(this.spec.sticks.length);
    this.#compared = new Uint8Array(env.rows);
    this.#values = new Float32Array(env.rows);
    this.history = this.#begin(seed);
  }

  get seed() {
    return this.#seed;
  }

  /** Of the state, 16 hexadecimal digits. */
  get hash() {
    return hashOf(this.env);
  }

  /** Whether what is shown lies before the end of what has been played. */
  get past() {
    return this.ticks < this.history.ticks;
  }

  /** Whether a person drives a seat in what is shown.
   * @param {number} seat
   */
  driven(seat) {
    if (!this.past) return this.seats[seat]?.person ?? false;
    return seat < this.seats.length && this.history.driverAt(seat, this.ticks) === "person";
  }

  /** Begins a game anew.
   * @param {number} seed 32 bits @param {Record<string, number>} [params] if they are others
   */
  begin(seed, params) {
    this.history = this.#begin(seed, params);
  }

  /** @param {number} seed @param {Record<string, number>} [params] */
  #begin(seed, params) {
    this.#seed = seed >>> 0;
    this.env.reset(this.#seed, params);
    this.minds.reset(this.#seed);
    for (const seat of this.seats) seat.clear();
    this.ticks = 0;
    this.showFresh();
    this.branches = new Branches("as first played");
    return new History(this.env, this.#seed, { keep: () => this.#keep() });
  }

  /** What belongs to a tick beside the state: the seats' counts and the policies' memories. */
  #keep() {
    const memories = this.minds.keep();
    const seats = this.seats.map((seat) => seat.keep());
    let bytes = 8 * 8 * seats.length;
    for (const memory of memories.values()) bytes += memory.byteLength;
    return { kept: { memories, seats }, bytes };
  }

  /** Plays one tick: as it was played before where there is more of that, else as the seats choose. */
  advance() {
    const { env, minds, history, past } = this;
    this.before.set(env.state);
    if (past) {
      history.prepare(this.ticks);
      this.#recount(this.ticks);
    } else {
      this.#compared.fill(0);
      for (const seat of this.seats) this.#act(seat);
      this.#decide();
    }
    env.step();
    this.ticks++;
    for (const seat of this.seats) countTick(seat, env);
    minds.commit();
    if (past) minds.seek(this.ticks, history.draws);
    else history.conclude(minds);
    this.#showStep();
  }

  /** Plays recorded ticks of a game just begun at once, without a thought: memories begin at the end.
   * Changes of parameters that there are not are left out.
   * @param {import('./replay.js').Recorded} recorded of as many seats and heads as there are
   * @returns {number} ticks played: all, or up to an action that the rules forbid now
   */
  replay({ ticks, actions, drivers, paramChanges }) {
    const { env, history, seats } = this;
    const { length } = env.actions;
    const names = seats.map(() => "");
    this.#compared.fill(0);
    this.#values.fill(Number.NaN);
    for (let change = 0, driver = 0; this.ticks < ticks; ) {
      for (; paramChanges[change]?.tick === this.ticks; change++) {
        env.setParams(paramChanges[change].params);
        history.changeParams();
      }
      for (; drivers[driver]?.tick === this.ticks; driver++) {
        const { kind, name } = drivers[driver].driver;
        names[drivers[driver].seat] = name ? `${kind}:${name}` : kind;
      }
      env.actions.set(actions.subarray(this.ticks * length, (this.ticks + 1) * length));
      if (seats.some(({ index }) => env.active[index] && !this.#allowed(index))) break;
      this.before.set(env.state);
      history.decide({ drivers: names, values: this.#values, compared: this.#compared });
      env.step();
      this.ticks++;
      for (const seat of seats) countTick(seat, env);
      history.conclude(this.minds);
      this.#showStep();
    }
    return this.ticks;
  }

  /** Shows the game as it was after so many ticks.
   * @param {number} tick of those that have been played
   * @returns {Promise<void> | null} fulfilled once memories are as they were; null where none are
   */
  seek(tick) {
    const { env, minds, history, seats } = this;
    /** @type {import('./minds.js').Seen[]} */
    const seen = [];
    let memories = /** @type {Memories | null} */ (null);
    this.ticks = tick;
    history.goTo(tick, {
      restore: (found) => {
        memories = found.memories;
        seats.forEach((seat, i) => {
          seat.restore(found.seats[i]);
        });
        this.before.set(env.state);
      },
      before: (at) => {
        this.before.set(env.state);
        this.#recount(at);
        if (!minds.remembers) return;
        const [obs, mask, active] = [
          env.obs.slice(),
          env.mask?.slice() ?? null,
          env.active.slice(),
        ];
        seen.push({ obs, mask, active, ended: [] });
      },
      after: () => {
        const { over, terminated, truncated } = env;
        const ended = (/** @type {Seat} */ { index: row }) =>
          over[0] || terminated[row] || truncated[row];
        if (seen.length) seen[seen.length - 1].ended = seats.filter(ended).map((s) => s.index);
        for (const seat of seats) countTick(seat, env);
      },
    });
    this.#showStep();
    minds.seek(tick, history.draws);
    const recall = memories && minds.remembers ? minds.recall(memories, seen) : null;
    // A policy that fails here fails again when it is asked next, and is dealt with there.
    return recall?.catch(() => {}) ?? null;
  }

  #decide() {
    const { minds, seats } = this;
    for (const { index } of seats) {
      const said = this.env.active[index] && minds.valued[index];
      this.#values[index] = said ? minds.value[index] : Number.NaN;
    }
    const drivers = seats.map((seat) => seat.driverName);
    this.history.decide({
      drivers,
      values: this.#values,
      compared: this.#compared,
      choices: minds.actions,
    });
  }

  /** Counts, of a tick that is played again, how often the mind agreed with the person.
   * @param {number} tick
   */
  #recount(tick) {
    const { flags, drivers } = this.history;
    for (const seat of this.seats) {
      if (drivers[seat.index].some((c) => c.tick === tick && c.driver === "person")) {
        seat.asked = seat.agreed = 0;
      }
      const flag = flags.data[tick * this.seats.length + seat.index];
      if (flag & ASKED) seat.asked++;
      if (flag & AGREED) seat.agreed++;
    }
  }

  /** Puts a seat's action in place, and where a person drives, compares it with the mind's.
   * @param {Seat} seat
   */
  #act(seat) {
    const { env, minds } = this;
    const at = seat.index * env.heads;
    const chosen = minds.actions.subarray(at, at + env.heads);
    if (!env.active[seat.index]) return void env.actions.fill(0, at, at + env.heads);
    if (!seat.person) return void env.actions.set(chosen, at);
    const aim = (/** @type {import('./hands.js').Pointer} */ pointer) =>
      env.aim(seat.index, pointer);
    if (this.#sticks.length) {
      seat.hands.take(this.#sticks, 0, aim);
      env.steer(seat.index, this.#sticks);
    } else {
      seat.hands.take(env.actions, at, aim);
    }
    if (!this.#allowed(seat.index)) env.actions.set(chosen, at);
    if (!minds.chosen[seat.index]) return;
    seat.asked++;
    this.#compared[seat.index] = ASKED;
    if (!alike(chosen, env.actions.subarray(at, at + env.heads), env.continuous)) return;
    seat.agreed++;
    this.#compared[seat.index] |= AGREED;
  }

  /** Whether the mask allows every head's action of a row.
   * @param {number} row
   */
  #allowed(row) {
    const { mask, heads, choices, actions, spec } = this.env;
    if (!mask) return true;
    for (let h = 0, at = row * choices; h < heads; h++) {
      if (!mask[at + actions[row * heads + h]]) return false;
      at += spec.interface.action.heads[h].n;
    }
    return true;
  }

  /** What the last step led to, the end of a game if there was one. */
  #showStep() {
    const { env } = this;
    this.now.set(env.over[0] ? env.finals : env.state);
    this.lingering = this.spec.turn_based && env.over[0] === 1;
  }

  /** Shows the state, and nothing before it. */
  showFresh() {
    this.lingering = false;
    this.before.set(this.env.state);
    this.now.set(this.env.state);
    this.version++;
  }
}
