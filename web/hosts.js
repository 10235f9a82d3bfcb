/** Hosts as ports: the page cannot tell them apart. */

import { Database } from "./storage.js";

/** @import {HostCallbacks, Manifest, Port, Storage} from "./types.js" */

/** @typedef {(receive: (text: string) => void, drain: () => void) => void} Ready */
/** @typedef {{connect(post: (text: string) => void, wake: () => void, ready: Ready, database?: Storage, trouble?: string): void}} Attached */

/**
 * Python in a worker: the page never waits for it.
 * @param {Manifest} manifest
 * @param {HostCallbacks} callbacks
 * @returns {Port}
 */
export function workerHost(manifest, callbacks) {
  const worker = new Worker(new URL("worker.js", import.meta.url), { type: "module", name: "actorweb" });
  worker.onmessage = ({ data }) => {
    if (typeof data === "string") callbacks.message(data);
    else if (data.kind === "progress") callbacks.progress(data.phase, data.loaded, data.total);
    else if (data.kind === "ready") callbacks.ready();
    else if (data.kind === "failed") callbacks.failed(data.failure);
  };
  worker.onerror = (event) => {
    event.preventDefault();
    callbacks.failed({ code: "AW-721", text: `AW-721 the worker could not run: ${event.message || "its script did not load"}` });
  };
  worker.postMessage({ manifest });
  return { post: (text) => worker.postMessage(text) };
}

/**
 * Python on the main thread: nothing to cross, and the page waits for long handlers.
 * @param {Manifest} manifest
 * @param {HostCallbacks} callbacks
 * @returns {Port}
 */
export function mainHost(manifest, callbacks) {
  /** @type {((text: string) => void) | null} */
  let receive = null;
  import("./runtime.js").then(async ({ startRuntime }) => {
    receive = await startRuntime(manifest, callbacks);
    if (receive !== null) callbacks.ready();
  });
  return { post: (text) => receive?.(text) };
}

/**
 * Python that runs already, in a PyScript tag.
 * @param {Attached} attached
 * @param {Manifest} manifest
 * @param {HostCallbacks} callbacks
 * @returns {Port}
 */
export function attachedHost(attached, manifest, callbacks) {
  /** @type {((text: string) => void) | null} */
  let receive = null;
  const { port1, port2 } = new MessageChannel();
  /** @param {Database} [database] @param {string} [trouble] what is in the way of using it, as JSON */
  const connect = (database, trouble = "null") => {
    attached.connect(
      (text) => callbacks.message(text),
      () => port2.postMessage(0),
      (receiveText, drain) => {
        receive = receiveText;
        port1.onmessage = () => drain();
      },
      database,
      trouble,
    );
    queueMicrotask(() => callbacks.ready());
  };
  if (manifest.elements.some((each) => each.kept)) {
    const database = new Database();
    database.opened.then((trouble) => connect(database, JSON.stringify(trouble)));
  } else connect();
  return { post: (text) => receive?.(text) };
}
