// The other side of the comparison: runs cases of the vocabulary (xstate/VOCABULARY.md) with the real xstate.
// Standard input: one case a line. Standard output: for each `{"expected": records}`, plus `endless: true` if the case was
// broken off because it does not end, and `crashes` if xstate itself failed with a TypeError or RangeError.
import readline from "node:readline";
import {
  and,
  assign,
  cancel,
  createActor,
  createMachine,
  emit,
  enqueueActions,
  fromCallback,
  fromPromise,
  fromTransition,
  not,
  or,
  raise,
  sendParent,
  sendTo,
  spawnChild,
  stateIn,
  stopChild,
} from "xstate";

const MOST_TURNS = 600; // of one case; the other side is more patient
const MARK = "\u0001"; // begins the message of a user's error, so that it is found in an error that wraps it

class UserError extends Error {
  constructor(message) {
    super(MARK + message);
  }
}

const isError = (value) => value instanceof Error;
const isObject = (value) => typeof value === "object" && value !== null && !Array.isArray(value);

/** The user's message, or null for an error of the library's own. */
const userMessage = (error) => {
  const message = isError(error) ? error.message : "";
  const place = message.lastIndexOf(MARK);
  return place < 0 ? null : message.slice(place + MARK.length);
};

/** What a path of a case may find: an error is its message, which for the library's own is only that. */
const plain = (value) => (isError(value) ? (userMessage(value) ?? "(library)") : value === undefined ? null : value);

const at = (value, path) => {
  let found = value;
  for (const key of path ? path.split(".") : []) {
    found = found?.[key];
  }
  return plain(found);
};

const OPERATORS = {
  "+": (a, b) => a + b,
  "-": (a, b) => a - b,
  "*": (a, b) => a * b,
  pow: (a, b) => a ** b,
  "==": (a, b) => a === b,
  "!=": (a, b) => a !== b,
  "<": (a, b) => a < b,
  "<=": (a, b) => a <= b,
  ">": (a, b) => a > b,
  ">=": (a, b) => a >= b,
};

const evaluate = (expression, scope) => {
  if (!Array.isArray(expression)) {
    return expression;
  }
  const [name, ...rest] = expression;
  if (name === "lit") {
    return rest[0];
  }
  if (name === "ctx" || name === "event" || name === "input") {
    return at({ ctx: scope.context, event: scope.event, input: scope.input }[name], rest[0]);
  }
  const part = (one) => evaluate(one, scope);
  if (name === "and") {
    return rest.every(part);
  }
  if (name === "or") {
    return rest.some(part);
  }
  return name === "not" ? !part(rest[0]) : OPERATORS[name](part(rest[0]), part(rest[1]));
};

const hasExpression = (value) =>
  typeof value === "object" && value !== null && ((isObject(value) && "$expr" in value) || Object.values(value).some(hasExpression));

const filled = (value, scope) => {
  if (Array.isArray(value)) {
    return value.map((part) => filled(part, scope));
  }
  if (!isObject(value)) {
    return value;
  }
  return "$expr" in value ? evaluate(value.$expr, scope) : Object.fromEntries(Object.entries(value).map(([key, part]) => [key, filled(part, scope)]));
};

/** A function of a value with an expression in it. */
const late = (value) => (hasExpression(value) ? (scope) => filled(value, scope) : value);
const each = (given, change) => (Array.isArray(given) ? given.map(change) : change(given));
const mapped = (given, change) => (isObject(given) ? Object.fromEntries(Object.entries(given).map(([key, value]) => [key, change(value)])) : given);

const compare = (test) => (params, context) => params.key in context && test(context[params.key], params.value);
const GUARDS = {
  gt: compare((a, b) => a > b),
  gte: compare((a, b) => a >= b),
  lt: compare((a, b) => a < b),
  lte: compare((a, b) => a <= b),
  eq: (params, context) => (context[params.key] ?? null) === params.value,
  ne: (params, context) => (context[params.key] ?? null) !== params.value,
  truthy: (params, context) => Boolean(context[params.key]),
  evEq: (params, _, event) => at(event, params.field) === params.value,
  expr: (params, context, event) => Boolean(evaluate(params.expr, { context, event })),
  yes: () => true,
  no: () => false,
  fail: (params) => {
    throw new UserError(params.message);
  },
};

