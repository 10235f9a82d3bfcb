/**
 * Both sides of the race, and the clock.
 *
 * A round is: trigger, wait until the DOM has changed, force layout. The page says that it is hidden, so the shim shows
 * each frame as it comes and no side waits for the display. After each round both tables must be equal.
 */

import { repeat } from "/files/node_modules/lit-html/directives/repeat.js";
import { html, render } from "/files/node_modules/lit-html/lit-html.js";

Object.defineProperty(document, "hidden", { get: () => true });

const ADJECTIVES = "pretty large big small tall short long handsome plain quaint clean elegant easy".split(" ");
const COLOURS = "red yellow blue green pink brown purple brown white black orange".split(" ");
const NOUNS = "table chair house bbq desk car pony cookie sandwich burger pizza mouse keyboard".split(" ");

/** @param {number} number */
const label = (number) => `${ADJECTIVES[(number * 7) % 13]} ${COLOURS[(number * 5) % 11]} ${NOUNS[(number * 3) % 13]}`;

/** The peer: the same table, its state in JavaScript, the same lit-html. */
class Peer {
  /** @type {{id: number, label: string}[]} */
  items = [];
  last = 0;
  selected = 0;
  root = /** @type {HTMLElement} */ (document.getElementById("peer")).attachShadow({ mode: "open" });

  /** @param {{type: string, count?: number, id?: number}} message */
  send({ type, count = 0, id = 0 }) {
    if (type === "Run") {
      this.items = this.made(count);
      this.selected = 0;
    } else if (type === "Append") this.items = [...this.items, ...this.made(count)];
    else if (type === "Update") this.items = this.items.map((item, at) => (at % 10 === 0 ? { id: item.id, label: `${item.label} !!!` } : item));
    else if (type === "Swap") {
      const items = [...this.items];
      if (items.length > 998) [items[1], items[998]] = [items[998], items[1]];
      this.items = items;
    } else if (type === "Clear") {
      this.items = [];
      this.selected = 0;
    } else if (type === "Select") this.selected = id;
    else if (type === "Remove") this.items = this.items.filter((item) => item.id !== id);
    this.render();
  }

  /** @param {number} count */
  made(count) {
    return Array.from({ length: count }, () => {
      this.last += 1;
      return { id: this.last, label: label(this.last) };
    });
  }

  render() {
    render(
      html`<table><tbody>${repeat(
        this.items,
        (item) => item.id,
        (
          item,
        ) => html`<tr class=${item.id === this.selected ? "danger" : ""}><td class="col-md-1">${item.id}</td><td class="col-md-4"><a @click=${() => this.send({ type: "Select", id: item.id })}>${item.label}</a></td>
           <td class="col-md-1"><a @click=${() => this.send({ type: "Remove", id: item.id })}><span aria-hidden="true">x</span></a></td><td class="col-md-6"></td></tr>`,
      )}</tbody></table>`,
      this.root,
    );
  }
}

const peer = new Peer();
peer.render();
const element = /** @type {HTMLElement & {send(message: object): void, ready: Promise<unknown>}} */ (document.querySelector("bench-table"));

/** The shim's worker: a frame of a hidden document is shown in the very task that brings it. @type {Worker} */
let worker;
globalThis.Worker = class extends Worker {
  /** @param {string | URL} url @param {WorkerOptions} [options] */
  constructor(url, options) {
    super(url, options);
    worker = this;
  }
};

/** Wait until a frame with a look has been shown: this listener comes after the shim's own. No observer: the peer has none to pay for. */
function changed() {
  return new Promise((resolve) => {
    const listener = (/** @type {MessageEvent} */ { data }) => {
      if (typeof data !== "string" || !data.includes('"elements"')) return;
      worker.removeEventListener("message", listener);
      resolve(undefined);
    };
    worker.addEventListener("message", listener);
  });
}

/** Let the browser finish what the last round left to paint: it would fall into the waiting of the next one. */
const pause = () => new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(() => setTimeout(resolve, 5))));

/** @param {ShadowRoot | null} root */
const shown = (root) => [...(root?.querySelectorAll("tr") ?? [])].map((row) => `${row.className}|${row.textContent?.replace(/\s+/g, " ")}`);

/** Run one message on one side: milliseconds. @param {"actor" | "peer"} side @param {object} message */
async function one(side, message) {
  await pause();
  if (side === "peer") {
    const from = performance.now();
    peer.send(/** @type {any} */ (message));
    void document.body.offsetHeight;
    return performance.now() - from;
  }
  const waited = changed();
  const from = performance.now();
  element.send(message);
  await waited;
  void document.body.offsetHeight;
  return performance.now() - from;
}

/** Run messages on both sides, each as one round; both must show the same. @param {object} message @param {boolean} first who begins */
async function both(message, first) {
  const result = { actor: 0, peer: 0 };
  for (const side of /** @type {("actor" | "peer")[]} */ (first ? ["actor", "peer"] : ["peer", "actor"])) result[side] = await one(side, message);
  const [ours, theirs] = [shown(element.shadowRoot), shown(peer.root)];
  if (ours.length !== theirs.length || ours.some((text, at) => text !== theirs[at])) {
    const at = ours.findIndex((text, index) => text !== theirs[index]);
    throw new Error(
      `after ${JSON.stringify(message)} the tables differ at row ${at}: ${ours[at]} and ${theirs[at]} (${ours.length} and ${theirs.length} rows)`,
    );
  }
  return result;
}

/** Clicks on a counter, each after a rest: milliseconds from click to the DOM changed. @param {number} count */
async function clicks(count) {
  const counter = /** @type {HTMLElement & {ready: Promise<unknown>}} */ (document.querySelector("bench-counter"));
  await counter.ready;
  const button = /** @type {HTMLElement} */ (counter.shadowRoot?.querySelector("button"));
  const times = [];
  for (let at = 0; at < count; at++) {
    await pause();
    const waited = changed();
    const shown = button.textContent;
    const from = performance.now();
    button.click();
    await waited;
    times.push(performance.now() - from);
    if (button.textContent === shown) throw new Error("the counter shows what it showed before");
  }
  return times;
}

Object.assign(globalThis, { bench: { both, clicks, one, peer, element, shown } });
