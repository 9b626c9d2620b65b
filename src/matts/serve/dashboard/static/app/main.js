// The control room: which page is shown, and the one line to the service that feeds it.

import { get, post } from "./api.js";
import { AssetPage } from "./asset.js";
import { startTheme } from "./colours.js";
import { button, make, toast, write } from "./dom.js";
import { count, lasting } from "./format.js";
import { help, startKeys } from "./keys.js";
import { Overview } from "./overview.js";
import { tellSources } from "./sources.js";
import { Stream } from "./stream.js";

const BEHIND = 1000; // readings that wait to be judged
const LOOK = 3000; // ms between two looks at how the service is: its lag and its sources change without an event
const at = (id) => document.getElementById(id);
let page = null;
let stream = null;

const tellSummary = (text) => write(at("summary"), text);

/** Show what the address says. */
function open() {
  page?.close();
  stream?.close();
  const [, kind, name] = location.hash.split("/");
  document.title = "matts: control room";
  page = kind === "asset" && name ? new AssetPage(at("page"), decodeURIComponent(name), tellSummary) : new Overview(at("page"), tellSummary);
  window.scrollTo(0, 0);
  stream = new Stream(page.asset, hearFor(page));
}

function hearFor(shown) {
  return (event, data) => {
    if (shown !== page) return; // the last words of a line that was closed
    if (event === "open") connected(shown);
    else if (event === "lost") disconnected(data);
    else if (event === "status") showStatus(data);
    else if (event === "reset") load(shown);
    else shown.hear(event, data);
  };
}

/** Everything is asked anew when the line stands: that fills whatever was missed. */
function connected(shown) {
  clearInterval(disconnected.timer);
  at("banner").hidden = true;
  document.body.classList.remove("lost");
  clearInterval(connected.timer);
  connected.timer = setInterval(() => get("status").then(showStatus).catch(() => null), LOOK);
  load(shown);
}

function load(shown) {
  shown.load().catch((error) => { if (shown === page) fail(error); });
}

function fail(error) {
  if (error.status === 404) at("page").replaceChildren(make("p", { class: "nothing" }, `${error.message} `, make("a", { href: "#/" }, "Back to the plant")));
  else toast(error.message);
}

function disconnected({ since, wait }) {
  const until = Date.now() + wait * 1000;
  const text = make("span");
  const say = () => write(text, `◆ Disconnected since ${new Date(since).toLocaleTimeString("en-GB")}. What is shown is old. Trying again in ${lasting(Math.max(0, (until - Date.now()) / 1000))}. `);
  clearInterval(connected.timer);
  clearInterval(disconnected.timer);
  disconnected.timer = setInterval(say, 1000);
  say();
  at("banner").replaceChildren(text, button("Try now", () => stream.retry()));
  at("banner").hidden = false;
  document.body.classList.add("lost");
}

function showStatus({ running, sources = [], lag, dropped }) {
  const late = lag > BEHIND ? ` · ▲ ${count(lag, "reading")} behind` : "";
  const { text, title, wrong } = tellSources(running, sources);
  write(at("status"), `${text}${late}${dropped ? ` · ▲ ${dropped} dropped` : ""}`);
  at("status").title = title;
  at("status").classList.toggle("warn", Boolean(late || dropped || wrong));
  at("run").hidden = sources.length === 0;
  write(at("run"), running ? "Stop" : "Start");
  at("run").title = running ? "Stop the sources" : "Start the sources";
}

at("run").addEventListener("click", () => post(at("run").textContent === "Stop" ? "stop" : "start").catch((error) => toast(error.message)));
at("help").addEventListener("click", help);
window.addEventListener("hashchange", open);
startTheme(at("theme"));
startKeys(() => page);
open();
