// What every page of the gallery runs.

import "./player.js";
