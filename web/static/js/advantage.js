// What a seat's decisions were worth, told from the end of a record backwards: the discounted return of
// each, and its advantage by generalised advantage estimation (Schulman et al., 2016), counted as
// trainer/ppo.py counts them.

import { ACTIVE, OVER, TERMINATED, TRUNCATED } from "./history.js";
import { Track } from "./tracks.js";

/** @typedef {Pick<import('./history.js').History, "ticks" | "revision" | "values" | "rewards" | "flags">} Record */

export const LAMBDA = 0.95;
export const USUAL_GAMMA = 0.99; // where a policy does not say

const ENDS = TERMINATED | TRUNCATED | OVER;

/** One seat of a game. Time is counted in decisions: rewards of ticks at which the seat does not act go
 * to its last decision before them. What the policy expects at the last decision of a running episode,
 * and of one that was cut short, stands in for all that would come after it.
 */
export class Hindsight {
  /** @type {Record | null} */
  #record = null;
  #seat = -1;
  #gamma = Number.NaN;
  #revision = 0;
  #settled = 0; // ticks of episodes that have ended: nothing changes there
  #told = 0; // ticks looked at

  advantage = new Track(Float32Array, 1); // NaN where the seat does not act or a value is not known
  returns = new Track(Float32Array, 1); // NaN where the seat does not act

  /** Brings both in line with a record: only its running episode is counted again.
   * @param {Record} record @param {number} seat @param {number} gamma
   */
  update(record, seat, gamma) {
    const other = record !== this.#record || seat !== this.#seat || gamma !== this.#gamma;
    if (other || record.revision !== this.#revision) this.#settled = this.#told = 0;
    this.#record = record;
    this.#seat = seat;
    this.#gamma = gamma;
    this.#revision = record.revision;
    if (record.ticks === this.#told) return;
    this.advantage.reach(record.ticks);
    this.returns.reach(record.ticks);
    this.#settled = this.#count(record);
    this.#told = record.ticks;
  }

  /** The tick from which on an episode is running.
   * @param {Record} record
   */
  #count({ ticks, values, rewards, flags }) {
    const rows = rewards.width;
    const [gamma, fade] = [this.#gamma, this.#gamma * LAMBDA];
    let settled = this.#settled;
    let open = true; // nothing has come after the next decision yet
    let reward = 0; // since the decision before
    let ahead = Number.NaN; // value of the next decision
    let later = 0; // return from it on
    let gae = 0; // its advantage
    for (let tick = ticks - 1; tick >= this.#settled; tick--) {
      const at = tick * rows + this.#seat;
      const flag = flags.data[at];
      if (flag & ENDS) {
        settled = Math.max(settled, tick + 1);
        open = (flag & TRUNCATED) !== 0 && (flag & TERMINATED) === 0;
        reward = ahead = later = gae = 0;
      }
      reward += rewards.data[at];
      this.advantage.data[tick] = this.returns.data[tick] = Number.NaN;
      if (!(flag & ACTIVE)) continue;
      const value = values.data[at];
      if (open) {
        open = false; // what will come of it is not known
        later = Number.isNaN(value) ? reward : value;
      } else {
        later = reward + gamma * later;
        gae = reward + gamma * ahead - value + fade * gae;
        if (Number.isNaN(gae)) gae = 0;
        else this.advantage.data[tick] = gae;
      }
      this.returns.data[tick] = later;
      ahead = value;
      reward = 0;
    }
    return settled;
  }
}
