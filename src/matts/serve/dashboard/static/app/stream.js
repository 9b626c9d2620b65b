// What the service tells, as it happens: server-sent events read by fetch, which can carry the token.

import { address, request } from "./api.js";

const WAITS = [0.5, 1, 2, 4, 8]; // seconds before each try
const SILENCE = 40_000; // ms without a byte (the service pings): the line is dead

/** The events of a stretch of text that ends in blank lines; the rest has not ended yet. */
export function parse(text) {
  const parts = text.replaceAll("\r\n", "\n").split("\n\n");
  const rest = parts.pop();
  return { events: parts.map(readEvent).filter((event) => event.data), rest };
}

function readEvent(block) {
  const event = { event: "message", data: "", id: null };
  for (const line of block.split("\n")) {
    const at = line.indexOf(":");
    if (at <= 0) continue; // a comment: the ping
    const [name, value] = [line.slice(0, at), line.slice(at + 1).replace(/^ /, "")];
    if (name === "data") event.data += event.data ? `\n${value}` : value;
    else if (name in event) event[name] = value;
  }
  return event;
}

/** One line to the service that comes back by itself; `tell(event, data)` hears all of it. */
export class Stream {
  constructor(asset, tell) {
    this.asset = asset;
    this.tell = tell;
    this.last = null; // the number of the last event heard
    this.tries = 0;
    this.since = null; // when the line was lost
    this.closed = false;
    this.run();
  }

  async run() {
    while (!this.closed) {
      await this.listen().catch(() => null);
      if (this.closed) return;
      this.since ??= Date.now();
      const wait = WAITS[Math.min(this.tries++, WAITS.length - 1)] * (0.8 + 0.4 * Math.random());
      this.tell("lost", { since: this.since, wait });
      await new Promise((resolve) => { this.hurry = resolve; this.timer = setTimeout(resolve, wait * 1000); });
    }
  }

  async listen() {
    this.control = new AbortController();
    const headers = { Accept: "text/event-stream", ...(this.last ? { "Last-Event-ID": this.last } : {}) };
    const watch = this.watchSilence();
    try {
      const answer = await request(address("stream", { asset: this.asset }), { headers, signal: this.control.signal, cache: "no-store" });
      if (!answer.ok) return;
      this.tell("open", { again: this.since !== null });
      this.since = null;
      await this.read(answer.body.getReader(), watch);
    } finally {
      watch.stop();
    }
  }

  async read(reader, watch) {
    const decoder = new TextDecoder();
    let text = "";
    for (;;) {
      const { done, value } = await reader.read();
      if (done || this.closed) return;
      watch.renew();
      this.tries = 0;
      const { events, rest } = parse(text + decoder.decode(value, { stream: true }));
      text = rest;
      events.forEach((event) => this.pass(event));
    }
  }

  pass({ event, data, id }) {
    if (this.closed) return;
    if (id) this.last = id;
    try {
      this.tell(event, JSON.parse(data));
    } catch (error) {
      console.error(`cannot show an event "${event}": ${error}`);
    }
  }

  watchSilence() {
    const end = () => this.control.abort();
    let timer = setTimeout(end, SILENCE);
    return { renew: () => { clearTimeout(timer); timer = setTimeout(end, SILENCE); }, stop: () => clearTimeout(timer) };
  }

  /** Try now. */
  retry() {
    clearTimeout(this.timer);
    this.hurry?.();
  }

  close() {
    this.closed = true;
    this.control?.abort();
    this.retry();
  }
}
