// Label a few: classes by keys, sounds that are worth it, and how good the classifier is by now.

import { ask, toast, reportErrors } from "/static/api.js";
import { colour } from "/static/wave.js";

const KEYS = "123456789qweryuiopaghjkcvbn";

export class Labelling {
  constructor(section, events) {
    this.section = section;
    this.events = events;
    this.classes = [];
    section.innerHTML = `
      <header><h2>Label</h2><span class="note">a few, and the rest follows</span></header>
      <div class="palette"></div>
      <form class="line" id="new-class"><input placeholder="New class" aria-label="New class" autocomplete="off"><button class="tool">Add</button></form>
      <p class="note"><kbd>0</kbd> unsure, not asked again · <kbd>⇧</kbd> not this class · <kbd>Z</kbd> undo</p>
      <h3>What to listen to</h3>
      <div class="line"><select id="strategy" aria-label="Strategy">
        <option value="mixed">unsure and different</option><option value="uncertain">least sure</option>
        <option value="diverse">different</option><option value="confident">to confirm</option></select>
        <button class="tool" id="next">Next 10</button></div>
      <h3>What it has learnt</h3>
      <div class="line"><button class="tool first" id="learn">Learn and name the rest</button></div>
      <div id="result" aria-live="polite"></div>`;
    section.querySelector("#new-class").addEventListener("submit", (event) => {
      event.preventDefault();
      const input = event.target.querySelector("input");
      this.add(input.value.trim());
      input.value = "";
    });
    section.querySelector("#next").addEventListener("click", () => this.next());
    section.querySelector("#learn").addEventListener("click", () => this.learn());
    section.querySelector(".palette").addEventListener("click", (event) => {
      const button = event.target.closest("button");
      if (button) this.events.label(button.dataset.name, event.shiftKey ? "negative" : "positive");
      button?.blur();
    });
  }

  known(labels, library) {
    this.counts = new Map(labels);
    if (this.library !== library) {
      this.library = library;
      this.classes = JSON.parse(localStorage.getItem(`classes of ${library}`) || "[]"); // also those without a label yet
    }
    for (const [name] of labels) if (!this.classes.includes(name)) this.classes.push(name);
    this.render();
  }

  add(name) {
    if (name && !this.classes.includes(name)) this.classes.push(name);
    this.render();
  }

  render() {
    if (this.library) localStorage.setItem(`classes of ${this.library}`, JSON.stringify(this.classes));
    this.section.querySelector(".palette").replaceChildren(...this.classes.map((name, k) => {
      const button = document.createElement("button");
      button.dataset.name = name;
      const key = document.createElement("kbd");
      key.textContent = (KEYS[k] || "·").toUpperCase();
      const text = document.createElement("span");
      text.textContent = name;
      const n = document.createElement("em");
      n.textContent = this.counts?.get(name) || 0;
      button.append(key, text, n);
      return button;
    }));
  }

  // If the key is one for labelling, labels the selected sounds, or else the one at the cursor. Returns whether the key
  // was one.
  key(event) {
    if (event.code === "Digit0") {
      const name = this.events.guess() || this.classes[0];
      if (name) this.events.label(name, "unsure");
      else toast("Add a class first");
      return true;
    }
    // A digit is told by the key and not by its character, which is another one with shift.
    const typed = event.code.startsWith("Digit") ? event.code.slice(5) : event.key.toLowerCase();
    const k = KEYS.indexOf(typed);
    if (typed.length !== 1 || k < 0 || k >= this.classes.length) return false;
    this.events.label(this.classes[k], event.shiftKey ? "negative" : "positive");
    return true;
  }

  async next() {
    const strategy = this.section.querySelector("#strategy").value;
    const found = await reportErrors(() => ask("suggest", { n: 10, strategy }));
    if (found) this.events.suggested(found.ids);
  }

  async learn() {
    const button = this.section.querySelector("#learn");
    button.disabled = true;
    const found = await reportErrors(() => ask("learn"));
    button.disabled = false;
    if (!found) return;
    const box = this.section.querySelector("#result");
    if (found.accuracy === null) {
      box.innerHTML = '<p class="note"></p>';
      box.firstChild.textContent = `All sounds are named. How well cannot be told yet: ${found.reason}.`;
    } else {
      box.innerHTML = '<div class="score"></div><div class="note"></div><svg id="curve" role="img"></svg>';
      box.querySelector(".score").textContent = `${(100 * found.accuracy).toFixed(0)} %`;
      const [low, high] = found.interval.map((each) => (100 * each).toFixed(0));
      box.querySelector(".note").textContent =
        `right, by folds of ${found.n_recordings} recordings; 95 % interval ${low} to ${high} %, ${found.n_labels} labels. ` +
        "Sounds that were hard to tell count most here: on all of them it is better as a rule.";
      curve(box.querySelector("svg"), found.curve);
    }
    this.events.learnt();
  }
}

function curve(svg, rows) {
  if (!rows.length) {
    svg.remove();
    return;
  }
  const [width, height, left, bottom] = [340, 130, 34, 20];
  svg.setAttribute("viewBox", `0 0 ${width} ${height}`);
  svg.setAttribute("aria-label", "Accuracy by the number of labels");
  const most = Math.max(...rows.map((row) => row[0]));
  const x = (n) => left + (width - left - 12) * n / most;
  const y = (share) => 8 + (height - bottom - 8) * (1 - share);
  const band = [...rows.map((row) => [x(row[0]), y(row[3])]), ...rows.map((row) => [x(row[0]), y(row[2])]).reverse()];
  const accent = colour("accent");
  const parts = [
    node("polygon", { points: band.map(String).join(" "), fill: accent, opacity: 0.15, stroke: "none" }),
    node("polyline", { points: rows.map((row) => `${x(row[0])},${y(row[1])}`).join(" "), stroke: accent, fill: "none" }),
    ...rows.map((row) => node("circle", { cx: x(row[0]), cy: y(row[1]), r: 3, fill: accent, stroke: "none" })),
    ...[0, 0.5, 1].flatMap((share) => [
      node("line", { x1: left, x2: width, y1: y(share), y2: y(share), stroke: colour("line"), "stroke-width": 1 }),
      text(`${100 * share} %`, left - 6, y(share) + 4, "end"),
    ]),
    ...rows.map((row) => text(Math.round(row[0]), x(row[0]), height - 4, "middle")),
  ];
  svg.replaceChildren(...parts);
}

function node(name, attributes) {
  const element = document.createElementNS("http://www.w3.org/2000/svg", name);
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
  return element;
}

function text(content, x, y, anchor) {
  const element = node("text", { x, y, "text-anchor": anchor, "font-size": 10, fill: colour("quiet"), stroke: "none" });
  element.textContent = content;
  return element;
}
