// The page: what is asked for, what is found, and the keys.

import { ask, bring, outline, save, toast, told } from "/static/api.js";
import { Labelling } from "/static/label.js";
import { List } from "/static/list.js";
import { SoundMap } from "/static/map.js";
import * as player from "/static/player.js";
import { draw } from "/static/wave.js";

const at = (id) => document.getElementById(id);
const state = { words: "", like: [], unlike: [], where: {}, tags: [], weights: {}, sort: "name", suggested: false, byWords: null };
let about = null;
let asked = 0;

// ---------------------------------------------------------------- what is found

const list = new List(at("list"), {
  play: (id, from) => player.play(sound(id), from),
  toggle: (id) => player.toggle(sound(id)),
  like: (id) => likeOf(id),
  tag: () => tagMeant(),
  moved: (id) => map.mark(id, filtered()),
  chose: () => showCount(),
  known: () => {},
});
player.onProgress((key) => list.progress(key));

function sound(id) {
  const row = list.row(id) || { name: `sound ${id}`, seconds: 0, folder: "" };
  const found = { key: `s${id}`, url: `/audio/${id}`, name: row.name, place: row.folder, seconds: row.seconds };
  outline(id).then((peaks) => player.outlineArrived(found.key, peaks)).catch(() => {});
  return found;
}

async function find() {
  const number = ++asked;
  state.suggested = false;
  const found = await told(() => ask("find", question()));
  if (!found || number !== asked) return; // a later question has been asked
  state.byWords = found.n_by_words ?? null;
  list.set(found.ids, found.similarities || null);
  showFound();
  showQuery();
}

function question() {
  return {
    words: state.words,
    like: state.like.map((each) => each.key),
    unlike: state.unlike.map((each) => each.key),
    where: state.where,
    tags: state.tags,
    weights: state.weights,
    per_recording: at("one-each").checked ? 1 : null,
    sort: state.sort,
    k: 500,
  };
}

function isSearch() {
  return Boolean(state.words || state.like.length);
}

function filtered() {
  const all = about && list.ids.length === about.sounds;
  return all || !list.ids.length ? null : new Set(list.ids);
}

function showCount() {
  const n = list.ids.length;
  const many = (k) => `${k.toLocaleString("en")} sound${k === 1 ? "" : "s"}`;
  let text = state.suggested ? `${many(n)} to listen to` : many(n);
  if (state.byWords !== null && n) text += ` · ${state.byWords} by their words, the others sound like them`;
  if (list.chosen.size) text += ` · ${list.chosen.size} selected`;
  at("count").textContent = text;
}

function showFound() {
  showCount();
  at("sort").parentElement.hidden = isSearch() || state.suggested;
  const empty = at("empty");
  empty.hidden = list.ids.length > 0;
  at("list").hidden = !empty.hidden;
  if (!empty.hidden) {
    const [title, text, code] = about && !about.sounds
      ? ["No sounds yet", "Add a folder, and reload this page.", "skaudio library add FOLDER"]
      : state.suggested
        ? ["All sounds are labelled", "There is nothing left to listen to.", ""]
        : ["Nothing is found", "Other words, fewer filters, or a sound to search by may help.", ""];
    empty.innerHTML = "<b></b><span></span>";
    empty.querySelector("b").textContent = title;
    empty.querySelector("span").textContent = text;
    if (code) empty.append(document.createElement("br"), Object.assign(document.createElement("code"), { textContent: code }));
  }
  map.mark(list.current(), filtered());
}

// ---------------------------------------------------------------- what is asked for

function showQuery() {
  const box = at("query");
  box.replaceChildren();
  for (const [kind, name] of [["like", "like"], ["unlike", "unlike"]]) {
    for (const each of state[kind]) {
      const chip = document.createElement("div");
      chip.className = kind === "like" ? "chip" : "chip no";
      const text = document.createElement("span");
      text.textContent = `${name} ${each.name}`;
      text.title = each.name;
      const canvas = document.createElement("canvas");
      const close = document.createElement("button");
      close.textContent = "×";
      close.setAttribute("aria-label", `Without ${each.name}`);
      close.addEventListener("click", () => {
        state[kind] = state[kind].filter((other) => other !== each);
        if (!state.like.length) state.unlike = [];
        showQuery();
        find();
      });
      chip.append(text, canvas, close);
      if (each.url) {
        canvas.addEventListener("click", () => player.play(each));
        canvas.title = "Play";
      }
      box.append(chip);
      Promise.resolve(each.peaks || outline(each.key)).then((peaks) => draw(canvas, peaks)).catch(() => canvas.remove());
    }
  }
  if (state.suggested) {
    const chip = document.createElement("div");
    chip.className = "chip";
    const text = document.createElement("span");
    text.textContent = "suggested to be labelled";
    const close = document.createElement("button");
    close.textContent = "×";
    close.setAttribute("aria-label", "Back to all sounds");
    close.addEventListener("click", find);
    chip.append(text, close);
    box.append(chip);
  }
  if (state.like.length) {
    const clear = document.createElement("button");
    clear.className = "tool";
    clear.textContent = "Clear";
    clear.addEventListener("click", () => {
      Object.assign(state, { like: [], unlike: [] });
      showQuery();
      find();
    });
    box.append(clear);
  }
  box.hidden = !state.like.length && !state.suggested;
  showFilters();
}

