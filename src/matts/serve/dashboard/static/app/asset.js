// One asset: how it is, what it says, and what is to blame.

import { get } from "./api.js";
import { setMode, setService } from "./actions.js";
import { AlarmPanel } from "./alarms.js";
import { onTheme } from "./colours.js";
import { causePanel } from "./causes.js";
import { button, make, panel, toast, write } from "./dom.js";
import { driftPanel, qualityLine } from "./drift.js";
import { eventPanel } from "./events.js";
import { count, lasting, number, time } from "./format.js";
import { badge } from "./health.js";
import { gaugePanel, scorePanel } from "./scores.js";
import { sensorPanel } from "./sensors.js";
import { Series } from "./series.js";

const POINTS = 600; // readings on the screen
const EXPLAIN = 3000; // ms between two looks at the root cause while the asset is in alert
const REFILL = 15_000; // ms between two looks at the history for a chosen span, which the stream alone would narrow
const SPANS = [["", `last ${POINTS} readings`], ["600", "10 minutes"], ["3600", "1 hour"], ["28800", "8 hours"], ["all", "everything"]];

/** The page at `#/asset/<name>`. */
export class AssetPage {
  constructor(place, name, tellSummary) {
    Object.assign(this, { place, name, tellSummary, asset: name, series: new Series(POINTS), filling: null, span: "", arrived: null, interval: 1, closed: false });
    place.className = "asset";
  }

  async load() {
    const tree = await get(`assets/${encodeURIComponent(this.name)}`);
    if (this.closed) return; // another page has the place now
    this.tree = tree;
    if (!this.alarms) this.build();
    this.showHead(this.tree);
    await Promise.all([this.fill(), this.alarms.load(), this.explain(), this.events.load(), this.drift.load()]);
  }

  build() {
    const { sensors, detectors } = this.tree;
    this.alarms = new AlarmPanel(this.name);
    this.events = eventPanel(this.name);
    this.drift = driftPanel(this.name);
    this.quality = qualityLine();
    this.sensors = sensorPanel(sensors);
    this.causes = causePanel(this.name, sensors, (shares) => this.sensors.blame(shares));
    this.head = make("section", { class: "title", "aria-label": "Asset" });
    this.main = make("div", { class: "column wide" });
    this.side = make("div", { class: "column" });
    this.place.replaceChildren(this.head, this.main, this.side);
    this.scores = scorePanel(this.name, detectors);
    this.gauges = gaugePanel(this.scores.lines);
    const quality = panel("Quality of readings", { class: "grades" });
    quality.body.append(this.quality.node);
    this.main.append(this.scores.node, this.sensors.node);
    this.side.append(this.alarms.node, this.gauges.node, this.causes.node, this.events.node, this.drift.node, quality.node);
    this.stopTheme = onTheme(() => this.causes.redraw().catch(() => null));
    this.timer = setInterval(() => this.age(), 1000);
    this.filler = setInterval(() => this.span && this.fill().catch(() => null), REFILL);
    this.explainer = setInterval(() => this.row?.health === "bad" && this.explain(), EXPLAIN);
  }

  explain() {
    return this.causes.load().catch((error) => { if (error.status !== 404 && !this.closed) toast(error.message); });
  }

  /** Fill from the history: at the start, after a break of the line, for another span. What comes meanwhile is in it, too. */
  async fill() {
    const series = new Series(POINTS);
    this.filling = series;
    const batch = await get("history", { asset: this.name, points: POINTS, start: await this.start() });
    if (this.closed || this.filling !== series) return; // left, or asked again
    series.capacity = Math.max(POINTS, batch.times.length);
    series.add(batch);
    Object.assign(this, { series, filling: null });
    this.draw();
  }

  /** From when the history is asked for: a span of time, or as long as the last readings took. */
  async start() {
    const { last_time: last, readings } = this.row ?? this.tree;
    if (this.span === "all" || !last) return null;
    if (this.span) return last - Number(this.span);
    if (readings <= POINTS) return null;
    const { times } = await get("anomaly-scores", { asset: this.name, points: POINTS });
    return times[0];
  }

