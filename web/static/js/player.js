// <gymcade-player>: one game with its seats, its controls and a look inside. The page's island #page
// says which.

import { arriving, paramsFor } from "./arrival.js";
import { el } from "./dom.js";
import { openEnv } from "./env.js";
import { fetchBytes, openMind, Shelf } from "./load.js";
import { fromAddress } from "./parameters.js";
import { openScene } from "./scene.js";
import { Session } from "./session.js";
import { Stage, UNSEEN } from "./stage.js";

/** @typedef {import('./types.js').PlayerConfig} PlayerConfig */

/** From the address (?seed=7), or any. */
function firstSeed() {
  const given = Number(new URLSearchParams(location.search).get("seed") || Number.NaN);
  return Number.isInteger(given) && given >= 0 ? given : Math.floor(Math.random() * 1e6);
}

export class GymcadePlayer extends HTMLElement {
  /** @type {Session | null} the game, once `ready` */
  session = null;
  /** @type {Shelf | null} the policies that can be seated, once `ready` */
  shelf = null;
  /** @type {import("./view.js").View | null} */
  #view = null;
  /** @type {(value?: undefined) => void} */
  #tellReady = () => {};
  /** @type {Promise<undefined>} fulfilled once the game runs */
  ready = new Promise((resolve) => {
    this.#tellReady = resolve;
  });

  connectedCallback() {
    if (this.dataset.mode) return; // moved in the page
    const island = document.getElementById("page");
    /** @type {PlayerConfig} */
    const config = JSON.parse(island?.textContent ?? "{}").player;
    this.dataset.mode = config.mode;
    this.style.setProperty("--aspect", (config.spec.width / config.spec.height).toFixed(4));
    const stage = new Stage(config.spec);
    this.#start(config, stage).catch((error) => {
      const reason = error instanceof Error ? error.message : String(error);
      const works = "The rest of the page works.";
      stage.fail(`The game did not start: ${reason}`, works, "Reload to try again.");
    });
  }

  /** Stands still while the next version of the game is built.
   * @param {boolean} on
   */
  rest(on) {
    this.#view?.rest(on);
  }

  /** @param {PlayerConfig} config @param {Stage} stage */
  async #start(config, stage) {
    const poster = this.querySelector("img");
    if (poster) stage.element.prepend(poster);
    const main = el("div", { class: "player-main" }, stage.element, stage.line);
    this.replaceChildren(main);
    const { params, refused } = fromAddress(config.spec.params, location.search);
    const parts = import("./view.js"); // most of the page's code, fetched beside the game
    parts.catch(() => {}); // said once it is missed
    const asked = config.mode === "featured" ? { search: "", hash: "" } : location;
    const arrived = arriving(asked);
    const opened = Promise.all([fetchBytes(config.sim), arrived]).then(([bytes, { replay }]) =>
      openEnv(bytes, { params: replay ? paramsFor(replay, config.spec) : params }),
    );
    const shelf = new Shelf(
      config,
      opened.then((env) => env.seats),
    );
    if (shelf.names.length) shelf.warm();
    const env = await opened;
    const [minds, scene] = await Promise.all([
      Promise.all(openingDrivers(shelf.names, env).map((d) => openMind(shelf, d, config.spec))),
      openScene(config, stage.canvas, env.copySize).catch((error) => {
        stage.fail(error.message, UNSEEN, "Reload, or try another browser.");
        return null;
      }),
    ]);
    poster?.remove();
    const session = new Session(env, { seed: firstSeed(), minds: minds.map(({ mind }) => mind) });
    for (const [i, seat] of session.seats.entries()) {
      seat.trouble = (minds[i] ?? minds[0])?.trouble ?? "";
    }
    const { View } = await parts;
    const ticked = () => void this.dispatchEvent(new Event("tick"));
    const arrival = await arrived;
    const view = new View({ config, session, shelf, stage, scene, arrival, refused, ticked });
    main.append(...view.elements);
    this.append(view.side);
    this.session = session;
    this.shelf = shelf;
    this.#view = view;
    view.run();
    this.dataset.ready = "";
    this.#tellReady();
  }
}

/** Who drives at first: the strongest policy; on the other side of a game for two the next one,
 * since equals would hold each other off forever.
 * @param {string[]} names of the policies, strongest first
 * @param {import("./env.js").Env} env
 */
function openingDrivers(names, env) {
  if (!names.length) return [env.spec.has.script ? "scripted" : "random"];
  return names.slice(0, env.seats === 2 ? 2 : 1).map((name) => `policy:${name}`);
}

customElements.define("gymcade-player", GymcadePlayer);
