// The two kinds of drawing: all scores on one axis, and one sensor with its band of normal.

import { colours } from "./colours.js";
import { brief, number } from "./format.js";

const FONT = "11px system-ui, sans-serif";

/** A uPlot that follows the width of its place and is drawn only while it can be seen. */
class Chart {
  constructor(place, options) {
    this.seen = false;
    this.data = options.series.map(() => []);
    this.plot = new uPlot({ width: place.clientWidth || 300, legend: { show: false }, ...options }, this.data, place);
    this.sizes = new ResizeObserver(() => this.resize(place.clientWidth));
    this.sizes.observe(place);
    this.sight = new IntersectionObserver((entries) => { this.seen = entries.at(-1).isIntersecting; this.draw(); }); // one that moves has several
    this.sight.observe(place);
  }

  resize(width) {
    if (width > 0 && Math.abs(width - this.plot.width) > 1) this.plot.setSize({ width, height: this.plot.height });
  }

  show(data) {
    this.data = data;
    this.draw();
  }

  draw() {
    if (this.seen) this.plot.setData(this.data);
  }

  close() {
    this.sizes.disconnect();
    this.sight.disconnect();
    this.plot.destroy();
  }
}

function axis(more) {
  return { stroke: () => colours.quiet, font: FONT, grid: { stroke: () => colours.line, width: 1 }, ticks: { show: false }, ...more };
}

function cursor() {
  return { sync: { key: "asset" }, drag: { x: false, y: false }, points: { size: 5 } };
}

const clockAxis = {
  space: 70,
  size: 22,
  values: (_, splits) => splits.map((at) => new Date(at * 1000).toLocaleTimeString("en-GB")),
};

/** Every detector's surprise on one axis; `lines`: name, limit, deployed, line. */
export function scoreChart(place, lines, told) {
  const [deployed] = lines.filter((line) => line.deployed);
  return new Chart(place, {
    height: 200,
    cursor: cursor(),
    padding: [8, 8, 0, 0],
    scales: { y: { range: (plot, _, high) => [0, topOf(plot.data.at(-1), deployed?.limit ?? 2, high ?? 0)] } },
    axes: [axis(clockAxis), axis({ size: 34, values: (_, splits) => splits.map((at) => number(at, 2)) })],
    series: [{}, ...lines.map(({ line }) => ({ stroke: () => colours[line.tone], width: line.width, dash: line.dash, points: { show: false } }))],
    hooks: {
      drawAxes: [(plot) => drawLimits(plot, lines)],
      draw: [(plot) => markDrawn(plot)],
      setCursor: [(plot) => told(plot.cursor.idx)],
    },
  });
}

/** The deployed detector's scores, the last series, are whole; another's may leave at the top. */
function topOf(scores, limit, high) {
  const own = scores.reduce((most, score) => Math.max(most, score ?? 0), 0);
  return Math.max(Math.min(high, 3 * limit), own, 1.6 * limit, 2) * 1.05;
}

/** Tell measurements which reading is on the screen now. */
function markDrawn(plot) {
  performance.clearMarks("drawn");
  performance.mark("drawn", { detail: plot.data[0].at(-1) });
}

function drawLimits(plot, lines) {
  const { ctx, bbox } = plot;
  ctx.save();
  for (const { limit, deployed, line } of lines) {
    if (!Number.isFinite(limit)) continue;
    const y = Math.max(plot.valToPos(limit, "y", true), bbox.top);
    ctx.strokeStyle = deployed ? colours.bad : colours[line.tone];
    ctx.lineWidth = (deployed ? 1.5 : 2) * devicePixelRatio;
    ctx.setLineDash(deployed ? [8, 4] : []);
    ctx.beginPath();
    ctx.moveTo(deployed ? bbox.left : bbox.left + bbox.width - 12 * devicePixelRatio, y);
    ctx.lineTo(bbox.left + bbox.width, y);
    ctx.stroke();
  }
  ctx.restore();
}

/** One sensor: its band of normal, what the model expected, what came. */
export function sensorChart(place, sensor) {
  return new Chart(place, {
    height: 84,
    cursor: cursor(),
    padding: [4, 4, 4, 0],
    scales: { y: { range: (_, low, high) => span(sensor, low, high) } },
    axes: [{ show: false }, axis({ size: 46, splits: (_, __, least, most) => normalSplits(sensor, least, most), values: (_, splits) => splits.map(brief) })],
    series: [{}, { stroke: () => colours.quiet, width: 1, dash: [3, 3], points: { show: false } },
      { stroke: () => colours.ink, width: 1.25, points: { show: false } }],
    hooks: { drawClear: [(plot) => drawBand(plot, sensor)] },
  });
}

/** The ends of the band of normal are the numbers worth reading. */
function normalSplits({ low, high }, least, most) {
  const [bottom, top] = [low, high].every(Number.isFinite) ? [low, high] : [least, most];
  return (top - bottom) / (most - least) < 0.25 ? [(bottom + top) / 2] : [bottom, top];
}

function span({ low, high }, least, most) {
  const known = [low, high, least, most].filter(Number.isFinite);
  if (!known.length) return [0, 1];
  const [bottom, top] = [Math.min(...known), Math.max(...known)];
  const room = (top - bottom || Math.abs(top) || 1) * 0.06;
  return [bottom - room, top + room];
}

function drawBand(plot, { low, high }) {
  if (!Number.isFinite(low) || !Number.isFinite(high)) return;
  const { ctx, bbox } = plot;
  const [top, bottom] = [plot.valToPos(high, "y", true), plot.valToPos(low, "y", true)];
  ctx.save();
  ctx.fillStyle = colours.band;
  ctx.fillRect(bbox.left, top, bbox.width, Math.max(bottom - top, 1));
  ctx.restore();
}
