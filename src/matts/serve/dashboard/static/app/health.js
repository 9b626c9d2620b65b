// The health of an asset: a shape, a word, a colour; never a colour alone.

import { make } from "./dom.js";

export const HEALTH = {
  bad: { mark: "◆", word: "bad", rank: 0 },
  watch: { mark: "▲", word: "watch", rank: 1 },
  silent: { mark: "◌", word: "silent", rank: 2 },
  filling: { mark: "…", word: "filling", rank: 3 },
  good: { mark: "○", word: "good", rank: 4 },
  completed: { mark: "✓", word: "completed", rank: 5 },
};

/** Worst first; an asset with an unacknowledged alarm stands with those that need somebody. */
export function rank(row) {
  const own = HEALTH[row.health]?.rank ?? 3;
  return row.alarms?.unacknowledged ? Math.min(own, 1.5) : own;
}

/** A badge of the health. */
export function badge(health) {
  const { mark, word } = HEALTH[health] ?? HEALTH.silent;
  return make("span", { class: `badge ${health}` }, make("span", { class: "mark", "aria-hidden": "true" }, mark), ` ${word}`);
}
