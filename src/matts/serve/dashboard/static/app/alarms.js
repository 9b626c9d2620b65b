// The alarm list: what needs somebody first, then what is put aside, then what has gone.

import { download, get } from "./api.js";
import { ACTIONS, showTrail } from "./actions.js";
import { button, make, nothing, panel, toast } from "./dom.js";
import { count, number, percent, time, words } from "./format.js";

const MARKS = { critical: "◆", high: "▲", medium: "■", low: "●" };
const RANKS = ["critical", "high", "medium", "low"];
const ASIDE = new Set(["shelved", "suppressed", "out_of_service"]);
const KINDS = [["open", "needs somebody"], ["aside", "put aside"], ["gone", "gone, or back to normal"]];

function kind({ state }) {
  if (ASIDE.has(state)) return "aside";
  return state === "normal" ? "gone" : "open";
}

function order(one, other) {
  const waits = (alarm) => (alarm.state === "unacknowledged" ? 0 : alarm.state === "returned_unacknowledged" ? 2 : 1);
  return waits(one) - waits(other) || RANKS.indexOf(one.priority) - RANKS.indexOf(other.priority) || other.raised - one.raised;
}

/** The alarms of one asset, or of the plant where `asset` is null. */
export class AlarmPanel {
  constructor(asset) {
    this.asset = asset;
    this.alarms = new Map();
    this.rows = new Map();
    const { node, body, tools } = panel("Alarms", { class: "alarms" });
    Object.assign(this, { node, body });
    this.flood = make("span", { class: "flag bad", hidden: true }, "▲ alarm flood");
    this.total = make("span", { class: "quiet" });
    tools.append(this.flood, this.total);
    if (!asset) tools.append(button("Labels", () => saveLabels(), { title: "What operators said of alarms, as labels to train with (CSV)" }));
    this.lists = Object.fromEntries(KINDS.map(([key, title]) => [key, make("ol", { "data-list": key, "aria-label": `alarms: ${title}` })]));
    this.fold = make("details", {}, make("summary", {}, "Put aside, and gone"), this.lists.aside, this.lists.gone);
    this.empty = nothing("No alarm. All is well.");
    body.append(this.empty, this.lists.open, this.fold);
  }

  /** Ask for all; what is heard meanwhile is newer than the answer. */
  async load() {
    const heard = new Map();
    Object.assign(this, { heard, heardFlood: null });
    const { alarms, flood } = await get("alarms", { asset: this.asset, limit: 200 });
    if (this.heard !== heard) return; // asked again
    this.alarms = new Map([...alarms.map((alarm) => [alarm.id, alarm]), ...heard]);
    this.flood.hidden = !(this.heardFlood ?? flood);
    this.heard = null;
    this.draw();
  }

  /** An alarm changed, of whichever asset; `flood`: whether too many came in the plant. */
  hear({ flood = null, ...alarm }) {
    if (flood !== null) {
      this.heardFlood = flood;
      this.flood.hidden = !flood;
    }
    if (this.asset && alarm.asset !== this.asset) return;
    this.heard?.set(alarm.id, alarm);
    const known = this.alarms.has(alarm.id);
    this.alarms.set(alarm.id, alarm);
    if (!known && alarm.state === "unacknowledged") toast(`${alarm.priority} alarm: ${alarm.asset}, ${title(alarm)}`);
    this.forget();
    this.draw();
  }

  /** Keep the latest of those that are gone. */
  forget() {
    const gone = [...this.alarms.values()].filter((alarm) => kind(alarm) === "gone").sort((one, other) => other.id - one.id);
    gone.slice(50).forEach((alarm) => this.alarms.delete(alarm.id));
  }

  draw() {
    const focused = document.activeElement?.closest?.("[data-alarm]")?.dataset.alarm;
    const sorted = [...this.alarms.values()].sort(order);
    for (const id of this.rows.keys()) if (!this.alarms.has(id)) this.rows.delete(id);
    for (const [key] of KINDS) this.drawList(this.lists[key], sorted.filter((alarm) => kind(alarm) === key));
    const open = this.lists.open.children.length;
    this.empty.hidden = open > 0;
    this.fold.hidden = sorted.length === open;
    this.total.textContent = open ? count(open, "alarm") : "";
    if (focused && !this.node.contains(document.activeElement)) this.node.querySelector(`[data-alarm="${focused}"]`)?.focus();
  }

  drawList(list, alarms) {
    const nodes = alarms.map((alarm) => this.row(alarm));
    if (nodes.length === list.children.length && nodes.every((node, at) => node === list.children[at])) return;
    list.replaceChildren(...nodes);
  }