function likeOf(id, kind = "like") {
  const row = list.row(id);
  if (!row) return;
  if (kind === "unlike" && !state.like.length) {
    toast("First find what sounds like one (S); then say what it is to be less like");
    return;
  }
  if (kind === "like" && !state.unlike.length && state.like.every((each) => typeof each.key === "number")) state.like = [];
  state[kind].push({ key: id, name: row.name });
  state.words = at("words").value = "";
  showQuery();
  find();
}

async function byFile(blob, name) {
  toast(`Listening to ${name} …`);
  const found = await told(() => bring(blob).catch((error) => {
    throw new Error(`${name}: ${error.message}`);
  }));
  if (!found) return;
  const peaks = Int8Array.from(found.peaks);
  const url = `/query/${found.query}`;
  state.like = [{ key: found.query, name, url, peaks, seconds: found.seconds }];
  state.unlike = [];
  state.words = at("words").value = "";
  showQuery();
  find();
}

function showFilters() {
  const box = at("filters");
  const scrolled = box.scrollTop;
  box.replaceChildren();
  if (!about) return;
  const groups = [
    ["label", "Labels", about.labels],
    ["predicted", "Named by the classifier", about.predicted],
    ["tags", "Tags", about.tags],
    ["weak_label", "Folders and names", about.weak_labels],
    ["category", "Categories", about.categories],
  ];
  for (const [name, title, values] of groups) {
    if (!values.length) continue;
    const chosen = name === "tags" ? state.tags : state.where[name] || [];
    box.append(heading(title, chosen.length, () => choose(name, [])));
    for (const [value, n] of values.slice(0, 60)) {
      const button = document.createElement("button");
      button.className = "choice";
      button.setAttribute("aria-pressed", String(chosen.includes(value)));
      const [text, count] = [document.createElement("span"), document.createElement("span")];
      text.textContent = value;
      text.title = value;
      count.textContent = n;
      button.append(text, count);
      button.addEventListener("click", () => {
        choose(name, chosen.includes(value) ? chosen.filter((other) => other !== value) : [...chosen, value]);
      });
      box.append(button);
    }
  }
  if (state.like.length && !state.words && about.parts.length > 1) {
    const moved = Object.values(state.weights).some((value) => value !== 1);
    box.append(heading("What counts", moved, () => {
      state.weights = {};
      showFilters();
      find();
    }));
    for (const part of about.parts) box.append(slider(part));
  }
  if (!box.children.length) {
    const note = document.createElement("p");
    note.className = "note";
    note.textContent = "Tags, labels and classes appear here.";
    box.append(note);
  }
  box.scrollTop = scrolled;
}

function heading(title, isSet, clear) {
  const element = document.createElement("h2");
  element.append(title);
  if (isSet) {
    const button = document.createElement("button");
    button.textContent = "clear";
    button.addEventListener("click", clear);
    element.append(button);
  }
  return element;
}

function slider(part) {
  const box = document.createElement("label");
  box.className = "weight";
  const value = state.weights[part] ?? 1;
  const [name, number, input] = [document.createElement("span"), document.createElement("output"), document.createElement("input")];
  name.textContent = part;
  number.textContent = value.toFixed(1);
  Object.assign(input, { type: "range", min: 0, max: 3, step: 0.1, value });
  input.addEventListener("input", () => {
    state.weights[part] = Number(input.value);
    number.textContent = Number(input.value).toFixed(1);
  });
  input.addEventListener("change", () => find());
  box.append(name, number, input);
  return box;
}

function choose(name, values) {
  if (name === "tags") state.tags = values;
  else if (values.length) state.where[name] = values;
  else delete state.where[name];
  at("filters").classList.remove("open");
  showFilters();
  find();
}

// ---------------------------------------------------------------- what is said of sounds

async function tagMeant() {
  const ids = list.meant();
  if (!ids.length) return;
  const tag = await prompted(`Tag ${ids.length === 1 ? "this sound" : `${ids.length} sounds`} (-name takes a tag away)`);
  if (!tag) return;
  const remove = tag.startsWith("-");
  await said(ids, () => ask("tag", { ids, tag: remove ? tag.slice(1) : tag, remove }));
}

