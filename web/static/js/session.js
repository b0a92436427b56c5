// A game being played: the environment, its seats, the clock, the minds that choose for them, and the
// record of it, in which one can go back, watch again, and play on from any tick.

import { Branches } from "./branches.js";
import { Clock } from "./clock.js";
import { AGREED, ASKED, History, hashOf } from "./history.js";
import { Minds } from "./minds.js";
import { seatNames } from "./names.js";
import { Seating } from "./seating.js";
import { alike, countTick } from "./seats.js";

/**
 * @typedef {import('./seats.js').Mind} Mind
 * @typedef {import('./seats.js').Seat} Seat
 * @typedef {import('./minds.js').Memories} Memories
 *
 * @typedef {object} Game one that can be opened
 * @property {number} seed
 * @property {Record<string, number>} params at the start, all of them
 * @property {number} tick to show
 * @property {import('./history.js').Tail} [tail] all of its ticks
 * @property {{history: History, branches: Branches}} [kept] instead, of a game that was played here
 */

const THINKING = 600; // ms that an agent's answer takes in a turn-based game, so that one sees it
const LINGER = 1800; // ms that a turn-based game stays in sight at its end

export class Session extends Seating {
  #seed;
  /** @type {Set<string>} why the clock stands still */
  #stops = new Set();
  #steps = 0; // single steps asked for
  /** @type {Promise<void> | null} while memories of another tick are brought back */
  #recalling = null;
  #compared; // of this tick, one a seat: flags of history.js
  #values; // of this tick, one a seat
  /** @type {Promise<void>} */
  #thought = Promise.resolve();
  /** @type {Promise<void> | null} */
  #playing = null;

  ticks = 0; // played up to what is shown
  /** @type {History} */
  history;
  branches = new Branches("");
  halts = false; // whether it pauses where what has been recorded ends

  /**
   * @param {import('./env.js').Env} env of one copy
   * @param {{seed?: number, minds?: Mind[]}} [options] minds: one a seat; if fewer, the last again
   */
  constructor(env, { seed = 1, minds = [] } = {}) {
    super(env, minds);
    this.#seed = seed;
    this.clock = new Clock(this.spec.ticks_per_second, this.spec.turn_based);
    this.minds = new Minds(env, this.seats);
    this.before = new Uint8Array(env.copySize); // what to show: a state and the one before it
    this.now = new Uint8Array(env.copySize);
    this.#compared = new Uint8Array(env.rows);
    this.#values = new Float32Array(env.rows);
    this.history = this.#begin(this.#seed);
  }

  get seed() {
    return this.#seed;
  }

  /** Of the state, 16 hexadecimal digits. */
  get hash() {
    return hashOf(this.env);
  }

  get paused() {
    return this.#stops.has("user");
  }

  /** Whether nothing but a count-in holds the clock. */
  get counting() {
    return this.#stops.size === 1 && this.#stops.has("count");
  }