/** A clock that goes when it is told to. */
class Clock {
  now = 0;
  count = 0;
  timers = new Map();

  setTimeout(fire, delay) {
    this.count += 1;
    this.timers.set(this.count, { due: this.now + Math.max(delay, 0), fire });
    return this.count;
  }

  clearTimeout(number) {
    this.timers.delete(number);
  }

  /** Take the timer that is next, if it is due by then. */
  next(target) {
    let first;
    for (const [number, timer] of this.timers) {
      if (timer.due <= target && (first === undefined || timer.due < first[1].due)) {
        first = [number, timer];
      }
    }
    if (first !== undefined) {
      this.timers.delete(first[0]);
    }
    return first?.[1];
  }
}

/** One case: its configs become machines whose actions trace into it. */
class Run {
  constructor(given) {
    this.given = given;
    this.clock = new Clock();
    this.trace = [];
    this.turns = 0;
    this.crashes = new Set();
    this.promises = false;
    this.actors = {};
    this.delays = mapped(given.delays ?? {}, late);
    for (const [name, spec] of Object.entries(given.actors ?? {})) {
      this.actors[name] = this.actor(spec);
    }
    this.machine = this.machineOf(given.config_text === undefined ? given.config : JSON.parse(given.config_text));
  }

  // --- actors ---

  actor(spec) {
    if (spec.$promise !== undefined) {
      return this.promise(spec.$promise);
    }
    if (spec.$callback !== undefined) {
      return this.callback(spec.$callback);
    }
    if (spec.$transition !== undefined) {
      const { initial, add = {} } = spec.$transition;
      return this.counted(fromTransition((state, event) => ({ ...state, n: state.n + (add[event.type] ?? 0) }), initial));
    }
    return this.machineOf(spec);
  }

  promise(spec) {
    this.promises = true;
    const settled = (input) => {
      if ("reject" in spec) {
        return Promise.reject(new UserError(spec.reject));
      }
      const value = spec.resolve;
      const short = Array.isArray(value) && value.length === 2 && value[0] === "input";
      return Promise.resolve(short ? at(input, value[1]) : (filled(value, { input }) ?? null));
    };
    return this.counted(
      fromPromise(({ input }) =>
        spec.delay === undefined
          ? settled(input)
          : new Promise((resolve, reject) => {
              // One turn of the queue for the promise itself, as for one without delay.
              this.clock.setTimeout(() => ("reject" in spec ? reject(new UserError(spec.reject)) : settled(input).then(resolve)), spec.delay);
            }),
      ),
    );
  }

  callback(spec) {
    return this.counted(
      fromCallback(({ input, sendBack, receive, self }) => {
        if ("throw" in spec) {
          throw new UserError(spec.throw);
        }
        const back = (events) => {
          for (const event of events) {
            sendBack(filled(event, { input }));
          }
        };
        receive((event) => back(spec.on?.[event.type] ?? []));
        back(spec.start ?? []);
        return () => {
          if (spec.cleanup !== undefined) {
            this.trace.push(`${self.id}/${spec.cleanup}`);
          }
        };
      }),
    );
  }

  machineOf(config) {
    const ready = this.state(config);
    if (config.context !== undefined && hasExpression(config.context)) {
      ready.context = ({ input }) => filled(config.context, { input });
    }
    return this.counted(createMachine(ready, { actors: this.actors, delays: this.delays }));
  }

  /** Count the turns of a logic, and notice where xstate itself fails. */
  counted(logic) {
    for (const name of ["transition", "getInitialSnapshot", "restoreSnapshot", "start"]) {
      const original = logic[name] ?? (() => undefined);
      logic[name] = (...given) => {
        this.turns += 1;
        if (this.turns > MOST_TURNS) {
          throw new Error("endless");
        }
        try {
          const snapshot = original(...given);
          this.noticed(snapshot?.error);
          return snapshot;
        } catch (error) {
          this.noticed(error);
          throw error;
        }
      };
    }
    return logic;
  }

  noticed(error) {
    if (isError(error) && (error.constructor === TypeError || error.constructor === RangeError || /:\n(Cannot|Maximum)/.test(error.message))) {
      this.crashes.add(error.message);
    }
  }

  // --- configs ---