async function labelCurrent(label, verdict) {
  const ids = list.meant();
  if (!ids.length) return;
  const one = !list.chosen.size;
  await said(ids, () => ask("label", { ids, label, verdict }));
  if (one) {
    const playing = player.isPlaying();
    list.move(list.at + 1);
    if (playing) player.play(sound(list.current()));
  } else list.chooseNone();
}

async function said(ids, work) {
  const done = await told(work);
  if (done) {
    list.forget(ids);
    await refresh();
  }
}

async function undo() {
  const found = await told(() => ask("undo"));
  if (!found) return;
  toast(found.undone ? `Taken back: ${found.undone}` : "There is nothing to take back");
  if (found.undone) {
    list.forget();
    await refresh();
  }
}

function prompted(title) {
  const dialog = at("ask");
  dialog.querySelector("h2").textContent = title;
  const input = dialog.querySelector("input");
  input.value = "";
  dialog.returnValue = "";
  dialog.showModal();
  input.focus();
  return new Promise((resolve) => {
    dialog.addEventListener("close", () => resolve(dialog.returnValue === "ok" ? input.value.trim() : ""), { once: true });
  });
}

at("ask").querySelector("form").addEventListener("keydown", (event) => {
  if (event.key === "Enter") {
    event.preventDefault();
    at("ask").close("ok");
  }
});

// ---------------------------------------------------------------- what there is

const map = new SoundMap(at("map"), (id) => {
  if (!list.goTo(id)) {
    Object.assign(state, { words: "", like: [], unlike: [], where: {}, tags: [] });
    at("words").value = "";
    showQuery();
    find().then(() => list.goTo(id));
  }
  told(async () => {
    if (!list.row(id)) await list.fetch([id]);
    player.play(sound(id));
  });
});

const labelling = new Labelling(at("label"), {
  label: labelCurrent,
  guess: () => list.row(list.current())?.predicted,
  suggested: (ids) => {
    state.suggested = true;
    state.byWords = null;
    asked++;
    list.set(ids);
    showFound();
    showQuery();
    at("list").focus();
  },
  learnt: async () => {
    list.forget();
    await refresh();
  },
});

async function refresh() {
  const found = await told(() => ask("about"));
  if (!found) return;
  about = found;
  at("title").textContent = found.name;
  document.title = `${found.name} · skaudio`;
  showFilters();
  labelling.known(found.labels, found.name);
  if (!at("map").hidden) colourMap();
}

async function colourMap() {
  const found = await told(() => ask("classes"));
  if (found) map.colourBy(new Map(found.classes));
}

function panel(name) {
  const section = at(name);
  section.hidden = !section.hidden;
  at(`show-${name}`).setAttribute("aria-pressed", String(!section.hidden));
  at("side").hidden = at("map").hidden && at("label").hidden;
  if (name === "map" && !section.hidden) {
    map.load();
    colourMap();
    map.mark(list.current(), filtered());
  }
}

// ---------------------------------------------------------------- a microphone

let recording = null;

async function record() {
  if (recording) {
    recording.stop();
    return;
  }
  let stream;
  try {
    stream = await navigator.mediaDevices.getUserMedia({ audio: true });
  } catch (error) {
    toast(`The microphone cannot be used: ${error.message}`, true);
    return;
  }
  const parts = [];
  recording = new MediaRecorder(stream);
  recording.addEventListener("dataavailable", (event) => parts.push(event.data));
  recording.addEventListener("stop", async () => {
    recording = null;
    at("record").classList.remove("on");
    for (const track of stream.getTracks()) track.stop();
    await told(async () => byFile(await asWav(new Blob(parts)), "recording"));
  });
  recording.start();
  at("record").classList.add("on");
  toast("Recording; click again to search");
  setTimeout(() => recording?.stop(), 30_000);
}

// What browsers record in, the library may not read; WAV it does.
async function asWav(blob) {
  const context = new AudioContext();
  const sound = await context.decodeAudioData(await blob.arrayBuffer());
  await context.close();
  const samples = sound.getChannelData(0);
  const bytes = new DataView(new ArrayBuffer(44 + 2 * samples.length));
  const write = (place, text) => [...text].forEach((each, k) => bytes.setUint8(place + k, each.charCodeAt(0)));
  write(0, "RIFF");
  bytes.setUint32(4, 36 + 2 * samples.length, true);
  write(8, "WAVEfmt ");
  bytes.setUint32(16, 16, true);
  bytes.setUint16(20, 1, true);
  bytes.setUint16(22, 1, true);
  bytes.setUint32(24, sound.sampleRate, true);
  bytes.setUint32(28, 2 * sound.sampleRate, true);
  bytes.setUint16(32, 2, true);
  bytes.setUint16(34, 16, true);
  write(36, "data");
  bytes.setUint32(40, 2 * samples.length, true);
  samples.forEach((value, k) => bytes.setInt16(44 + 2 * k, Math.max(-1, Math.min(1, value)) * 32767, true));
  return new Blob([bytes]);
}

