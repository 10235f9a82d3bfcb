/** Python itself: loads Pyodide and the wheels, and starts the components. Runs in a worker or in the page. */

import { resolvers } from "./promises.js";
import { Database } from "./storage.js";

/** @import {HostCallbacks, Manifest} from "./types.js" */

const START = `
from actorweb.page.hosts.browser import start
import actorweb
start
`;

/**
 * @param {Manifest} manifest
 * @param {HostCallbacks} callbacks
 * @returns {Promise<((text: string) => void) | null>} where batches of the page go; null after a failure
 */
export async function startRuntime(manifest, callbacks) {
  const runtime = manifest.runtime;
  if (runtime === undefined) {
    callbacks.failed({ code: "AW-722", text: "AW-722 the manifest names no runtime: it comes from a server that is not actorweb's" });
    return null;
  }
  // It opens while Python loads, so that to keep state costs no time at the start.
  const database = manifest.elements.some((each) => each.kept) ? new Database() : undefined;
  const counted = countBytes(runtime.sizes, (loaded, total) => callbacks.progress("runtime", loaded, total));
  let pyodide;
  try {
    const { loadPyodide } = await import(/* @vite-ignore */ new URL("pyodide.mjs", new URL(runtime.index, self.location.href)).href);
    const wheels = runtime.packages.map(async (url) => {
      const response = await fetch(url);
      if (!response.ok) throw new Error(`${url} answered ${response.status}`);
      return response.arrayBuffer();
    });
    const loaded = loadPyodide({ indexURL: new URL(runtime.index, self.location.href).href, checkAPIVersion: false });
    // Without its WebAssembly, Pyodide says nothing at all, for ever.
    pyodide = await Promise.race([loaded, counted.broken]);
    callbacks.progress("packages", 0, runtime.packages.length);
    for (const [index, wheel] of wheels.entries()) {
      pyodide.unpackArchive(await wheel, "wheel", { extractDir: "/lib/python3.14/site-packages" });
      callbacks.progress("packages", index + 1, wheels.length);
    }
  } catch (error) {
    callbacks.failed({ code: "AW-722", text: `AW-722 the Python runtime could not be loaded: ${error instanceof Error ? error.message : String(error)}` });
    return null;
  } finally {
    counted.restore();
  }
  const { port1, port2 } = new MessageChannel();
  /** @type {((text: string) => void) | null} */
  let receive = null;
  callbacks.progress("components", 0, manifest.components.length);
  /** @param {string} text */
  const post = (text) => {
    if (receive === null && text.startsWith('{"failed":')) callbacks.failed(JSON.parse(text).failed);
    else callbacks.message(text);
  };
  const trouble = (await database?.opened) ?? null;
  try {
    const start = pyodide.runPython(START);
    start(
      JSON.stringify({ components: manifest.components, digest: manifest.digest, trouble }),
      post,
      () => port2.postMessage(0),
      (/** @type {(text: string) => void} */ receiveText, /** @type {() => void} */ drain) => {
        receive = receiveText;
        port1.onmessage = () => drain();
      },
      database,
    );
    start.destroy();
  } catch (error) {
    callbacks.failed({ code: "AW-723", text: `AW-723 Python could not start: ${error instanceof Error ? error.message : String(error)}` });
    return null;
  }
  Object.assign(globalThis, { actorwebPython: pyodide });
  return receive;
}

/**
 * Count the bytes of the runtime's files while they are fetched.
 * @param {{[url: string]: number}} sizes
 * @param {(loaded: number, total: number) => void} progress
 * @returns {{restore: () => void, broken: Promise<any>}} `restore` puts the real `fetch` back, `broken` rejects when a file does not come
 */
function countBytes(sizes, progress) {
  const real = globalThis.fetch;
  const total = Object.values(sizes).reduce((sum, size) => sum + size, 0);
  let loaded = 0;
  const { promise: broken, reject } = resolvers();
  broken.catch(() => {});
  const counting = async (/** @type {RequestInfo | URL} */ input, /** @type {RequestInit | undefined} */ options) => {
    const path = new URL(input instanceof Request ? input.url : input, self.location.href).pathname;
    if (!(path in sizes)) return real(input, options);
    const response = await real(input, options).catch((error) => {
      reject(new Error(`${path} did not come: ${error.message}`));
      throw error;
    });
    if (!response.ok) reject(new Error(`${path} answered ${response.status}`));
    if (response.body === null) return response;
    const counted = response.body.pipeThrough(
      new TransformStream({
        transform(chunk, controller) {
          loaded += chunk.byteLength;
          progress(Math.min(loaded, total), total);
          controller.enqueue(chunk);
        },
      }),
    );
    return new Response(counted, { status: response.status, headers: response.headers });
  };
  globalThis.fetch = counting;
  return {
    broken,
    restore() {
      globalThis.fetch = real;
    },
  };
}
