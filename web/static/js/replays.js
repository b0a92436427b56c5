// Replays on the page: saving the game that is shown, sharing it by a link, opening others in its place,
// and going back to what was played before.

import { arriving, paramsFor } from "./arrival.js";
import { lastAgents, replayOf } from "./cast.js";
import { openEnv } from "./env.js";
import { fetchBytes, openMind } from "./load.js";
import { mindWord } from "./names.js";
import { decodeReplay, encodeReplay, fitOf, LIMITS, ReplayError } from "./replay.js";
import { fromFragment } from "./replay-link.js";
import { inTurns, retell } from "./retelling.js";
import { linkElsewhere, linkTo } from "./share.js";
import { ShareRow } from "./share-row.js";
import { replacements, summary, verdict } from "./verdict.js";

/**
 * @typedef {import('./replay.js').Replay} Replay
 * @typedef {import('./arrival.js').Arrival} Arrival
 *
 * @typedef {object} Held a game that was opened
 * @property {string} name
 * @property {string[]} notes lines about it
 * @property {'good' | 'warning' | ''} kind of the first line
 * @property {import('./history.js').History} history
 * @property {import('./session.js').Game | null} game null while it is shown
 * @property {{mind: import('./seats.js').Mind, trouble: string, pinned: boolean}[]} seats who sat in
 *   it when it was left
 */

const YOURS = "your game";
const MOST = 4; // games that one can go back to; beyond it the oldest replay is let go

export class Replays {
  #session;
  #shelf;
  #config;
  #cast;
  #row;
  #asked = 0; // the newest replay that was asked for; older ones are given up
  /** @type {Held} */
  #shown;
  /** @type {Held[]} those that were left, the oldest first */
  #others = [];