// ---------------------------------------------------------------- events

let typing;
at("words").addEventListener("input", () => {
  clearTimeout(typing);
  typing = setTimeout(() => {
    state.words = at("words").value.trim();
    showFilters();
    find();
  }, 160);
});
at("search").addEventListener("submit", (event) => {
  event.preventDefault();
  clearTimeout(typing);
  state.words = at("words").value.trim();
  find();
  at("list").focus();
});
at("pick").addEventListener("click", () => at("file").click());
at("file").addEventListener("change", () => {
  const [file] = at("file").files;
  if (file) byFile(file, file.name);
  at("file").value = "";
});
at("record").addEventListener("click", record);
at("sort").addEventListener("change", () => {
  state.sort = at("sort").value;
  find();
});
at("one-each").addEventListener("change", find);
at("show-map").addEventListener("click", () => panel("map"));
at("show-label").addEventListener("click", () => panel("label"));
at("open-filters").addEventListener("click", () => at("filters").classList.toggle("open"));
at("middle").addEventListener("pointerdown", () => at("filters").classList.remove("open"));

const menu = at("export").parentElement.querySelector(".items");
function showMenu(open) {
  menu.hidden = !open;
  at("export").setAttribute("aria-expanded", String(open));
}
at("export").addEventListener("click", (event) => {
  event.stopPropagation();
  showMenu(menu.hidden);
});
document.addEventListener("click", () => showMenu(false));
menu.addEventListener("click", (event) => {
  const kind = event.target.dataset.kind;
  if (kind) told(() => save(list.chosen.size ? [...list.chosen] : list.ids, kind));
});

let inside = 0;
for (const name of ["dragenter", "dragover", "dragleave", "drop"]) {
  window.addEventListener(name, (event) => {
    event.preventDefault();
    if (name === "dragenter") inside++;
    if (name === "dragleave") inside--;
    if (name === "drop") {
      inside = 0;
      const [file] = event.dataTransfer.files;
      if (file) byFile(file, file.name);
    }
    at("drop").hidden = inside <= 0;
  });
}

window.addEventListener("keydown", (event) => {
  const typed = event.target.closest?.("input:not([type=checkbox]):not([type=range]), select, dialog");
  if (event.key === "Escape" && event.target === at("words")) at("list").focus();
  if (typed || event.ctrlKey || event.metaKey || event.altKey) return;
  if ((event.key === " " || event.key === "Enter") && event.target.closest?.("button, input, a")) return;
  const key = event.key.toLowerCase();
  const acts = {
    " ": () => player.toggle(list.at >= 0 ? sound(list.current()) : null),
    arrowdown: () => step(1),
    arrowup: () => step(-1),
    pagedown: () => list.move(list.at + Math.floor(at("list").clientHeight / list.height)),
    pageup: () => list.move(list.at - Math.floor(at("list").clientHeight / list.height)),
    home: () => list.move(0),
    end: () => list.move(list.ids.length - 1),
    "/": () => at("words").focus(),
    "?": () => at("help").showModal(),
    escape: () => {
      at("filters").classList.remove("open");
      if (state.suggested) find();
      list.chooseNone();
    },
    z: undo,
    s: () => likeOf(list.current()),
    d: () => likeOf(list.current(), "unlike"),
    x: () => list.choose(list.at),
    t: () => tagMeant(),
    m: () => panel("map"),
    l: () => panel("label"),
  };
  const act = acts[key];
  if (act) {
    event.preventDefault();
    act();
  } else if (!at("label").hidden && labelling.key(event)) event.preventDefault();
});

function step(by) {
  const wasPlaying = player.isPlaying();
  list.move(list.at + by);
  if (wasPlaying && list.at >= 0) player.play(sound(list.current()));
}

// ---------------------------------------------------------------- light and dark

function theme(name) {
  document.documentElement.dataset.theme = name;
  list.redraw();
  map.render();
}
const dark = window.matchMedia("(prefers-color-scheme: dark)");
theme(localStorage.getItem("theme") || (dark.matches ? "dark" : "light"));
at("theme").addEventListener("click", () => {
  const name = document.documentElement.dataset.theme === "dark" ? "light" : "dark";
  localStorage.setItem("theme", name);
  theme(name);
});

await Promise.all([refresh(), find()]);
showFound();
at("list").focus();
document.documentElement.dataset.ready = "yes";
