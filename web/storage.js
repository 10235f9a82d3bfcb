/**
 * Storage: an IndexedDB, by texts, in a worker or in the page. `actorweb/state/indexeddb.py` is the other side of it.
 *
 * To the database, JSON arrays:
 *
 *     ["load", number, key]
 *     ["commit", number, strict, keep, [[key, sequence, journal, at, checksum, text], …]]    keep: null for all
 *     ["release", key]
 *     ["close", number]
 *
 * From it, in the order asked: `[number, failure, result]`. `failure` is null or `[name, words]`. A load's result is
 * `[owned, newest, sequence, at, checksum, text]` (nulls where there is nothing), a commit's the writes that it refused,
 * `[[index, newest], …]`.
 *
 * Whoever loads a key becomes its owner if no other tab is, by a Web Lock, until it releases the key or ends; where there
 * are no Web Locks, the numbers of the records alone keep two writers apart.
 */

import { resolvers } from "./promises.js";

/** @import {Json, Storage} from "./types.js" */

/** @typedef {[name: string, words: string]} Trouble */
/** @typedef {[key: string, sequence: number, journal: boolean, at: number, checksum: number, text: string]} Row */
/** @typedef {{at: number, checksum: number, text: string}} Stored */
/** @typedef {{owned: Promise<boolean>, letGo: () => void}} Hold */

const SCHEMA = 1;
/** So many milliseconds a database may take to open, before a page goes on without it. */
const PATIENCE = 5_000;
/** A tab that is just being closed or reloaded may hold a key for so many milliseconds more. */
const FAREWELL = 750;

/** @implements {Storage} */
export class Database {
  #name;
  /** @type {IDBDatabase | null} */
  #database = null;
  /** Why nothing can be kept any more. @type {Trouble} */
  #gone = ["InvalidStateError", "it is not open"];
  /** @type {(text: string) => void} */
  #tell = () => {};
  /** @type {Map<string, Hold>} */
  #holds = new Map();
  /** What was let go of, until it is. @type {Map<string, Promise<unknown>>} */
  #leaving = new Map();
  /** The last operation has begun. @type {Promise<unknown>} */
  #begun;
  /** The last operation was told. @type {Promise<unknown>} */
  #told;
  /** Resolves with null, or with what is in the way. @type {Promise<Trouble | null>} */
  opened;

  /** Open a database; what is posted meanwhile waits. @param {string} [name] */
  constructor(name = "actorweb") {
    this.#name = name;
    this.opened = this.#open();
    this.#begun = this.opened;
    this.#told = this.opened;
  }

  /** @param {(text: string) => void} tell */
  listen(tell) {
    this.#tell = tell;
  }

  /** @param {string} text */
  post(text) {
    const [kind, ...given] = JSON.parse(text);
    if (kind === "release") this.#release(given[0]);
    else if (kind === "load") this.#take(given[0], this.#own(given[1]), (owned) => this.#load(owned, given[1]));
    else if (kind === "commit") this.#take(given[0], true, () => this.#commit(given[1], given[2], given[3]));
    else this.#take(given[0], true, () => this.#close());
  }

