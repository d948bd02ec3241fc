// A list of any length, of which only what is in sight is there.

import { ask, outline, reportErrors } from "/static/api.js";
import { heard, isPlaying, outlineArrived } from "/static/player.js";
import { clock, draw } from "/static/wave.js";

const AROUND = 6; // rows beyond what is in sight
const MOST = 30_000_000; // pixels that browsers can scroll

export class List {
  constructor(box, events) {
    this.box = box;
    this.events = events;
    this.ids = [];
    this.alike = null;
    this.at = -1;
    this.chosen = new Set();
    this.rows = new Map(); // what is known of sounds, by id
    this.shown = new Map(); // elements by place
    this.wanted = new Set();
    this.height = parseFloat(getComputedStyle(document.documentElement).getPropertyValue("--row"));
    this.inner = box.querySelector("#rows");
    box.addEventListener("scroll", () => this.render());
    new ResizeObserver(() => this.redraw()).observe(box);
    this.inner.addEventListener("click", (event) => this.clicked(event));
  }

  set(ids, alike = null) {
    this.ids = ids.slice(0, Math.floor(MOST / this.height));
    this.alike = alike;
    this.at = ids.length ? 0 : -1;
    this.box.querySelector("#spacer").style.height = `${this.ids.length * this.height}px`;
    this.box.scrollTop = 0;
    this.clear();
    this.render();
  }

  // Drops what is known of some sounds, or of all, so that it is asked for again.
  forget(ids = null) {
    if (ids === null) this.rows.clear();
    else for (const id of ids) this.rows.delete(id);
    this.render();
  }

  current() {
    return this.ids[this.at];
  }

  row(id) {
    return this.rows.get(id);
  }

  // Returns the sounds that an action is for: those that are selected, or else the one at the cursor.
  chosenOrCurrent() {
    if (this.chosen.size) return [...this.chosen];
    return this.at < 0 ? [] : [this.current()];
  }

  move(to) {
    if (!this.ids.length) return;
    this.at = Math.max(0, Math.min(this.ids.length - 1, to));
    const top = this.at * this.height;
    if (top < this.box.scrollTop) this.box.scrollTop = top;
    const bottom = top + this.height - this.box.clientHeight;
    if (bottom > this.box.scrollTop) this.box.scrollTop = bottom;
    this.render();
    this.events.moved(this.current());
  }

  goTo(id) {
    const place = this.ids.indexOf(id);
    if (place >= 0) this.move(place);
    return place >= 0;
  }

  choose(place, range = false) {
    const id = this.ids[place];
    if (range && this.last !== undefined) {
      const [first, last] = [Math.min(this.last, place), Math.max(this.last, place)];
      for (let k = first; k <= last; k++) this.chosen.add(this.ids[k]);
    } else if (!this.chosen.delete(id)) this.chosen.add(id);
    this.last = place;
    this.render();
    this.events.chose();
  }

  chooseNone() {
    this.chosen.clear();
    this.render();
    this.events.chose();
  }

  clicked(event) {
    const element = event.target.closest(".row");
    if (!element) return;
    const place = Number(element.dataset.place);
    const act = event.target.closest("[data-act]")?.dataset.act;
    if (act === "choose") {
      this.choose(place, event.shiftKey);
      return;
    }
    this.at = place;
    this.render();
    this.box.focus({ preventScroll: true });
    if (act === "wave") this.events.play(this.ids[place], event.offsetX / event.target.clientWidth);
    else if (act) this.events[act](this.ids[place]);
    else this.events.moved(this.current());
  }

  clear() {
    for (const element of this.shown.values()) element.remove();
    this.shown.clear();
  }

  redraw() {
    this.clear();
    this.render();
  }

  render() {
    const first = Math.max(0, Math.floor(this.box.scrollTop / this.height) - AROUND);
    const last = Math.min(this.ids.length, Math.ceil((this.box.scrollTop + this.box.clientHeight) / this.height) + AROUND);
    for (const [place, element] of this.shown) {
      if (place < first || place >= last) {
        element.remove();
        this.shown.delete(place);
      }
    }
    const lacking = [];
    for (let place = first; place < last; place++) {
      const id = this.ids[place];
      if (!this.shown.has(place)) this.shown.set(place, this.make(place));
      if (this.rows.has(id)) this.fill(place);
      else if (!this.wanted.has(id)) lacking.push(id);
      const element = this.shown.get(place);
      element.classList.toggle("at", place === this.at);
      element.setAttribute("aria-selected", String(place === this.at));
      element.querySelector("input").checked = this.chosen.has(id);
    }
    if (lacking.length) this.fetch(lacking);
  }