  state(config) {
    if (!isObject(config)) {
      return config;
    }
    const ready = { ...config };
    const change = (key, how) => {
      if (key in ready) {
        ready[key] = how(ready[key]);
      }
    };
    const transitions = (given) => each(given, (one) => this.transition(one));
    const actions = (given) => each(given, (one) => this.action(one));
    change("entry", actions);
    change("exit", actions);
    change("always", transitions);
    change("onDone", transitions);
    change("on", (given) => mapped(given, transitions));
    change("after", (given) => mapped(given, transitions));
    change("route", (given) => this.transition(given));
    change("initial", (given) => (isObject(given) && "actions" in given ? { ...given, actions: actions(given.actions) } : given));
    change("output", late);
    change("invoke", (given) => each(given, (one) => this.invoke(one)));
    change("states", (given) => mapped(given, (one) => this.state(one)));
    return ready;
  }

  invoke(config) {
    const ready = { ...config };
    for (const key of ["onDone", "onError", "onSnapshot"]) {
      if (key in ready) {
        ready[key] = each(ready[key], (one) => this.transition(one));
      }
    }
    if ("input" in ready) {
      ready.input = late(ready.input);
    }
    return ready;
  }

  transition(given) {
    if (!isObject(given)) {
      return given;
    }
    if (given.$undefined) {
      return undefined;
    }
    const ready = { ...given };
    if ("actions" in ready) {
      ready.actions = each(ready.actions, (one) => this.action(one));
    }
    if ("guard" in ready) {
      ready.guard = this.guard(ready.guard);
    }
    return ready;
  }

  // --- actions ---

  note(self, name, ...more) {
    const tag = self._parent === undefined ? name : `${self.id}/${name}`;
    this.trace.push(more.length > 0 ? [tag, ...more] : tag);
  }

  action(spec) {
    const { type, params } = isObject(spec) ? spec : { type: spec };
    const builtin = this.builtin(type, params ?? {});
    if (builtin !== undefined) {
      return builtin;
    }
    return (scope) => (params === undefined ? this.note(scope.self, type) : this.note(scope.self, type, filled(params, scope)));
  }

  builtin(type, given) {
    const options = { delay: late(given.delay), id: given.id };
    const change = (how) => assign((scope) => how(filled(given, scope), scope.context, scope.event));
    switch (type) {
      case "log":
        return (scope) => this.log(scope, filled(given, scope));
      case "throw":
        return (scope) => {
          throw new UserError(filled(given, scope).message);
        };
      case "inc":
        return change((params, context) => ({ [params.key]: (context[params.key] ?? 0) + (params.by ?? 1) }));
      case "set":
        return change((params) => ({ [params.key]: params.value ?? null }));
      case "setMany":
        return change((params) => params);
      case "copy":
        return change((params, context) => ({ [params.to]: context[params.from] ?? null }));
      case "push":
        return change((params, context) => ({ [params.key]: [...(context[params.key] ?? []), params.value] }));
      case "setFromEvent":
        return change((params, _, event) => ({ [params.key]: at(event, params.field) }));
      case "calc":
        return assign((scope) => ({ [given.key]: evaluate(given.expr, scope) }));
      case "raise":
        return raise(late(given.event), options);
      case "sendTo": {
        const to = { $self: ({ self }) => self, $parent: "#_parent" }[given.to] ?? given.to;
        return sendTo(to, late(given.event), options);
      }
      case "sendParent":
        return sendParent(late(given.event), options);
      case "cancel":
        return cancel(given.id);
      case "stopChild":
        return stopChild(given.id);
      case "spawnChild":
        return spawnChild(given.src, { id: given.id, input: late(given.input) });
      case "emit":
        return emit(late(given.event));
      case "choose":
        return this.choose(given);
      default:
        return undefined;
    }
  }

  log(scope, params) {
    const entry = {};
    if ("msg" in params) {
      entry.msg = params.msg;
    }
    if (params.keys) {
      entry.ctx = Object.fromEntries(params.keys.map((key) => [key, scope.context[key] ?? null]));
    }
    if (params.event) {
      entry.event = scope.event.type;
    }
    this.note(scope.self, "log", entry);
  }

  choose(given) {
    const branches = given.branches.map((one) => ({
      guard: "guard" in one ? this.guard(one.guard) : undefined,
      actions: [one.actions ?? []].flat().map((action) => this.action(action)),
    }));
    return enqueueActions(({ check, enqueue }) => {
      for (const action of branches.find(({ guard }) => guard === undefined || check(guard))?.actions ?? []) {
        enqueue(action);
      }
    });
  }

