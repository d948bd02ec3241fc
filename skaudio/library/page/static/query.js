// The sounds that are searched by, as chips above the list.

import { outline } from "/static/api.js";
import * as player from "/static/player.js";
import { draw } from "/static/wave.js";

export class Query {
  constructor(box, changed) {
    this.box = box;
    this.changed = changed;
    this.clear();
  }

  clear() {
    Object.assign(this, { like: [], unlike: [] });
  }

  // Adds a sound of the library. A new `like` replaces the others, unless one of them was brought by the user or the
  // query has an `unlike`.
  add(kind, sound) {
    if (kind === "like" && !this.unlike.length && this.like.every((each) => typeof each.key === "number")) this.like = [];
    this[kind].push(sound);
  }

  // A sound that the user brought replaces all sounds of the query.
  set(sound) {
    Object.assign(this, { like: [sound], unlike: [] });
  }

  show(isSuggested) {
    this.box.replaceChildren();
    for (const kind of ["like", "unlike"]) for (const each of this[kind]) this.box.append(this.chip(kind, each));
    if (isSuggested) this.box.append(chip("suggested to be labelled", "Back to all sounds", this.changed));
    if (this.like.length) {
      const button = document.createElement("button");
      button.className = "tool";
      button.textContent = "Clear";
      button.addEventListener("click", () => {
        this.clear();
        this.changed();
      });
      this.box.append(button);
    }
    this.box.hidden = !this.box.children.length;
  }

  chip(kind, sound) {
    const element = chip(`${kind} ${sound.name}`, `Without ${sound.name}`, () => {
      this[kind] = this[kind].filter((other) => other !== sound);
      if (!this.like.length) this.unlike = [];
      this.changed();
    });
    if (kind === "unlike") element.classList.add("no");
    const canvas = document.createElement("canvas");
    element.firstChild.after(canvas);
    if (sound.url) {
      canvas.addEventListener("click", () => player.play(sound));
      canvas.title = "Play";
    }
    Promise.resolve(sound.peaks || outline(sound.key)).then((peaks) => draw(canvas, peaks)).catch(() => canvas.remove());
    return element;
  }
}

function chip(text, closing, close) {
  const element = document.createElement("div");
  element.className = "chip";
  const name = document.createElement("span");
  name.textContent = name.title = text;
  const button = document.createElement("button");
  button.textContent = "×";
  button.setAttribute("aria-label", closing);
  button.addEventListener("click", close);
  element.append(name, button);
  return element;
}
