// The latest readings of one asset, in order of time; each is held once: an asset has one reading a time.

/** Columns of one length: `sensor:<name>`, `expected:<name>`, `surprise:<detector>`, alerts, … */
export class Series {
  constructor(capacity) {
    this.capacity = capacity;
    this.clear();
  }

  clear() {
    this.times = [];
    this.columns = new Map();
    this.held = new Set();
  }

  get length() {
    return this.times.length;
  }

  get newest() {
    return this.times.at(-1) ?? null;
  }

  /** The column of this name, empty where nothing of it came. */
  column(name) {
    if (!this.columns.has(name)) this.columns.set(name, new Array(this.length).fill(null));
    return this.columns.get(name);
  }

  /** Take in a batch of the stream or of the history; how many readings were new. */
  add(batch) {
    const incoming = flatten(batch);
    Object.keys(incoming).forEach((name) => this.column(name));
    let fresh = 0;
    batch.times.forEach((time, row) => {
      if (this.held.has(time)) return;
      this.insert(time, incoming, row);
      fresh += 1;
    });
    this.trim();
    return fresh;
  }

  insert(time, incoming, row) {
    const at = this.place(time);
    this.held.add(time);
    if (at === this.length) {
      this.times.push(time);
      for (const [name, column] of this.columns) column.push(incoming[name]?.[row] ?? null);
    } else { // late: rare, so it may cost
      this.times.splice(at, 0, time);
      for (const [name, column] of this.columns) column.splice(at, 0, incoming[name]?.[row] ?? null);
    }
  }

  place(time) {
    let at = this.length;
    while (at > 0 && this.times[at - 1] > time) at -= 1;
    return at;
  }

  trim() {
    const extra = this.length - this.capacity;
    if (extra < this.capacity / 10) return; // now and then, not at every reading
    this.times.splice(0, extra).forEach((time) => this.held.delete(time));
    for (const column of this.columns.values()) column.splice(0, extra);
  }

  /** The newest value of a column. */
  last(name) {
    return this.columns.get(name)?.at(-1) ?? null;
  }
}

function flatten({ values, sensors, expected, surprises, alerts, faults, quality, graded }) {
  return {
    ...prefix("sensor", values ?? sensors),
    ...prefix("expected", expected),
    ...prefix("surprise", surprises),
    ...(alerts ? { alerts } : {}),
    ...(faults ? { faults } : {}),
    ...(quality ? { quality } : {}),
    ...(graded ? { graded } : {}),
  };
}

function prefix(kind, columns) {
  return Object.fromEntries(Object.entries(columns ?? {}).map(([name, column]) => [`${kind}:${name}`, column]));
}
