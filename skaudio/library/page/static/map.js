// Sounds on a plane, alike ones near each other.

import { ask, reportErrors } from "/static/api.js";
import { colour, fit } from "/static/wave.js";

const HUES = ["#4a7fd8", "#e08a3c", "#3fa66b", "#d2504b", "#8a6bd0", "#9c6b52", "#d874b4", "#7d8790", "#a8a13a", "#3fb3bf"];

export class SoundMap {
  constructor(section, pick) {
    this.canvas = section.querySelector("canvas");
    this.legend = section.querySelector("#legend");
    this.pick = pick;
    this.points = null;
    this.classes = new Map();
    this.view = { x: 0, y: 0, zoom: 0.92 };
    this.canvas.addEventListener("wheel", (event) => this.wheel(event), { passive: false });
    this.canvas.addEventListener("pointerdown", (event) => this.drag(event));
    new ResizeObserver(() => this.render()).observe(this.canvas);
  }

  async load() {
    const found = await reportErrors(() => ask("map"));
    if (!found) return;
    this.points = found;
    this.render();
  }

  // Colours the points by class; `classes` maps ids to names of classes.
  colourBy(classes) {
    this.classes = classes;
    const counts = new Map();
    for (const name of classes.values()) counts.set(name, (counts.get(name) || 0) + 1);
    const names = [...counts.keys()].sort((a, b) => counts.get(b) - counts.get(a)).slice(0, HUES.length);
    this.hues = new Map(names.map((name, k) => [name, HUES[k]]));
    this.legend.replaceChildren(...names.map((name) => {
      const item = document.createElement("li");
      const dot = document.createElement("i");
      dot.style.background = this.hues.get(name);
      item.append(dot, name);
      return item;
    }));
    this.render();
  }

  mark(id, found) {
    this.at = id;
    this.found = found;
    this.render();
  }

  place(k, width, height) {
    const half = Math.min(width, height) / 2;
    return [
      width / 2 + (this.points.x[k] - this.view.x) * half * this.view.zoom,
      height / 2 - (this.points.y[k] - this.view.y) * half * this.view.zoom,
    ];
  }

  render() {
    if (!this.canvas.clientWidth) return;
    const { context, width, height, scale } = fit(this.canvas);
    if (!this.points) return;
    const radius = scale * Math.max(2, Math.min(5, 60 / Math.sqrt(this.points.ids.length + 1)) * Math.sqrt(this.view.zoom));
    const [quiet, accent] = [colour("quiet"), colour("accent")];
    this.points.ids.forEach((id, k) => {
      const [x, y] = this.place(k, width, height);
      const dim = this.found && !this.found.has(id);
      context.globalAlpha = dim ? 0.12 : 0.8;
      context.fillStyle = this.hues?.get(this.classes.get(id)) || quiet;
      context.beginPath();
      context.arc(x, y, radius, 0, 7);
      context.fill();
    });
    context.globalAlpha = 1;
    const k = this.points.ids.indexOf(this.at);
    if (k >= 0) {
      const [x, y] = this.place(k, width, height);
      context.strokeStyle = accent;
      context.lineWidth = 2.5 * scale;
      context.beginPath();
      context.arc(x, y, radius + 4 * scale, 0, 7);
      context.stroke();
    }
  }

  wheel(event) {
    event.preventDefault();
    this.view.zoom = Math.max(0.5, Math.min(40, this.view.zoom * Math.exp(-event.deltaY / 400)));
    this.render();
  }

  drag(event) {
    const [startX, startY] = [event.offsetX, event.offsetY];
    const from = { ...this.view };
    const half = Math.min(this.canvas.clientWidth, this.canvas.clientHeight) / 2;
    let moved = false;
    const move = (now) => {
      const [dx, dy] = [now.offsetX - startX, now.offsetY - startY];
      moved ||= Math.hypot(dx, dy) > 4;
      if (!moved) return;
      this.view.x = from.x - dx / half / this.view.zoom;
      this.view.y = from.y + dy / half / this.view.zoom;
      this.render();
    };
    const end = (last) => {
      this.canvas.removeEventListener("pointermove", move);
      this.canvas.removeEventListener("pointerup", end);
      if (!moved) this.click(last.offsetX, last.offsetY);
    };
    this.canvas.setPointerCapture(event.pointerId);
    this.canvas.addEventListener("pointermove", move);
    this.canvas.addEventListener("pointerup", end);
  }

  click(x, y) {
    if (!this.points) return;
    let [best, nearest] = [20 ** 2, -1];
    this.points.ids.forEach((id, k) => {
      const [px, py] = this.place(k, this.canvas.clientWidth, this.canvas.clientHeight);
      const apart = (px - x) ** 2 + (py - y) ** 2;
      if (apart < best) [best, nearest] = [apart, k];
    });
    if (nearest >= 0) this.pick(this.points.ids[nearest]);
  }
}
