/** What leaves the page, in order: one batch a microtask, and nothing before the host is ready. */

/** @import {Json, Port} from "./types.js" */

export class Outbox {
  /** @type {Json[][]} */
  #ops = [];
  /** @type {Port | null} */
  #port = null;
  #scheduled = false;
  /** The newest frame that the page shows. */
  acknowledged = 0;
  #sentAcknowledgement = 0;

  /** @param {Json[]} op */
  add(op) {
    this.#ops.push(op);
    this.#schedule();
  }

  /** @param {Port} port */
  open(port) {
    this.#port = port;
    this.flush();
  }

  /** How many operations wait. */
  get length() {
    return this.#ops.length;
  }

  /** @param {number} frame */
  acknowledge(frame) {
    this.acknowledged = frame;
    // An acknowledgement alone may wait for company: it only lets the host forget old slots.
    if (frame - this.#sentAcknowledgement >= 32) this.#schedule();
  }

  #schedule() {
    if (this.#port === null || this.#scheduled) return;
    this.#scheduled = true;
    queueMicrotask(() => this.flush());
  }

  flush() {
    this.#scheduled = false;
    if (this.#port === null || (this.#ops.length === 0 && this.acknowledged === this.#sentAcknowledgement)) return;
    const ops = this.#ops;
    this.#ops = [];
    this.#sentAcknowledgement = this.acknowledged;
    this.#port.post(JSON.stringify({ ack: this.acknowledged, ops }));
  }
}