  // --- guards ---

  guard(spec) {
    const { type, params = {} } = isObject(spec) ? spec : { type: spec };
    switch (type) {
      case "and":
        return and(params.guards.map((one) => this.guard(one)));
      case "or":
        return or(params.guards.map((one) => this.guard(one)));
      case "not":
        return not(this.guard(params.guard));
      case "stateIn":
        return stateIn(params.state);
    }
    if (!Object.hasOwn(GUARDS, type)) {
      return spec;
    }
    return (scope) => GUARDS[type](type === "expr" ? params : filled(params, scope), scope.context, scope.event);
  }

  // --- running ---

  async settle() {
    if (this.promises) {
      await new Promise(setImmediate);
    }
  }

  begin(restored) {
    this.root = createActor(this.machine, { clock: this.clock, input: this.given.input, snapshot: restored });
    this.root.on("*", (event) => this.trace.push(["$emit", event]));
    this.root.subscribe({ error: () => {} }); // heard, or node ends
    this.root.start();
  }

  async step(step) {
    if ("$advance" in step) {
      const target = this.clock.now + step.$advance;
      for (let timer = this.clock.next(target); timer !== undefined && this.turns <= MOST_TURNS; timer = this.clock.next(target)) {
        this.turns += 1;
        this.clock.now = timer.due;
        timer.fire();
        await this.settle();
      }
      this.clock.now = target;
    } else if (step.$restore) {
      const kept = JSON.parse(JSON.stringify(this.root.getPersistedSnapshot()));
      this.root.stop();
      await this.settle();
      this.trace = [];
      this.begin(kept);
    } else if (step.$stop) {
      this.root.stop();
    } else {
      this.root.send(step);
    }
    await this.settle();
  }

  record() {
    const now = this.root.getSnapshot();
    this.noticed(now.error);
    const found = { value: now.value ?? null, context: now.context ?? null, status: now.status, trace: this.trace };
    this.trace = [];
    if (now.tags?.size) {
      found.tags = [...now.tags].sort();
    }
    if (now.status === "done" && now.output !== undefined) {
      found.output = now.output;
    }
    if (now.status === "error") {
      found.error = userMessage(now.error) ?? { library: true };
    }
    const children = Object.entries(now.children ?? {});
    if (children.length > 0) {
      found.children = {};
      for (const [id, child] of children) {
        if (child !== undefined) {
          const { status, value, error } = child.getSnapshot();
          this.noticed(error);
          found.children[id] = value === undefined ? { status } : { status, value };
        }
      }
    }
    const meta = now.getMeta?.() ?? {};
    if (Object.keys(meta).length > 0) {
      found.meta = meta;
    }
    if (this.given.can?.length) {
      found.can = this.given.can.filter((type) => this.can(now, type));
    }
    return JSON.parse(JSON.stringify(found));
  }

  can(now, type) {
    try {
      return now.can?.({ type }) ?? false;
    } catch (error) {
      this.noticed(error);
      return false;
    }
  }
}

const recorded = async (given) => {
  let run;
  try {
    run = new Run(given);
  } catch (error) {
    const failed = error.constructor === TypeError || error.constructor === RangeError;
    return { expected: [{ invalid: true }], ...(failed ? { crashes: [error.message] } : {}) };
  }
  run.begin();
  await run.settle();
  const records = [run.record()];
  if (given.features?.includes("invalid") && records[0].status === "error") {
    return { expected: [{ invalid: true }] };
  }
  try {
    for (const step of given.steps) {
      await run.step(step);
      records.push(run.record());
    }
  } catch (error) {
    run.crashes.add(error.message);
  }
  const answer = { expected: records };
  if (run.turns > MOST_TURNS) {
    answer.endless = true;
  }
  if (run.crashes.size > 0) {
    answer.crashes = [...run.crashes];
  }
  return answer;
};

for await (const line of readline.createInterface({ input: process.stdin })) {
  if (line.trim()) {
    let answer;
    try {
      answer = await recorded(JSON.parse(line));
    } catch (error) {
      answer = { expected: [], crashes: [String(error.stack)] };
    }
    process.stdout.write(`${JSON.stringify(answer)}\n`);
  }
}