  /**
   * Begin an operation when those before it have begun, and tell its result when theirs were told.
   * @param {number} number
   * @param {boolean | Promise<boolean>} owned
   * @param {(owned: boolean) => Promise<Json>} operation
   */
  #take(number, owned, operation) {
    const before = this.#begun;
    const begun = Promise.all([owned, before]).then(([own]) => ({ result: operation(own) }));
    this.#begun = begun;
    const told = this.#told;
    /** @param {Json} failure @param {Json} result */
    const tell = async (failure, result) => {
      await told;
      this.#tell(JSON.stringify([number, failure, result]));
    };
    this.#told = begun
      .then(({ result }) => result)
      .then(
        (result) => tell(null, result),
        (error) => tell(troubleOf(error), null),
      )
      .catch(reportError); // whoever was told has failed: that harms nobody who comes later
  }

  /** @returns {Promise<Trouble | null>} */
  async #open() {
    try {
      this.#database = await open(this.#name);
    } catch (error) {
      this.#gone = troubleOf(error);
      return this.#gone;
    }
    const database = this.#database;
    database.onversionchange = () => {
      this.#leave("VersionError", "another tab has newer code and needs it");
      database.close();
    };
    database.onclose = () => this.#leave("InvalidStateError", "the browser has closed it, as when its data are cleared");
    return null;
  }

  /** @param {string} name @param {string} words */
  #leave(name, words) {
    this.#database = null;
    this.#gone = [name, words];
  }

  /** @param {IDBTransactionMode} mode @param {boolean} strict @returns {IDBTransaction} */
  #transaction(mode, strict) {
    if (this.#database === null) throw Object.assign(new Error(this.#gone[1]), { name: this.#gone[0] });
    return this.#database.transaction(["keys", "records"], mode, { durability: strict ? "strict" : "relaxed" });
  }

  /** @param {boolean} owned @param {string} key @returns {Promise<Json>} */
  async #load(owned, key) {
    const transaction = this.#transaction("readonly", false);
    const newest = transaction.objectStore("keys").get(key);
    const record = transaction.objectStore("records").openCursor(allOf(key), "prev");
    await over(transaction);
    if (record.result === null) return [owned, newest.result ?? null, null, null, null, null];
    const [, sequence] = /** @type {[string, number]} */ (record.result.key);
    const { at, checksum, text } = record.result.value ?? {};
    // Half of a surrogate pair is damage, and no text that can cross.
    return [owned, newest.result ?? null, sequence, at ?? null, checksum ?? null, typeof text === "string" ? (text.toWellFormed?.() ?? text) : null];
  }

  /** @param {boolean} strict @param {number | null} keep @param {Row[]} rows @returns {Promise<Json>} */
  async #commit(strict, keep, rows) {
    if (rows.length === 0) return [];
    const transaction = this.#transaction("readwrite", strict);
    const keys = transaction.objectStore("keys");
    const records = transaction.objectStore("records");
    /** @type {Map<string, number>} */
    const newest = new Map();
    /** @type {[number, number][]} */
    const refused = [];
    /** @type {unknown} */
    let failure = null;
    const write = () => {
      for (const [index, [key, sequence, journal, at, checksum, text]] of rows.entries()) {
        const last = newest.get(key) ?? 0;
        if (sequence !== last + 1) {
          refused.push([index, last]);
          continue;
        }
        newest.set(key, sequence);
        keys.put(sequence, key);
        records.put({ at, checksum, text }, [key, sequence]);
        const every = Math.max(1, Math.floor((keep ?? 0) / 8)); // so many writes lie between two prunings
        if (!journal) records.delete(IDBKeyRange.bound([key], [key, sequence], false, true));
        else if (keep !== null && sequence % every === 0 && sequence > keep) records.delete(IDBKeyRange.bound([key], [key, sequence - keep]));
      }
    };
    const asked = new Set(rows.map(([key]) => key));
    let left = asked.size;
    for (const key of asked) {
      const request = keys.get(key);
      request.onsuccess = () => {
        newest.set(key, request.result ?? 0);
        left -= 1;
        if (left > 0) return;
        try {
          write();
        } catch (error) {
          failure = error;
          transaction.abort();
        }
      };
    }
    await over(transaction).catch((error) => {
      throw failure ?? error;
    });
    return refused;
  }

  /** Become the owner of a key, or learn that another tab is. @param {string} key @returns {Promise<boolean>} */
  #own(key) {
    let hold = this.#holds.get(key);
    if (hold === undefined) {
      const { promise: ended, resolve: letGo } = resolvers();
      const before = this.#leaving.get(key) ?? Promise.resolve();
      hold = { owned: before.then(() => lock(`actorweb: ${this.#name}: ${key}`, ended)), letGo: () => letGo(undefined) };
      this.#holds.set(key, hold);
    }
    return hold.owned;
  }

  /** Let a key go, once all that was asked for is done. @param {string} key */
  #release(key) {
    const hold = this.#holds.get(key);
    if (hold === undefined) return;
    this.#holds.delete(key);
    const left = this.#told.then(hold.letGo);
    this.#leaving.set(key, left);
    left.then(() => {
      if (this.#leaving.get(key) === left) this.#leaving.delete(key);
    });
  }

  /** @returns {Promise<Json>} */
  async #close() {
    const database = this.#database;
    for (const key of [...this.#holds.keys()]) this.#release(key);
    this.#leave("InvalidStateError", "it has been closed");
    database?.close(); // which waits for its transactions
    return null;
  }
}

/** All records of a key. @param {string} key */
const allOf = (key) => IDBKeyRange.bound([key], [key, []]);

/** @param {unknown} error @returns {Trouble} */
function troubleOf(error) {
  return error instanceof Error || error instanceof DOMException ? [error.name, error.message] : ["UnknownError", String(error)];
}

/** @param {IDBTransaction} transaction @returns {Promise<void>} */
function over(transaction) {
  return new Promise((resolve, reject) => {
    transaction.oncomplete = () => resolve();
    transaction.onabort = () => reject(transaction.error ?? new DOMException("the transaction was aborted", "AbortError"));
  });
}

/** @param {string} name @returns {Promise<IDBDatabase>} */
function open(name) {
  return new Promise((resolve, reject) => {
    if (globalThis.indexedDB === undefined || globalThis.indexedDB === null) {
      reject(new DOMException("this browser has no IndexedDB here, as in some private windows", "NotFoundError"));
      return;
    }
    let late = false;
    const timer = setTimeout(() => {
      late = true;
      reject(new DOMException(`it did not open within ${PATIENCE / 1000} s`, "TimeoutError"));
    }, PATIENCE);
    const request = indexedDB.open(name, SCHEMA);
    request.onupgradeneeded = () => {
      request.result.createObjectStore("keys");
      request.result.createObjectStore("records");
    };
    // A tab with older code closes its database when it is asked to (`onversionchange`); until then this one waits.
    request.onsuccess = () => {
      clearTimeout(timer);
      if (late) request.result.close();
      else resolve(request.result);
    };
    request.onerror = (event) => {
      event.preventDefault();
      clearTimeout(timer);
      reject(request.error);
    };
  });
}

/**
 * Hold a Web Lock until `ended`. Gives false when somebody else keeps it, true where there are no locks.
 * @param {string} name
 * @param {Promise<unknown>} ended
 * @returns {Promise<boolean>}
 */
function lock(name, ended) {
  const locks = globalThis.navigator?.locks;
  if (locks === undefined) return Promise.resolve(true);
  return new Promise((resolve) => {
    locks
      .request(name, { signal: AbortSignal.timeout(FAREWELL) }, () => {
        resolve(true);
        return ended;
      })
      .catch((/** @type {DOMException} */ error) => resolve(error.name !== "AbortError" && error.name !== "TimeoutError"));
  });
}
