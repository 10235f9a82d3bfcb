/** What crosses between the shim and a host. `actorweb/page/wire.py` and `frame.py` describe it. */

export type Json = null | boolean | number | string | Json[] | { [key: string]: Json };
export type Kind = "text" | "attribute" | "url" | "boolean" | "property" | "event";
export type HoleSpec = [kind: Kind, name: string, modifiers: [string, string][]];
export type StaticsSpec = [number: number, strings: string[], holes: HoleSpec[]];

export interface Statics {
  strings: TemplateStringsArray;
  holes: { kind: Kind; name: string; modifiers: Map<string, string> }[];
}

export interface PropertySpec {
  name: string;
  attribute: string;
  type: "bool" | "int" | "float" | "str" | "json";
  default: Json;
  reflect: boolean;
  writable: boolean;
  read: boolean;
}

export interface ElementSpec {
  tag: string;
  properties: PropertySpec[];
  events: string[];
  style: string;
  kept: boolean;
  first: { statics: StaticsSpec[]; look: Json[]; states: string[] } | null;
}

export interface Manifest {
  elements: ElementSpec[];
  digest: string;
  components: string[];
  errors: { component: string; code: string; text: string }[];
  runtime?: { index: string; packages: string[]; sizes: { [url: string]: number } };
}

export interface Failure {
  code: string;
  text: string;
}

export type ElementState = "ready" | "failed" | "crashed" | "kept" | "unsaved";

export interface Frame {
  frame: number;
  statics?: StaticsSpec[];
  elements?: [element: number, acknowledged: number, look: Json][];
  values?: [element: number, values: { [name: string]: Json }][];
  snapshots?: [element: number, snapshot: Json][];
  events?: [element: number, name: string, detail: Json, bubbles: boolean, composed: boolean][];
  replies?: [ask: number, value: Json, error: { name: string; code: string; text: string } | null][];
  states?: [element: number, state: ElementState, text: string][];
  custom?: [element: number, states: string[]][];
  console?: [level: "error" | "warn" | "info", text: string][];
}

/** What keeps records: texts go in by `post`, answers come out by the function given to `listen` (`storage.js`). */
export interface Storage {
  post(text: string): void;
  listen(tell: (text: string) => void): void;
  opened: Promise<[name: string, words: string] | null>;
}

/** A way to a host: texts go out by `post`, frames come in by the callback it was made with. */
export interface Port {
  post(text: string): void;
}

export interface HostCallbacks {
  message(text: string): void;
  ready(): void;
  progress(phase: string, loaded: number, total: number): void;
  failed(failure: Failure): void;
}
