// What only a preview runs: the page follows the C file, the doctor and the training.

import { el } from "../dom.js";
import { fetchBytes } from "../load.js";
import { decodeReplay } from "../replay.js";
import { askPreview, compare } from "./agreement.js";
import { goOn, keep, openCrash } from "./kept.js";
import { Overlay } from "./overlay.js";
import { PreviewPanel } from "./panel.js";
import { Pupils } from "./pupils.js";

/**
 * @typedef {import('../player.js').GymcadePlayer} GymcadePlayer
 * @typedef {import('../session.js').Session} Session
 * @typedef {import('../types.js').Spec} Spec
 */

const COMPARE_MS = 2000; // from one comparison with the native library to the next

const version = document.querySelector('meta[name="gymcade-preview"]')?.getAttribute("content");
const overlay = new Overlay();
const events = new EventSource("/preview/events");
/** @type {string | null} of State, as this page has it */
let layout = null;
let building = false; // the page stands still for it: drawing by software would take its cores
/** @type {{session: Session, spec: Spec, panel: PreviewPanel, pupils: Pupils} | null} once it runs */
let game = null;
/** @type {import('./told.js').Doctor | null} */
let doctor = null;
/** @type {import('./told.js').Training | null} */
let training = null;

listen("build", (/** @type {import('./told.js').Build} */ build) => {
  overlay.build(build);
  building = build.state === "building";
  if (game) player?.rest(building);
  if (!build.version || build.version === version) layout = build.layout || layout;
  else if (build.state === "ok") reload(build);
});
listen("doctor", (/** @type {import('./told.js').Doctor} */ told) => {
  doctor = told;
  overlay.doctor(told);
  game?.panel.doctor(told);
});
listen("policy", (/** @type {import('./told.js').Training} */ told) => {
  training = told;
  game?.panel.training(told);
  game?.pupils.come(told.policies);
});

const player = /** @type {GymcadePlayer | null} */ (document.querySelector("gymcade-player"));
if (player) {
  player.ready.then(() => begin(player));
}

/** @template T @param {string} name @param {(told: T) => void} hear */
function listen(name, hear) {
  events.addEventListener(name, (event) => hear(JSON.parse(event.data)));
}

/** Takes up the game where the page before left it, and shows the panel.
 * @param {GymcadePlayer} player
 */
async function begin(player) {
  const { session, shelf } = player;
  if (!session || !shelf || player.dataset.mode !== "page") return;
  /** @type {import('../types.js').PlayerConfig} */
  const config = JSON.parse(document.getElementById("page")?.textContent ?? "{}").player;
  const pupils = new Pupils(session, shelf);
  const panel = new PreviewPanel(session);
  const said = el("p", { class: "preview-said", role: "status" });
  player.querySelector(".stage")?.after(said);
  player.querySelector(".player-side .seats")?.after(panel.element);
  player.addEventListener("tick", () => panel.refresh());
  const kept = taken(config.env);
  if (kept) {
    await pupils.restore(kept.seats);
    said.textContent = await goOn(session, config.spec, kept).catch(
      (error) => `Begun anew: ${error.message}`,
    );
  }
  panel.refresh();
  if (doctor) panel.doctor(doctor);
  if (training) {
    panel.training(training);
    await pupils.come(training.policies);
  }
  game = { session, spec: config.spec, panel, pupils };
  player.rest(building);
  offerCrash(session, config.spec, said);
  compareOn(session, config, panel);
}

/** @param {string} env */
function key(env) {
  return `gymcade:preview:${env}`;
}

/** What the page before has kept, once.
 * @param {string} env
 * @returns {import('./kept.js').Kept | null}
 */
function taken(env) {
  const text = sessionStorage.getItem(key(env));
  sessionStorage.removeItem(key(env));
  return text ? JSON.parse(text) : null;
}

/** Loads the page with the game as it is built now; the game goes on there.
 * @param {import('./told.js').Build} build
 */
async function reload(build) {
  if (game) {
    const { session, spec, pupils } = game;
    const anew = layout !== null && layout !== build.layout;
    const follows = (/** @type {number} */ seat) => pupils.follows(seat);
    try {
      const kept = await keep(session, spec, { anew, follows });
      sessionStorage.setItem(key(build.env), JSON.stringify(kept));
    } catch {
      // Too long to be kept: the game begins anew.
    }
  }
  location.reload();
}

/** Compares with the native library whenever there is more to compare.
 * @param {Session} session @param {import('../types.js').PlayerConfig} config
 * @param {PreviewPanel} panel
 */
async function compareOn(session, { spec, sim }, panel) {
  let compared = -1;
  let history = session.history;
  for (;;) {
    const { ticks } = session.history;
    if (!document.hidden && panel.open && (ticks !== compared || history !== session.history)) {
      panel.compared(await compare(session, spec, askPreview, () => fetchBytes(sim)));
      compared = ticks;
      history = session.history;
    }
    await new Promise((resolve) => setTimeout(resolve, COMPARE_MS));
  }
}

/** A game that `make debug` saw crash, to be looked at up to the tick before.
 * @param {Session} session @param {Spec} spec @param {HTMLElement} said
 */
async function offerCrash(session, spec, said) {
  const answer = await fetch("/preview/crash").catch(() => null);
  if (answer?.status !== 200) return;
  const replay = await decodeReplay(new Uint8Array(await answer.arrayBuffer()));
  const text = `Open the crash of make debug: seed ${replay.seed}, tick ${replay.ticks}`;
  const button = el("button", { type: "button", class: "preview-crash", text });
  button.addEventListener("click", () => {
    said.textContent = openCrash(session, spec, replay);
  });
  said.after(button);
}
