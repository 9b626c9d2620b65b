// The plant: every asset, worst first, beside the alarms of all.

import { reset } from "./actions.js";
import { get } from "./api.js";
import { AlarmPanel } from "./alarms.js";
import { button, make, nothing, panel, toast, write } from "./dom.js";
import { completedPanel } from "./events.js";
import { count, number, percent, time } from "./format.js";
import { HEALTH, rank } from "./health.js";

const FILTERS = [["all", "All"], ["need", "Need somebody"], ["silent", "Silent"], ["completed", "Completed"]];

function passes(row, filter) {
  if (filter === "need") return row.health === "bad" || row.health === "watch" || row.alarms.unacknowledged > 0;
  return filter === "all" ? !row.completed : row.health === filter;
}

/** The page at `#/`. */
export class Overview {
  constructor(place, tellSummary) {
    this.asset = "*";
    this.tellSummary = tellSummary;
    this.rows = new Map(); // name -> {row, tile}
    this.filter = "all";
    this.closed = false;
    this.alarms = new AlarmPanel(null);
    this.completed = completedPanel();
    place.className = "overview";
    place.replaceChildren(this.alarms.node, this.assetPanel(), this.completed.node);
    this.list.addEventListener("pointerleave", () => this.order());
  }

  assetPanel() {
    const { node, body, tools } = panel("Assets", { class: "assets" });
    this.search = make("input", { type: "search", id: "search", placeholder: "Search ( / )", "aria-label": "Search assets", oninput: () => this.order() });
    this.chips = FILTERS.map(([key, text]) => make("button", { type: "button", class: "chip", "aria-pressed": String(key === "all"), onclick: () => this.choose(key) }, text));
    this.list = make("ol", { class: "tiles", "data-list": "assets", "aria-label": "assets, worst first" });
    this.empty = nothing("No asset has sent a reading yet.");
    tools.append(...this.chips, this.search, button("Reset", () => this.reset()));
    body.append(this.empty, this.list);
    return node;
  }

  choose(filter) {
    this.filter = filter;
    this.chips.forEach((chip, at) => chip.setAttribute("aria-pressed", FILTERS[at][0] === filter));
    this.order();
  }

  /** Ask for all; what is heard meanwhile is newer than the answer. */
  async load() {
    const heard = new Map();
    this.heard = heard;
    const [{ assets }] = await Promise.all([get("assets"), this.alarms.load(), this.completed.load()]);
    if (this.closed || this.heard !== heard) return; // left, or asked again
    const told = new Map([...assets.map((row) => [row.name, row]), ...heard]);
    this.heard = null;
    for (const name of this.rows.keys()) if (!told.has(name)) this.rows.delete(name);
    this.take([...told.values()]); // into the tiles that are there: one of them may have the focus
    this.order();
  }

  async reset() {
    try {
      if (await reset()) await this.load();
    } catch (error) {
      toast(error.message);
    }
  }

  hear(event, data) {
    if (event === "assets") this.hearAssets(data.assets ?? data);
    if (event === "alarm") this.alarms.hear(data);
  }

  hearAssets(assets) {
    assets.forEach((row) => this.heard?.set(row.name, row));
    const ended = assets.some((row) => endedSince(this.rows.get(row.name)?.row, row));
    this.take(assets);
    if (ended) this.completed.load().catch(() => null); // the next one that ends asks again
  }

  take(assets) {
    for (const row of assets) {
      const known = this.rows.get(row.name);
      const tile = known?.tile ?? makeTile(row.name);
      fillTile(tile, row);
      this.rows.set(row.name, { row, tile });
    }
    if (!this.list.matches(":hover") && !this.list.contains(document.activeElement)) this.order();
    this.count();
  }

  /** Worst first; rows do not move below a pointer or a focus. */
  order() {
    const asked = this.search.value.trim().toLowerCase();
    const shown = [...this.rows.values()]
      .filter(({ row }) => passes(row, this.filter) && (!asked || `${row.name} ${row.fault} ${row.health}`.toLowerCase().includes(asked)))
      .sort((one, other) => rank(one.row) - rank(other.row) || excess(other.row) - excess(one.row) || one.row.name.localeCompare(other.row.name, "en", { numeric: true }));
    const nodes = shown.map(({ tile }) => tile.node);
    this.empty.hidden = nodes.length > 0;
    write(this.empty, this.rows.size ? "No asset fits the search." : "No asset has sent a reading yet.");
    if (nodes.length === this.list.children.length && nodes.every((node, at) => node === this.list.children[at])) return;
    const chosen = document.activeElement;
    this.list.replaceChildren(...nodes);
    if (this.list.contains(chosen)) chosen.focus(); // which it loses when it is put in again
  }

  count() {
    const rows = [...this.rows.values()].map(({ row }) => row);
    const need = rows.filter((row) => passes(row, "need")).length;
    const waiting = rows.reduce((sum, row) => sum + row.alarms.unacknowledged, 0);
    this.tellSummary(`${count(rows.length, "asset")} · ${need} need somebody · ${waiting} unacknowledged`);
  }

  acknowledge() {
    return this.alarms.acknowledge();
  }

  close() {
    this.closed = true;
  }
}

/** Whether a unit was completed from one look at its asset to the next; another may have begun since. */
function endedSince(before, row) {
  return before ? (row.completed && !before.completed) || row.readings < before.readings : row.completed;
}

function excess({ score, limit }) {
  return (score ?? 0) - (limit ?? 0);
}

function makeTile(name) {
  const part = (part_class, tag = "span") => make(tag, { class: part_class });
  const parts = { mark: part("mark"), word: part("word"), fault: part("fault"), score: part("score"), alarms: part("count"), facts: part("facts") };
  const bar = make("span", { class: "bar", "aria-hidden": "true" }, make("i"), make("b"));
  const link = make("a", { href: `#/asset/${encodeURIComponent(name)}`, "data-item": true },
    parts.mark, make("span", { class: "name" }, name), make("span", { class: "says" }, parts.word, " ", parts.fault), bar, parts.score, parts.alarms, parts.facts);
  return { node: make("li", {}, link), link, bar, ...parts };
}

function fillTile(tile, row) {
  const health = HEALTH[row.health] ?? HEALTH.silent;
  tile.node.className = `tile ${row.health}`;
  write(tile.mark, health.mark);
  write(tile.word, health.word);
  write(tile.fault, row.fault ?? "");
  write(tile.score, `${number(row.score, 2)} / ${number(row.limit, 2)}`);
  write(tile.alarms, row.alarms.active ? `${count(row.alarms.active, "alarm")}${row.alarms.unacknowledged ? ", new" : ""}` : "");
  write(tile.facts, facts(row));
  fillBar(tile.bar, row);
}

function facts(row) {
  const notes = [row.quality < 0.95 ? `quality ${percent(row.quality)}` : "", row.drift && row.drift !== "ok" ? `drift: ${row.drift}` : "",
    row.mode ? row.mode : "", time(row.last_time)];
  return notes.filter(Boolean).join(" · ");
}

function fillBar(bar, { score, limit }) {
  const top = Math.max((limit ?? 2) * 2, 1);
  bar.firstChild.style.width = `${Math.min(1, Math.max(0, (score ?? 0) / top)) * 100}%`;
  bar.lastChild.style.left = `${Math.min(1, (limit ?? 0) / top) * 100}%`;
}

