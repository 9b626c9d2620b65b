// Is healthy running still what it was, and how good are the readings?

import { get } from "./api.js";
import { make, nothing, panel, write } from "./dom.js";
import { number, percent, time, words } from "./format.js";

const MARKS = { ok: "○", warning: "▲", drift: "◆" };
const NAMES = { error: "errors of the model", input: "readings", latent: "inner picture", missing: "missing readings" };

/** Drift of one asset. */
export function driftPanel(asset) {
  const { node, body } = panel("Drift", { class: "drift" });
  const show = (tree) => body.replaceChildren(...draw(tree));
  const load = async () => {
    const tree = await get("drift", { asset });
    show(tree.drift?.[asset] ?? tree.assets?.[asset] ?? tree[asset] ?? tree);
  };
  return { node, load, show };
}

function draw(tree) {
  if (!tree?.state) return [nothing("Not enough readings yet.")];
  const kinds = Object.entries(tree.kinds ?? {}).map(([kind, details]) => row(kind, details));
  const sensors = (tree.sensors ?? []).map((sensor) => (typeof sensor === "string" ? sensor : sensor[0] ?? sensor.name));
  return [
    make("p", {}, make("span", { class: `badge ${tree.state}` }, make("span", { class: "mark", "aria-hidden": "true" }, MARKS[tree.state] ?? "○"), ` ${tree.state}`),
      tree.since ? make("span", { class: "quiet" }, ` since ${time(tree.since)}`) : null),
    tree.retrain ? make("p", { class: "flag warn" }, "▲ time to train again") : null,
    kinds.length ? make("ul", { class: "kinds" }, ...kinds) : null,
    sensors.length ? make("p", {}, make("span", { class: "quiet" }, "sensors: "), sensors.slice(0, 8).join(", ")) : null,
  ].filter(Boolean);
}

function row(kind, details) {
  const { state = "ok", ...rest } = typeof details === "string" ? { state: details } : details ?? {};
  const measured = Object.entries(rest).filter(([, value]) => Number.isFinite(value)).slice(0, 2).map(([name, value]) => `${words(name)} ${number(value, 3)}`).join(", ");
  return make("li", {}, make("span", { "aria-hidden": "true" }, MARKS[state] ?? "○"), ` ${NAMES[kind] ?? words(kind)}: ${state}`, measured ? make("span", { class: "quiet" }, ` ${measured}`) : null);
}

/** Which share of the latest readings came as they should. */
export function qualityLine() {
  const node = make("p", { class: "quality" });
  const show = (series) => {
    const latest = series.column("quality").slice(-100).filter((share) => share !== null);
    const mean = latest.reduce((sum, share) => sum + share, 0) / latest.length;
    write(node, latest.length ? `${mean < 0.95 ? "▲ " : ""}${percent(mean)} of the last ${latest.length} readings' values came as they should` : "");
    node.classList.toggle("warn", mean < 0.95);
  };
  return { node, show };
}
