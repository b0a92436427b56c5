// A game being played in time: the clock, the minds that choose for its seats, what is asked of it by
// the page. The record of it, in which one can go back and play on from any tick, is the recording's.

import { Clock } from "./clock.js";
import { seatNames } from "./names.js";
import { Recording } from "./recording.js";

/**
 * @typedef {import('./seats.js').Mind} Mind
 * @typedef {import('./seats.js').Seat} Seat
 * @typedef {import('./history.js').History} Played
 * @typedef {import('./branches.js').Branches} Branches
 *
 * @typedef {object} Game one that can be opened
 * @property {number} seed
 * @property {Record<string, number>} params at the start, all of them
 * @property {number} tick to show
 * @property {import('./history.js').Tail} [tail] all of its ticks
 * @property {{history: Played, branches: Branches}} [kept] instead, of a game that was played here
 */

const THINKING = 600; // ms that an agent's answer takes in a turn-based game, so that one sees it
const LINGER = 1800; // ms that a turn-based game stays in sight at its end

export class Session extends Recording {
  /** @type {Set<string>} why the clock stands still */
  #stops = new Set();
  #steps = 0; // single steps asked for
  /** @type {Promise<void> | null} while memories of another tick are brought back */
  #recalling = null;
  /** @type {Promise<void>} */
  #thought = Promise.resolve();
  /** @type {Promise<void> | null} */
  #playing = null;

  halts = false; // whether it pauses where what has been recorded ends

  /**
   * @param {import('./env.js').Env} env of one copy
   * @param {{seed?: number, minds?: Mind[]}} [options] minds: one a seat; if fewer, the last again
   */
  constructor(env, { seed = 1, minds = [] } = {}) {
    super(env, { seed, minds });
    this.clock = new Clock(this.spec.ticks_per_second, this.spec.turn_based);
    this.#think();
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

  /** How far from `before` to `now` the picture is, 0 to 1. */
  get phase() {
    return this.clock.phase;
  }

  /** Starts again: with the same seed and the same minds, the same game.
   * @param {number} [seed] 32 bits
   * @param {Record<string, number>} [params] if they are others
   */
  restart(seed = this.seed, params) {
    this.begin(seed, params);
    this.halts = false;
    this.#steps = 0;
    this.#recalling = null;
    this.clock.restart();
    this.#think();
  }

  /** Opens a game of as many seats in the place of the one that is played, and pauses.
   * @param {Game} game
   * @returns {Game} the one that was played, which can be opened again
   */
  open({ seed, params, tick, tail, kept }) {
    const { history, branches } = this;
    const former = {
      seed: this.seed,
      params: history.params,
      tick: this.ticks,
      kept: { history, branches },
    };
    this.restart(seed, params);
    if (tail) this.history.graft(tail);
    Object.assign(this, kept);
    this.goTo(tick);
    return former;
  }

  /** Starts again and plays recorded ticks at once, parameters at the start as they are.
   * @param {import('./replay.js').Recorded} recorded of as many seats and heads as there are
   * @returns {number} ticks played: all, or up to an action that the rules forbid now
   */
  relive(recorded) {
    this.restart(recorded.seed);
    const played = this.replay(recorded);
    this.#settle();
    return played;
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
    this.#steps = 0;
    this.#recalling = this.seek(Math.max(0, Math.min(Math.round(tick), this.history.ticks)));
    this.#settle();
  }

  /** After many ticks at once. */
  #settle() {
    this.clock.settle();
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
    if (this.lingering && this.clock.elapsed >= LINGER) this.showFresh();
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
    const { clock, past } = this;
    this.#recalling = null;
    this.advance();
    if (past && !this.past) this.#arrive();
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