  /** @param {import('./session.js').Session} session @param {import('./load.js').Shelf} shelf
   * @param {import('./types.js').PlayerConfig} config
   */
  constructor(session, shelf, config) {
    this.#session = session;
    this.#shelf = shelf;
    this.#config = config;
    this.#cast = shelf.cast;
    this.#shown = this.#held(YOURS);
    this.#row = new ShareRow(config.mode === "page", {
      save: () => this.save(),
      link: () => this.link(),
      open: (file) => this.bring(file),
    });
    this.element = this.#row.element;
    window.addEventListener("hashchange", () => this.#follow());
  }

  /** @param {string} name @param {string[]} [notes] @param {Held["kind"]} [kind] @returns {Held} */
  #held(name, notes = [], kind = "") {
    const seats = this.#session.seats.map(({ mind, trouble, pinned }) => ({
      mind,
      trouble,
      pinned,
    }));
    return { name, notes, kind, history: this.#session.history, game: null, seats };
  }

  /** To be called when something else than the next tick is to be shown. */
  update() {
    // Started anew, it is a game of the visitor's.
    if (this.#session.history === this.#shown.history) return;
    this.#shown = this.#held(YOURS);
    this.#tell();
  }

  /** What the fragment of the address asks for, now that it has changed. */
  async #follow() {
    const { hash } = location;
    if (!/^#(.*&)?replay=/.test(hash)) {
      const { tick } = fromFragment(hash);
      if (tick !== null) this.#session.goTo(tick);
    } else {
      await this.arrive(await arriving({ search: "", hash }));
    }
  }

  /** Opens what the address asks for, if it asks for anything.
   * @param {Arrival} arrival
   */
  async arrive({ bytes, replay, tick, trouble, id }) {
    if (trouble) this.#refuse("The replay in this link", trouble);
    else if (replay && bytes) await this.#open(replay, bytes, tick ?? 0, "this link", id);
  }

  /** Opens a file.
   * @param {File} file
   */
  async bring(file) {
    try {
      if (file.size > LIMITS.file) {
        throw new ReplayError(`file: want at most ${LIMITS.file} bytes, got ${file.size}`);
      }
      const bytes = new Uint8Array(await file.arrayBuffer());
      await this.#open(await decodeReplay(bytes), bytes, 0, file.name);
    } catch (error) {
      this.#refuse(file.name, error instanceof Error ? error.message : String(error));
    }
  }

  /** @param {string} what @param {string} reason */
  #refuse(what, reason) {
    this.#row.say(`${what} cannot be opened: ${reason}. The game on this page goes on.`, "bad");
  }

  /** @param {Replay} replay @param {Uint8Array} bytes @param {number} tick @param {string} from
   * @param {string} [id] under which the server keeps it
   */
  async #open(replay, bytes, tick, from, id = "") {
    const session = this.#session;
    const { spec } = this.#config;
    const fit = fitOf(replay, spec);
    const address = () => linkElsewhere(replay.env, bytes, tick, id);
    if (replay.env !== spec.name) {
      const text = `${cap(from)} is a replay of another game, ${replay.env}.`;
      return this.#row.say(text, "bad", { text: `Open it in ${replay.env}`, href: address() });
    }
    if (!fit.playable) return this.#refuse(cap(from), fit.trouble);
    if (replay.seats !== session.seats.length) {
      const text = `${cap(from)} has ${replay.seats} seats, this game ${session.seats.length}.`;
      return this.#row.say(text, "bad", { text: "Open it in a page of its own", href: address() });
    }
    const asked = ++this.#asked;
    const goOn = () => asked === this.#asked;
    session.stop("loading");
    try {
      const params = paramsFor(replay, spec);
      const simulation = await fetchBytes(this.#config.sim);
      const [env, seated] = await Promise.all([
        openEnv(simulation, { params }),
        this.#seat(replay),
      ]);
      const retold = await inTurns(retell(env, replay, seated), (done) => {
        this.#row.say(`Checking: ${Math.floor((100 * done) / replay.ticks)} %`);
        return goOn();
      });
      if (!retold || !goOn()) return;
      const { tail, differs } = retold;
      if (differs >= 0) tail.doubt = differs;
      this.#row.say("");
      this.#leave(session.open({ seed: replay.seed, params, tick, tail }));
      session.branches.name = "as recorded";
      session.halts = true;
      for (const [i, sits] of seated.minds.entries()) {
        session.seats[i].handBack();
        if (sits) session.setMind(i, sits.mind, sits.trouble);
      }
      const { kind, text } = verdict(fit, retold, spec);
      const notes = [text, replacements(spec, seated.missing, replay.seats)].filter(Boolean);
      this.#shown = this.#held(`replay, ${summary(replay, spec)}`, notes, kind);
      this.#tell();
    } catch (error) {
      if (goOn()) this.#refuse(cap(from), error instanceof Error ? error.message : String(error));
    } finally {
      if (goOn()) session.stop("loading", false);
    }
  }

  /** Puts the game that was shown among the others, unless nothing had been played.
   * @param {import('./session.js').Game} game
   */
  #leave(game) {
    const left = { ...this.#held(this.#shown.name, this.#shown.notes, this.#shown.kind), game };
    left.history = game.kept?.history ?? left.history;
    if (!left.history.ticks) return;
    this.#others.push(left);
    if (this.#others.length <= MOST) return;
    const oldest = this.#others.findIndex(({ name }) => name !== YOURS);
    const [gone] = this.#others.splice(Math.max(oldest, 0), 1);
    this.#row.say(`Only ${MOST} games are kept: the oldest (${gone.name}) was let go.`);
  }

  /** Shows one of the others again, with those who sat in it.
   * @param {Held} held
   */
  #return(held) {
    const session = this.#session;
    const { game, seats } = held;
    if (!game) return;
    this.#asked++; // a replay that is on its way is given up
    session.stop("loading", false);
    this.#row.say("");
    this.#others = this.#others.filter((other) => other !== held);
    this.#leave(session.open(game));
    seats.forEach(({ mind, trouble, pinned }, i) => {
      session.seats[i].handBack();
      session.setMind(i, mind, trouble);
      if (pinned) session.seats[i].takeOver(true);
    });
    session.halts = held.name !== YOURS;
    this.#shown = { ...held, history: session.history, game: null };
    this.#tell();
  }

  #tell() {
    const { name, notes, kind } = this.#shown;
    const back = this.#others.map((held) => ({
      text: held.name === YOURS ? "Back to your game" : `To the ${held.name}`,
      click: () => this.#return(held),
    }));
    this.#row.show(name === YOURS ? "" : cap(name), kind, notes, back);
  }

  /** Who sits where in a replay, as far as this page has them, and what it calls those who played.
   * @param {Replay} replay
   */
  async #seat(replay) {
    const { spec } = this.#config;
    const shelf = this.#shelf;
    /** @type {Set<string>} policies that draw their choices, as a history calls them */
    const drawing = new Set();
    for (const { driver } of replay.drivers) {
      const name = driver.name ?? "";
      if (driver.kind !== "policy" || !this.#cast.knows(driver)) continue;
      const policy = await shelf.open(name).catch(() => null); // told when it is to be seated
      if (policy?.play.mode === "sampled") drawing.add(`policy:${name}`);
    }
    /** @type {{seat: number, name: string, sha256: string, instead: string}[]} */
    const missing = [];
    const best = shelf.names.length ? `policy:${shelf.names[0]}` : "";
    const usual = best || (spec.has.script ? "scripted" : "random");
    const minds = lastAgents(replay).map(async (driver, seat) => {
      if (!driver) return null;
      if (driver.kind !== "policy") return openMind(shelf, driver.kind, spec);
      const { name = "", sha256 = "" } = driver;
      if (this.#cast.knows(driver)) return openMind(shelf, `policy:${name}`, spec);
      const instead = mindWord(usual.replace("policy:", ""));
      missing.push({ seat, name, sha256, instead });
      return openMind(shelf, usual, spec);
    });
    return {
      minds: await Promise.all(minds),
      missing,
      enter: (/** @type {import('./replay-head.js').Driver} */ driver) => this.#cast.enter(driver),
      draws: (/** @type {string} */ name) => drawing.has(name),
    };
  }

  /** The file of the line that is shown. */
  async #encode() {
    const { history, seats } = this.#session;
    return encodeReplay(replayOf(history.record(), this.#config.spec, this.#cast, seats.length));
  }

  /** Hands the visitor the file of the line that is shown. */
  async save() {
    const { history, seed } = this.#session;
    const { ticks } = history;
    try {
      const bytes = await this.#encode();
      this.#row.download(`${this.#config.env}-${seed}-${ticks}.gymcade`, bytes);
      this.#row.say(`Saved: ${ticks.toLocaleString("en")} ticks in ${weight(bytes.length)}.`);
    } catch (error) {
      this.#row.say(`It cannot be saved: ${reasonOf(error)}.`, "bad");
    }
  }

  /** Puts a link to the line that is shown on the clipboard: to the tick, if it is past. */
  async link() {
    const session = this.#session;
    const tick = session.past ? session.ticks : 0;
    try {
      const bytes = await this.#encode();
      const { link, stored } = await linkTo(this.#config.env, bytes, tick);
      const where = stored
        ? `The game is too long for a link alone: this server keeps it, ${weight(bytes.length)}.`
        : "The link holds the whole game; nothing was stored.";
      await this.#row.copy(link, where);
    } catch (error) {
      const rest = "Save the replay and send the file instead.";
      this.#row.say(`There is no link: ${reasonOf(error)}. ${rest}`, "bad");
    }
  }
}

/** @param {unknown} error */
function reasonOf(error) {
  return (error instanceof Error ? error.message : String(error)).replace(/\.$/, "");
}

/** @param {string} text */
function cap(text) {
  return text.startsWith("this ") || text.startsWith("replay")
    ? text[0].toUpperCase() + text.slice(1)
    : text;
}

/** @param {number} bytes */
function weight(bytes) {
  return bytes < 1000 ? `${bytes} bytes` : `${(bytes / 1000).toFixed(1)} kB`;
}