  row(alarm) {
    const known = this.rows.get(alarm.id);
    const seen = JSON.stringify(alarm);
    if (known?.seen === seen) return known.node;
    const node = drawAlarm(alarm, (name) => this.act(name, alarm.id), !this.asset);
    this.rows.set(alarm.id, { node, seen });
    return node;
  }

  /** Do what a button or a key says; the answer of the service says what became of it. */
  async act(name, id) {
    try {
      if (name === "trail") return await showTrail(this.alarms.get(id));
      const changed = await ACTIONS[name](this.alarms.get(id));
      if (changed) await this.load();
    } catch (error) {
      toast(error.message);
    }
    return null;
  }

  /** Acknowledge the alarm that has the focus, or the first that waits. */
  acknowledge() {
    const focused = document.activeElement?.closest?.("[data-alarm]")?.dataset.alarm;
    const waiting = [...this.alarms.values()].filter((alarm) => alarm.state.endsWith("unacknowledged")).sort(order);
    const chosen = focused ? this.alarms.get(Number(focused)) : waiting[0];
    if (chosen?.state.endsWith("unacknowledged")) return this.act("acknowledge", chosen.id);
    toast("No alarm here waits to be acknowledged.");
    return null;
  }
}

function saveLabels() {
  return download("labels", { format: "csv" }, "labels.csv").catch((error) => toast(error.message));
}

/** What the alarm is about, in a few words. */
export function title(alarm) {
  return alarm.fault || alarm.text || { anomaly: "unlike healthy running", quality: "bad readings", silent: "no readings", drift: "healthy running has drifted" }[alarm.key] || words(alarm.key);
}

function drawAlarm(alarm, act, withAsset) {
  const waits = alarm.state.endsWith("unacknowledged");
  const label = `${alarm.priority} alarm ${alarm.id}, ${alarm.asset}: ${title(alarm)}, ${words(alarm.state)}`;
  return make("li", { class: `alarm ${alarm.priority}${waits ? " waits" : ""} ${kind(alarm)}`, "data-item": true, "data-alarm": alarm.id, tabindex: 0, "aria-label": label },
    make("div", { class: "head" },
      make("span", { class: "mark", "aria-hidden": "true" }, MARKS[alarm.priority] ?? "●"),
      make("span", { class: "priority" }, alarm.priority),
      make("span", { class: "what" },
        withAsset ? make("a", { href: `#/asset/${encodeURIComponent(alarm.asset)}` }, alarm.asset) : null, withAsset ? " " : null, title(alarm)),
      waits ? button("Acknowledge", () => act("acknowledge"), { class: "main" }) : null),
    make("p", { class: "facts" }, ...facts(alarm)),
    make("menu", {}, ...choices(alarm).map(([name, text]) => button(text, () => act(name)))));
}

function facts(alarm) {
  const worst = alarm.sensors.filter(([, share]) => share >= 0.005).slice(0, 3).map(([sensor, share]) => `${sensor} ${percent(share)}`).join(", ");
  const flags = [[alarm.first_out, "first out"], [alarm.chattering, "chattering"], [alarm.stale, "stale"],
    [alarm.feedback, words(alarm.feedback)]].filter(([set]) => set).map(([, text]) => text);
  return [
    make("span", { class: "state" }, words(alarm.state)),
    make("span", {}, `since ${time(alarm.raised)}`),
    Number.isFinite(alarm.value) && alarm.key === "anomaly" ? make("span", {}, `peak ${number(alarm.peak ?? alarm.value, 2)}, limit ${number(alarm.limit, 2)}`) : null,
    worst ? make("span", {}, worst) : null,
    alarm.acknowledged_by ? make("span", {}, `by ${alarm.acknowledged_by}`) : null,
    alarm.shelved_until ? make("span", {}, `until ${time(alarm.shelved_until)}`) : null,
    ...flags.map((text) => make("span", { class: "flag" }, text)),
  ].filter(Boolean);
}

function choices(alarm) {
  const judged = alarm.key !== "anomaly" ? [] : alarm.feedback
    ? [["undo", "Undo feedback"]] : [["false_alarm", "False alarm"], ["confirm", "Confirm"]];
  const shelf = alarm.state === "shelved" ? [["unshelve", "Unshelve"]] : kind(alarm) === "open" ? [["shelve", "Shelve"]] : [];
  return [...shelf, ...judged, ["comment", "Comment"], ["trail", "Trail"]];
}