  async fetch(ids) {
    for (const id of ids) this.wanted.add(id);
    const answer = await reportErrors(() => ask("rows", { ids }));
    for (const id of ids) this.wanted.delete(id);
    if (!answer) return;
    for (const row of answer.rows) this.rows.set(row.id, row);
    this.render();
    this.events.known();
  }

  make(place) {
    const element = document.createElement("div");
    element.className = "row wait";
    element.dataset.place = place;
    element.setAttribute("role", "option");
    element.style.top = `${place * this.height}px`;
    element.innerHTML = `
      <input type="checkbox" data-act="choose" aria-label="Select">
      <button class="icon" data-act="toggle" aria-label="Play"><svg viewBox="0 0 24 24" class="solid"><path class="go" d="M8 5v14l11-7z"/><path class="stop" d="M6 5h4v14H6zM14 5h4v14h-4z"/></svg></button>
      <div class="who"><b></b><span><bdi></bdi></span></div>
      <canvas data-act="wave"></canvas>
      <div class="time"></div>
      <div class="marks"></div>
      <div class="acts">
        <button class="icon" data-act="like" title="Find what sounds like this (S)" aria-label="Find what sounds like this"><svg viewBox="0 0 24 24"><path d="M4 9c2.5-3 5 3 8 0s5.500-3 8 0M4 15c2.500-3 5 3 8 0s5.500-3 8 0"/></svg></button>
        <button class="icon" data-act="tag" title="Tag (T)" aria-label="Tag"><svg viewBox="0 0 24 24"><path d="M4 4h7l9 9-7 7-9-9z"/><circle cx="8" cy="8" r="1"/></svg></button>
      </div>`;
    this.inner.append(element);
    return element;
  }

  fill(place) {
    const element = this.shown.get(place);
    const id = this.ids[place];
    const row = this.rows.get(id);
    if (element.known === row) return;
    element.known = row;
    element.classList.remove("wait");
    element.querySelector("b").textContent = row.name;
    element.querySelector("b").title = row.name;
    const part = row.is_part ? ` · ${clock(row.start)}` : "";
    element.querySelector("bdi").textContent = row.folder + part;
    element.querySelector(".time").textContent = clock(row.seconds);
    const marks = [];
    if (this.alike && this.alike[place] !== null) marks.push(mark("alike", this.alike[place].toFixed(2)));
    for (const [label, verdict] of Object.entries(row.said)) {
      marks.push(mark({ positive: "yes", negative: "no", unsure: "" }[verdict], verdict === "unsure" ? `${label}?` : label));
    }
    if (row.predicted && !(row.predicted in row.said)) {
      marks.push(mark("guess", `${row.predicted} ${Math.round(100 * row.probability)} %`));
    }
    for (const tag of row.tags) marks.push(mark("", tag));
    if (row.category) marks.push(mark("", row.category));
    element.querySelector(".marks").replaceChildren(...marks);
    outline(id).then((peaks) => {
      element.peaks = peaks;
      outlineArrived(`s${id}`, peaks);
      if (element.isConnected) draw(element.querySelector("canvas"), peaks, heard(`s${id}`));
    }).catch((error) => {
      element.querySelector("canvas").title = error.message;
    });
  }

  progress(key) {
    for (const [place, element] of this.shown) {
      const own = `s${this.ids[place]}`;
      const plays = own === key && isPlaying();
      if (element.classList.contains("plays") !== plays) {
        element.classList.toggle("plays", plays);
        element.querySelector("[data-act=toggle]").setAttribute("aria-label", plays ? "Pause" : "Play");
      }
      if (element.peaks && (own === key || element.wasHeard)) {
        element.wasHeard = own === key;
        draw(element.querySelector("canvas"), element.peaks, heard(own));
      }
    }
  }
}

function mark(kind, text) {
  const element = document.createElement("span");
  element.className = kind === "alike" ? "mark alike" : `mark ${kind}`;
  element.textContent = text;
  element.title = text;
  return element;
}
