// What is kept of a game while its page is loaded anew with rules that were just saved, and how it is
// gone on from: the same seed, the same actions. It only computes.

import { Cast, replayOf } from "../cast.js";
import { decodeReplay, encodeReplay, fitOf } from "../replay.js";

/**
 * @typedef {import('../session.js').Session} Session
 * @typedef {import('../replay.js').Replay} Replay
 * @typedef {import('../types.js').Spec} Spec
 *
 * @typedef {object} KeptSeat
 * @property {string} mind its name
 * @property {boolean} follows whether it goes over to newer policies by itself
 * @property {boolean} person
 * @property {boolean} pinned
 *
 * @typedef {object} Kept plain data
 * @property {string} replay a file's bytes in base64
 * @property {number} tick shown
 * @property {boolean} paused
 * @property {number} speed
 * @property {number} focus
 * @property {number} copySize
 * @property {boolean} anew whether State is declared otherwise now
 * @property {KeptSeat[]} seats
 */

const CAST = new Cast(() => ""); // policies in training have no file that could be told by its hash

/** The game of a session as a replay.
 * @param {Session} session @param {Spec} spec with its name and versions, as the page has it
 * @returns {Replay}
 */
export function gameOf({ history, env }, spec) {
  return replayOf(history.record(), spec, CAST, env.rows);
}

/** @param {Session} session @param {Spec} spec as the page has it
 * @param {{anew: boolean, follows: (seat: number) => boolean}} also
 * @returns {Promise<Kept>}
 */
export async function keep(session, spec, { anew, follows }) {
  const { ticks, paused, focus, clock, env, seats } = session;
  const kept = seats.map(({ index, mindName, person, pinned }) => ({
    ...{ mind: mindName, follows: follows(index), person, pinned },
  }));
  return {
    replay: toBase64(await encodeReplay(gameOf(session, spec))),
    ...{
      tick: ticks,
      paused,
      speed: clock.speed,
      focus,
      copySize: env.copySize,
      anew,
      seats: kept,
    },
  };
}

/** Goes on with a game that was kept.
 * @param {Session} session just begun @param {Spec} spec as the page has it @param {Kept} kept
 * @returns {Promise<string>} what to say of it
 */
export async function goOn(session, spec, kept) {
  const replay = await decodeReplay(fromBase64(kept.replay));
  const trouble = whyAnew(session.env, spec, kept, replay);
  const seed = `seed ${replay.seed}`;
  session.setSpeed(kept.speed);
  session.setFocus(kept.focus);
  let said;
  if (trouble) {
    session.restart(replay.seed);
    said = `${trouble}, so the game starts anew with ${seed}.`;
  } else {
    const played = session.relive(replay);
    if (played < replay.ticks) {
      said = `From tick ${played} on the rules forbid what was played; the game goes on from there with ${seed}.`;
    } else {
      if (kept.tick < played) session.goTo(kept.tick);
      said = `The game goes on at tick ${session.ticks} with ${seed} and the same actions.`;
    }
  }
  kept.seats.forEach(({ person, pinned }, seat) => {
    if (person && seat < session.seats.length && !session.past) session.takeOver(seat, pinned);
  });
  if (kept.paused || session.past) session.stop("user");
  return said;
}

/** Shows a game that crashed as it was before the tick that did it, paused.
 * @param {Session} session @param {Spec} spec as the page has it
 * @param {Replay} replay its last tick is the one
 * @returns {string} what to say of it
 */
export function openCrash(session, spec, replay) {
  const { playable, trouble } = fitOf(replay, spec);
  if (!playable) return `The crash is not shown: it was ${trouble}.`;
  if (replay.seats !== session.env.rows) {
    return `The crash is not shown: it has ${replay.seats} seats, this game ${session.env.rows}.`;
  }
  session.env.reset(replay.seed, replay.params);
  const played = session.relive({ ...replay, ticks: Math.max(replay.ticks - 1, 0) });
  session.stop("user");
  return `This is tick ${played} of the game that crashed, with seed ${replay.seed}; the next tick does it.`;
}

/** Why what was played cannot be played again, '' if it can.
 * @param {import('../env.js').Env} env @param {Spec} spec @param {Kept} kept @param {Replay} replay
 */
function whyAnew(env, spec, kept, replay) {
  if (kept.anew) return "State is declared otherwise";
  if (kept.copySize !== env.copySize) {
    return `State has ${env.copySize} bytes now, before ${kept.copySize}`;
  }
  if (replay.seats !== env.rows) return `there are ${env.rows} seats now, before ${replay.seats}`;
  const { playable, trouble } = fitOf({ ...replay, params: {}, paramChanges: [] }, spec);
  return playable ? "" : `what was played was ${trouble}`;
}

/** @param {Uint8Array} bytes */
function toBase64(bytes) {
  return btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(""));
}

/** @param {string} text */
function fromBase64(text) {
  return Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
}
