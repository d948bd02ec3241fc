// The page: what is asked for, what is found, and the keys.

import { ask, bring, outline, save, toast, reportErrors } from "/static/api.js";
import { acceptDroppedFiles } from "/static/drop.js";
import { tellEmpty } from "/static/empty.js";
import { Filters } from "/static/filters.js";
import { onKeys } from "/static/keys.js";
import { Labelling } from "/static/label.js";
import { List } from "/static/list.js";
import { SoundMap } from "/static/map.js";
import { openMenu } from "/static/menu.js";
import { record } from "/static/microphone.js";
import * as player from "/static/player.js";
import { promptFor } from "/static/prompt.js";
import { Query } from "/static/query.js";
import { setUpTheme } from "/static/theme.js";

const at = (id) => document.getElementById(id);
const state = { words: "", sort: "name", suggested: false, byWords: null };
let about = null;
let questionNumber = 0;

const filters = new Filters(at("filters"), () => find());
const query = new Query(at("query"), () => find());

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
  const number = ++questionNumber;
  state.suggested = false;
  showAsked();
  const found = await reportErrors(() => ask("find", question()));
  if (!found || number !== questionNumber) return; // a later question has been asked
  state.byWords = found.n_by_words ?? null;
  list.set(found.ids, found.similarities || null);
  showFound();
}

function question() {
  return {
    words: state.words,
    like: query.like.map((each) => each.key),
    unlike: query.unlike.map((each) => each.key),
    where: filters.where,
    tags: filters.tags,
    weights: filters.weights,
    per_recording: at("one-each").checked ? 1 : null,
    sort: state.sort,
    k: 500,
  };
}

function isSearch() {
  return Boolean(state.words || query.like.length);
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

function whyEmpty() {
  if (list.ids.length) return null;
  if (about && !about.sounds) return "none";
  return state.suggested ? "labelled" : "nothing";
}

function showFound() {
  showCount();
  at("sort").parentElement.hidden = isSearch() || state.suggested;
  at("list").hidden = !list.ids.length;
  tellEmpty(at("empty"), whyEmpty());
  map.mark(list.current(), filtered());
}

// ---------------------------------------------------------------- what is asked for

function showAsked() {
  query.show(state.suggested);
  if (about) filters.show(about, query.like.length && !state.words);
}

function setWords(words) {
  state.words = at("words").value = words;
}

function likeOf(id, kind = "like") {
  const row = list.row(id);
  if (!row) return;
  if (kind === "unlike" && !query.like.length) {
    toast("First find what sounds like one (S); then say what it is to be less like");
    return;
  }
  query.add(kind, { key: id, name: row.name });
  setWords("");
  find();
}

async function byFile(blob, name) {
  toast(`Listening to ${name} …`);
  const found = await reportErrors(() => bring(blob).catch((error) => {
    throw new Error(`${name}: ${error.message}`);
  }));
  if (!found) return;
  const peaks = Int8Array.from(found.peaks);
  query.set({ key: found.query, name, url: `/query/${found.query}`, peaks, seconds: found.seconds });
  setWords("");
  find();
}

// ---------------------------------------------------------------- what is said of sounds

async function tagMeant() {
  const ids = list.chosenOrCurrent();
  if (!ids.length) return;
  const tag = await promptFor(at("ask"), `Tag ${ids.length === 1 ? "this sound" : `${ids.length} sounds`} (-name takes a tag away)`);
  if (!tag) return;
  const remove = tag.startsWith("-");
  await said(ids, () => ask("tag", { ids, tag: remove ? tag.slice(1) : tag, remove }));
}

async function labelCurrent(label, verdict) {
  const ids = list.chosenOrCurrent();
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
  const done = await reportErrors(work);
  if (done) {
    list.forget(ids);
    await refresh();
  }
}

async function undo() {
  const found = await reportErrors(() => ask("undo"));
  if (!found) return;
  toast(found.undone ? `Taken back: ${found.undone}` : "There is nothing to take back");
  if (found.undone) {
    list.forget();
    await refresh();
  }
}

// ---------------------------------------------------------------- what there is

const map = new SoundMap(at("map"), (id) => {
  if (!list.goTo(id)) {
    filters.clear();
    query.clear();
    setWords("");
    find().then(() => list.goTo(id));
  }
  reportErrors(async () => {
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
    questionNumber++;
    list.set(ids);
    showFound();
    showAsked();
    at("list").focus();
  },
  learnt: async () => {
    list.forget();
    await refresh();
  },
});

async function refresh() {
  const found = await reportErrors(() => ask("about"));
  if (!found) return;
  about = found;
  at("title").textContent = found.name;
  document.title = `${found.name} · skaudio`;
  at("tags").replaceChildren(...found.tags.map(([tag]) => new Option(tag)));
  showAsked();
  labelling.known(found.labels, found.name);
  if (!at("map").hidden) colourMap();
}

async function colourMap() {
  const found = await reportErrors(() => ask("classes"));
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

// ---------------------------------------------------------------- events

let typing;
at("words").addEventListener("input", () => {
  clearTimeout(typing);
  typing = setTimeout(() => {
    state.words = at("words").value.trim();
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
at("record").addEventListener("click", () => record(at("record"), (sound) => reportErrors(async () => byFile(await sound, "recording"))));
at("sort").addEventListener("change", () => {
  state.sort = at("sort").value;
  find();
});
at("one-each").addEventListener("change", find);
at("show-map").addEventListener("click", () => panel("map"));
at("show-label").addEventListener("click", () => panel("label"));
at("open-filters").addEventListener("click", () => at("filters").classList.toggle("open"));
at("middle").addEventListener("pointerdown", () => filters.close());

openMenu(at("export"), (kind) => {
  reportErrors(() => save(list.chosen.size ? [...list.chosen] : list.ids, kind));
});
acceptDroppedFiles(at("drop"), (file) => byFile(file, file.name));

const keys = {
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
    filters.close();
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
onKeys(keys, (event) => !at("label").hidden && labelling.key(event));

function step(by) {
  const wasPlaying = player.isPlaying();
  list.move(list.at + by);
  if (wasPlaying && list.at >= 0) player.play(sound(list.current()));
}

setUpTheme(at("theme"), () => {
  list.redraw();
  map.render();
});
await Promise.all([refresh(), find()]);
showFound();
at("list").focus();
document.documentElement.dataset.ready = "yes";
