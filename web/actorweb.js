/** `<script type="module" src="/actorweb/actorweb.js" data-components="counter">` is all that a page needs. */

import { boot } from "./boot.js";

const own = [...document.querySelectorAll('script[type="module"][src]')].find((script) => /** @type {HTMLScriptElement} */ (script).src === import.meta.url);
if (own !== undefined) boot(/** @type {HTMLScriptElement} */ (own));
else console.error('AW-726 actorweb.js must be loaded by a script tag of its own\nDo: write <script type="module" src="…/actorweb.js" data-components="…">');
