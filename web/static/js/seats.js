// A seat: who drives it, and what has come of it. People take over and hand back; the mind behind the
// seat (a policy, a scripted or a random player) goes on choosing all the while.

/**
 * @typedef {import('./types.js').Play} Play
 * @typedef {import('./policy.js').Policy | import('./own-policy.js').OwnPolicy} AnyPolicy ours, or
 *   a visitor's own
 * @typedef {{kind: 'scripted' | 'random'} | {kind: 'policy', policy: AnyPolicy, play?: Play}} Mind
 *   play: how this seat plays it, if otherwise than it ought to be played
 */

export const PATIENCE = 2000; // ms without input after which a seat that is not pinned is handed back

const NEAR = 0.25; // apart at most, of -1 to 1, two continuous actions still count as alike

/** Whether two actions of a seat are the same, or as good as: one number a head.
 * @param {ArrayLike<number>} a @param {ArrayLike<number>} b @param {boolean} continuous
 */
export function alike(a, b, continuous) {
  const near = continuous ? NEAR : 0;
  return Array.from(a).every((action, head) => Math.abs(action - b[head]) <= near);
}

export class Seat {
  person = false;
  pinned = false;
  idle = 0; // ms since the person last did something
  trouble = ""; // why the seat is not driven by what was chosen for it
  /** @type {Mind | null} who goes on when a visitor's own policy stops */
  former = null;
  score = 0; // of the running episode, or games won: see countTick
  points = 0; // rewards above zero in the running episode
  episodes = 0;
  wins = 0;
  total = 0; // of the scores of finished episodes
  best = -Infinity;
  /** @type {ArrayLike<number>} the metrics of the last episode that ended, none before */
  measured = [];
  asked = 0; // ticks in which a person drove and the mind had a choice too
  agreed = 0; // of these, ticks in which both chose alike

  /** @param {number} index @param {Mind} mind @param {import('./hands.js').Hands} hands */
  constructor(index, mind, hands) {
    this.index = index;
    this.mind = mind;
    this.hands = hands;
  }

  /** @returns {'person' | 'policy' | 'scripted' | 'random'} */
  get driver() {
    return this.person ? "person" : this.mind.kind;
  }

  /** Who drives, as a record of the game says it: 'person', 'scripted', 'random' or 'policy:best'. */
  get driverName() {
    const { driver } = this;
    return driver === "policy" ? `policy:${this.mindName}` : driver;
  }

  /** The name of the mind: of the policy, or its kind. */
  get mindName() {
    return this.mind.kind === "policy" ? this.mind.policy.name : this.mind.kind;
  }

  /** How the policy behind it chooses from its outputs; null where there is none. */
  get play() {
    return this.mind.kind === "policy" ? (this.mind.play ?? this.mind.policy.play) : null;
  }

  /** @param {Play | null} play null for as it ought to be */
  setPlay(play) {
    if (this.mind.kind !== "policy") return;
    const { kind, policy } = this.mind; // a mind may sit in several seats
    this.mind = play ? { kind, policy, play } : { kind, policy };
  }

  /** @param {Mind} mind */
  setMind(mind) {
    if (mind.kind !== "policy" || !mind.policy.own) this.former = null;
    else if (this.mind.kind !== "policy" || !this.mind.policy.own) this.former = this.mind;
    this.mind = mind;
  }

  /** @param {boolean} pinned whether it stays with the person until handed back */
  takeOver(pinned) {
    if (!this.person) {
      this.asked = 0;
      this.agreed = 0;
    }
    this.person = true;
    this.pinned = pinned;
    this.idle = 0;
  }

  handBack() {
    this.person = false;
    this.pinned = false;
    this.hands.drop();
  }

  /** Counts the time that a person leaves the controls alone; true when that hands the seat back.
   * @param {number} ms
   */
  wait(ms) {
    if (!this.person || this.pinned) return false;
    this.idle = this.hands.holding ? 0 : this.idle + ms;
    if (this.idle < PATIENCE) return false;
    this.handBack();
    return true;
  }

  /** Counts a finished episode.
   * @param {number} score @param {number} won 1 or 0
   */
  count(score, won) {
    this.episodes++;
    this.wins += won;
    this.total += score;
    this.best = Math.max(this.best, score);
    this.points = 0;
  }

  /** What has come of it so far, to be put back by `restore`. */
  keep() {
    const { score, points, episodes, wins, total, best, asked, agreed } = this;
    return { score, points, episodes, wins, total, best, asked, agreed };
  }

  /** @param {ReturnType<Seat['keep']>} kept */
  restore(kept) {
    Object.assign(this, kept);
  }

  clear() {
    this.score = this.points = this.episodes = this.wins = this.total = 0;
    this.best = -Infinity;
    this.asked = this.agreed = 0;
    this.hands.drop();
  }
}

/** Counts what a tick brought a seat.
 * @param {Seat} seat @param {import('./env.js').Env} env
 */
export function countTick(seat, env) {
  const { metrics } = env.spec;
  const row = seat.index;
  const won = metrics.indexOf("won");
  let score = env.score(row);
  seat.points += Math.max(env.rewards[row], 0);
  if (env.terminated[row] || env.truncated[row]) {
    const from = row * metrics.length;
    const last = env.metrics[from + metrics.indexOf("score")];
    if (env.spec.turn_based) score = last; // its end stays in sight
    seat.count(last, won < 0 ? 0 : env.metrics[from + won]);
    seat.measured = env.metrics.slice(from, from + metrics.length);
    env.metrics.fill(0, from, from + metrics.length);
  }
  // Of two sides of a table, points won; where a game has nothing but its end, games won.
  const byGame = won >= 0 && (env.spec.turn_based || env.seats === 1);
  const running = env.spec.agents === 2 ? seat.points : score;
  seat.score = byGame ? seat.wins : Math.round(running * 100) / 100;
}