  get running() {
    return this.#stops.size === 0;
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

  /** How far from `before` to `now` the picture is, 0 to 1. */
  get phase() {
    return this.clock.phase;
  }

  /** Starts again: with the same seed and the same minds, the same game.
   * @param {number} [seed] 32 bits
   */
  restart(seed = this.#seed) {
    this.history = this.#begin(seed);
  }

  /** Opens a game of as many seats in the place of the one that is played, and pauses.
   * @param {Game} game
   * @returns {Game} the one that was played, which can be opened again
   */
  open({ seed, params, tick, tail, kept }) {
    const { history, branches } = this;
    const former = {
      seed: this.#seed,
      params: history.params,
      tick: this.ticks,
      kept: { history, branches },
    };
    this.history = this.#begin(seed, params);
    if (tail) this.history.graft(tail);
    Object.assign(this, kept);
    this.goTo(tick);
    return former;
  }

  /** @param {number} seed @param {Record<string, number>} [params] if they are others */
  #begin(seed, params) {
    this.#seed = seed >>> 0;
    this.halts = false;
    this.env.reset(this.#seed, params);
    this.minds.reset(this.#seed);
    for (const seat of this.seats) seat.clear();
    this.ticks = 0;
    this.#steps = 0;
    this.#recalling = null;
    this.clock.restart();
    this.#showFresh();
    const history = new History(this.env, this.#seed, { keep: () => this.#keep() });
    this.branches = new Branches("as first played");
    this.#think();
    return history;
  }

  /** Starts again and plays recorded ticks at once, without a thought: memories begin at the end.
   * Parameters at the start stay as they are; changes of those that there are not are left out.
   * @param {import('./replay.js').Recorded} recorded of as many seats and heads as there are
   * @returns {number} ticks played: all, or up to an action that the rules forbid now
   */
  relive({ seed, ticks, actions, drivers, paramChanges }) {
    this.restart(seed);
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
    this.clock.settle();
    this.version++;
    this.#think();
    return this.ticks;
  }

  /** What belongs to a tick beside the state: the seats' counts and the policies' memories. */
  #keep() {
    const memories = this.minds.keep();
    const seats = this.seats.map((seat) => seat.keep());
    let bytes = 8 * 8 * seats.length;
    for (const memory of memories.values()) bytes += memory.byteLength;
    return { kept: { memories, seats }, bytes };
  }

  /** Stops the clock for a reason, 'user' for instance; it runs again when no reason is left.
   * @param {string} reason @param {boolean} [on]
   */
  stop(reason, on = true) {
    if (on) this.#stops.add(reason);
    else this.#stops.delete(reason);
    this.version++;
  }

  /** Shows the game as it was at a tick, and pauses there.
   * @param {number} tick brought into what has been played
   */
  goTo(tick) {
    this.stop("user");
    for (const seat of this.seats) {
      if (seat.person && !seat.pinned) seat.handBack();
      seat.hands.drop();
    }
    this.#seek(Math.max(0, Math.min(Math.round(tick), this.history.ticks)));
  }

  /** @param {number} tick */
  #seek(tick) {
    const { env, minds, history, seats } = this;
    /** @type {import('./minds.js').Seen[]} */
    const seen = [];
    let memories = /** @type {Memories | null} */ (null);
    this.ticks = tick;
    this.#steps = 0;
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
    this.clock.settle();
    minds.seek(tick, history.draws);
    const recall = memories && minds.remembers ? minds.recall(memories, seen) : null;
    // A policy that fails here fails again when it is asked next, and is dealt with there.
    this.#recalling = recall?.catch(() => {}) ?? null;
    this.version++;
    this.#think();
  }

  /** Goes on from what is shown. What had come after it is kept as a branch.
   * @override
   * @param {number} [seat] that a person takes, -1 for none
   */
  playOn(seat = -1) {
    if (!this.past) return;
    const taken = this.seats.filter((s) => s.index === seat || s.person);
    const names = seatNames(this.spec, this.seats.length);
    const places = this.seats.length > 1 ? taken.map((s) => ` as ${names[s.index]}`) : [];
    const who = taken.length ? `you${places.join(" and")}` : "agents";
    this.branches.fork(this.history, this.ticks, who);
    this.halts = false;
    this.stop("user", false);
  }

  /** Goes back to a branch, to the tick at which it left.
   * @param {import('./branches.js').Branch} branch
   */
  choose(branch) {
    this.branches.choose(this.history, branch);
    this.goTo(branch.tail.from);
  }

  /** Changes parameters that may change in play, from what is shown on.
   * @param {Record<string, number>} params
   */
  setParams(params) {
    this.playOn();
    this.env.setParams(params);
    this.history.changeParams();
    this.version++;
    this.#think();
  }

  /** Plays one tick and stays paused. */
  stepOnce() {
    this.stop("user");
    this.#steps++;
  }

  /** @param {number} speed 1 as the game is meant to be played */
  setSpeed(speed) {
    this.clock.speed = speed;
    this.version++;
  }

  /** Moves on to `now`: plays every tick that is due once its actions are there.
   * @param {number} now ms
   * @returns {Promise<void>} fulfilled when nothing more is due
   */
  frame(now) {
    const passed = this.clock.advance(now, this.running);
    if (this.running) {
      for (const seat of this.seats) {
        if (!this.spec.turn_based && seat.wait(passed)) this.version++;
      }
    }
    if (this.lingering && this.clock.elapsed >= LINGER) this.#showFresh();
    this.#playing ??= this.#play().finally(() => {
      this.#playing = null;
    });
    return this.#playing;
  }

  async #play() {
    while (this.#due()) {
      const thought = this.#thought;
      await thought;
      // Asked again in the meantime, or paused: look again.
      if (thought === this.#thought && this.#due()) this.#tick();
    }
  }

  #due() {
    if (this.#steps > 0) return !this.spec.turn_based || this.#waitsFor() < 0;
    if (!this.running) return false;
    if (!this.spec.turn_based) return this.clock.due;
    if (this.lingering || this.#waitsFor() >= 0) return false;
    const person =
      !this.past && this.seats.some((seat) => seat.person && this.env.active[seat.index]);
    const shown = this.seats.length > 1 ? THINKING : this.clock.period;
    return person || this.clock.elapsed >= shown;
  }

  /** The person's seat that a turn-based game is waiting for, -1 for none. */
  #waitsFor() {
    if (this.past) return -1;
    const waits = (/** @type {Seat} */ seat) =>
      seat.person && this.env.active[seat.index] === 1 && !seat.hands.pressed;
    return this.seats.findIndex(waits);
  }

  get waitsForPerson() {
    return this.spec.turn_based && !this.lingering && this.#waitsFor() >= 0;
  }

  #think() {
    const { failures } = this.minds;
    const thought = this.#recalling?.then(() => this.minds.think()) ?? this.minds.think();
    this.#thought = thought.then(() => {
      // Where no tick follows soon, what the minds think now is news by itself.
      const stays = this.spec.turn_based || !this.running;
      if (stays || failures !== this.minds.failures) this.version++;
    });
  }

  #tick() {
    const { env, minds, clock, history, past } = this;
    this.#recalling = null;
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
    if (past) {
      minds.seek(this.ticks, history.draws);
      if (!this.past) this.#arrive();
    } else {
      history.conclude(minds);
    }
    this.#showStep();
    if (this.spec.turn_based || this.#steps > 0) clock.restart();
    else clock.take();
    if (this.#steps > 0) this.#steps--;
    this.#think();
  }

  /** At the present, after it has been watched up to there. */
  #arrive() {
    if (this.halts) this.#stops.add("user");
    this.version++;
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

  /** What the last step led to, the end of a game if there was one. */
  #showStep() {
    const { env } = this;
    this.now.set(env.over[0] ? env.finals : env.state);
    this.lingering = this.spec.turn_based && env.over[0] === 1;
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
    seat.hands.take(env.actions, at, (pointer) => env.aim(seat.index, pointer));
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

  #showFresh() {
    this.lingering = false;
    this.before.set(this.env.state);
    this.now.set(this.env.state);
    this.version++;
  }

  /** Lets a seat's policy choose otherwise, from the next choice on.
   * @param {number} seat @param {import('./types.js').Play | null} play null for as it ought to
   */
  setPlay(seat, play) {
    this.seats[seat].setPlay(play);
    this.version++;
    this.#think();
  }

  /** @param {number} seat @param {Mind} mind @param {string} [trouble] why it is not another one */
  setMind(seat, mind, trouble = "") {
    const s = this.seats[seat];
    s.setMind(mind);
    s.trouble = trouble;
    if (mind.kind === "policy") mind.policy.forget(seat);
    this.version++;
    this.#think();
  }
}
