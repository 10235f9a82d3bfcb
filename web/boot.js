/** From the script tag to elements that work: manifest, definitions, host, and what is said when something fails. */

import { defineElement } from "./define.js";
import { attachedHost, mainHost, workerHost } from "./hosts.js";
import { Page } from "./page.js";

/** @import {Failure, HostCallbacks, Manifest, Port} from "./types.js" */

const WATCHDOG = 60_000;

/** @param {string} name @param {unknown} detail */
function tell(name, detail) {
  document.dispatchEvent(new CustomEvent(`actorweb:${name}`, { detail }));
}

/** Show a failure where nobody can miss it, and say it to those who listen. @param {Failure} failure */
export function showFailure(failure) {
  console.error(failure.text);
  tell("failed", { code: failure.code, hint: failure.text });
  const box = document.createElement("div");
  box.setAttribute("role", "alert");
  box.className = "actorweb-failure";
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(
    ".actorweb-failure{position:fixed;inset:auto 1rem 1rem;z-index:2147483647;padding:1rem;border-radius:.5rem;background:#7f1d1d;color:#fff;" +
      "font:14px/1.45 ui-monospace,monospace;white-space:pre-wrap;max-height:50vh;overflow:auto}",
  );
  document.adoptedStyleSheets.push(sheet);
  box.textContent = failure.text;
  const append = () => document.body.append(box);
  if (document.body === null) document.addEventListener("DOMContentLoaded", append, { once: true });
  else append();
}

/** @param {HTMLScriptElement} script */
export async function boot(script) {
  const page = new Page();
  const kind = script.dataset.host ?? "worker";
  const attached = /** @type {{actorwebAttached?: {manifest: string, connect: import("./hosts.js").Attached["connect"]}}} */ (globalThis).actorwebAttached;
  /** @type {Manifest} */
  let manifest;
  tell("progress", { phase: "manifest", loaded: 0, total: 1 });
  try {
    manifest = kind === "attached" && attached !== undefined ? JSON.parse(attached.manifest) : await fetchManifest(script);
  } catch (error) {
    const failure = { code: "AW-720", text: `AW-720 the manifest could not be read: ${error instanceof Error ? error.message : String(error)}` };
    showFailure(failure);
    page.fail(failure);
    return;
  }
  for (const failure of manifest.errors) showFailure(failure);
  for (const spec of manifest.elements) defineElement(spec, page);
  if (manifest.elements.length === 0) return;

  let moved = performance.now();
  const watchdog = setInterval(() => {
    if (performance.now() - moved < WATCHDOG) return;
    clearInterval(watchdog);
    showFailure({
      code: "AW-724",
      text: `AW-724 Python has said nothing for ${WATCHDOG / 1000} s while it started\nDo: look at the network and the console, then reload`,
    });
  }, 5_000);
  /** @type {HostCallbacks} */
  const callbacks = {
    message: (text) => page.receive(text),
    ready() {
      clearInterval(watchdog);
      page.open(port);
      tell("ready", {});
    },
    progress(phase, loaded, total) {
      moved = performance.now();
      tell("progress", { phase, loaded, total });
    },
    failed(failure) {
      clearInterval(watchdog);
      showFailure(failure);
      page.fail(failure);
    },
  };
  /** @type {Port} */
  let port;
  if (kind === "attached" && attached !== undefined) port = attachedHost(attached, manifest, callbacks);
  else if (kind === "worker") port = workerHost(manifest, callbacks);
  else if (kind === "main") port = mainHost(manifest, callbacks);
  else callbacks.failed({ code: "AW-725", text: `AW-725 data-host="${kind}" is no host\nExpected: worker or main\nDo: correct the script tag` });
}

/** @param {HTMLScriptElement} script @returns {Promise<Manifest>} */
async function fetchManifest(script) {
  const components = (script.dataset.components ?? "").split(/[\s,]+/).filter((name) => name !== "");
  const url = new URL(`manifest.json?components=${components.map(encodeURIComponent).join("+")}`, script.src);
  const response = await fetch(url);
  if (!response.ok) throw new Error(`${url.pathname} answered ${response.status}`);
  return response.json();
}