  hear(event, data) {
    if (!this.alarms) return; // not built yet: the history will have it
    if (event === "readings" && data.asset === this.name) this.take(data);
    if (event === "assets") this.showHead((data.assets ?? data).find((row) => row.name === this.name) ?? this.row);
    if (event === "drift" && (data.asset ?? this.name) === this.name) this.drift.show(data.status ?? data);
    if (event === "alarm") this.hearAlarm(data);
  }

  hearAlarm(alarm) {
    this.alarms.hear(alarm);
    if (alarm.asset !== this.name) return;
    clearTimeout(this.later);
    this.later = setTimeout(() => { this.explain(); this.events.load().catch(() => null); }, 500);
  }

  take(batch) {
    const now = performance.now();
    if (this.arrived) this.interval = 0.9 * this.interval + 0.1 * ((now - this.arrived) / 1000);
    this.arrived = now;
    this.filling?.add(batch);
    if (this.series.add(batch)) this.drawSoon();
  }

  /** However many batches come, one drawing a frame. */
  drawSoon() {
    this.frame ??= requestAnimationFrame(() => { this.frame = null; this.draw(); });
  }

  draw() {
    this.scores.show(this.series);
    this.gauges.show(this.series);
    this.sensors.show(this.series);
    this.quality.show(this.series);
    this.age();
  }

  /** What has not been renewed for long looks so. */
  age() {
    const quiet = this.arrived === null ? Infinity : (performance.now() - this.arrived) / 1000;
    const stale = quiet > Math.max(5, 5 * this.interval);
    this.place.classList.toggle("stale", stale);
    const last = this.series.newest;
    write(this.fresh, last === null ? "no reading yet" : stale ? `stale: last reading ${time(last)}${Number.isFinite(quiet) ? `, ${lasting(quiet)} ago` : ""}` : `live, ${time(last)}`);
  }

  showHead(row) {
    if (!row || this.closed) return;
    const changed = !this.row || ["health", "fault", "mode"].some((key) => row[key] !== this.row[key]);
    this.row = { ...this.tree, ...row };
    if (changed) this.drawHead();
    if (changed && row.health === "bad") this.explain();
    write(this.facts, `${count(row.readings, "reading")} · score ${number(row.score, 2)}, limit ${number(row.limit, 2)}`);
    this.tellSummary(`${this.name}: ${row.health}${row.fault ? `, ${row.fault}` : ""}`);
    document.title = `${row.health === "bad" ? "◆ " : ""}${this.name}: matts`;
  }

  drawHead() {
    this.fresh = make("span", { class: "fresh", role: "status" });
    this.facts = make("span", { class: "quiet" });
    const span = make("select", { "aria-label": "Span shown", onchange: (event) => { this.span = event.target.value; this.fill().catch((error) => toast(error.message)); } },
      ...SPANS.map(([key, text]) => make("option", { value: key, selected: key === this.span }, text)));
    this.head.replaceChildren(make("a", { href: "#/", class: "back", "aria-label": "Back to the plant" }, "←"), make("h1", {}, this.name), badge(this.row.health),
      this.row.fault ? make("strong", { class: "fault" }, this.row.fault) : "", this.fresh, this.facts, make("span", { class: "room" }), span, ...this.modes());
    this.age();
  }

  modes() {
    const done = (act) => async () => {
      try {
        if (await act()) this.showHead(await get(`assets/${encodeURIComponent(this.name)}`));
      } catch (error) {
        toast(error.message);
      }
    };
    const { mode } = this.row;
    const upkeep = mode === "maintenance";
    const out = mode === "out_of_service";
    return [mode ? make("span", { class: "flag" }, `mode: ${mode.replaceAll("_", " ")}`) : "",
      button(upkeep ? "End maintenance" : "Maintenance", done(() => setMode(this.name, upkeep ? "" : "maintenance")), { title: "Maintenance suppresses alarms by design" }),
      button(out ? "Back in service" : "Out of service", done(() => setService(this.name, !out)))];
  }

  acknowledge() {
    return this.alarms?.acknowledge();
  }

  close() {
    this.closed = true;
    [this.timer, this.filler, this.explainer].forEach(clearInterval);
    clearTimeout(this.later);
    cancelAnimationFrame(this.frame);
    this.stopTheme?.();
    [this.scores, this.gauges, this.sensors].forEach((part) => part?.close());
  }
}
