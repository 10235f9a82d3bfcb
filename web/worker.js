/** The worker's side of the worker host. */

import { startRuntime } from "./runtime.js";

/** @import {HostCallbacks} from "./types.js" */

/** @type {((text: string) => void) | null} */
let receive = null;

/** @param {unknown} data */
const post = (data) => /** @type {{postMessage(data: unknown): void}} */ (/** @type {unknown} */ (self)).postMessage(data);

/** @type {HostCallbacks} */
const callbacks = {
  message: post,
  ready: () => post({ kind: "ready" }),
  progress: (phase, loaded, total) => post({ kind: "progress", phase, loaded, total }),
  failed: (failure) => post({ kind: "failed", failure }),
};

self.onmessage = async ({ data }) => {
  if (typeof data === "string") {
    receive?.(data);
    return;
  }
  receive = await startRuntime(data.manifest, callbacks);
  if (receive !== null) callbacks.ready();
};
