// What every page of the gallery runs.

import "./player.js";
import "./card-preview.js";
import "./copy-button.js";
