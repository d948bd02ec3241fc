// One sound at a time.

import { toast } from "/static/api.js";
import { clock, draw } from "/static/wave.js";

const audio = new Audio();
const bar = document.getElementById("player");
const wave = document.getElementById("now-wave");
let now = null; // { key, name, place, peaks, seconds }
let listener = () => {};

export function onProgress(call) {
  listener = call;
}

export function heard(key) {
  if (!now || now.key !== key || !now.seconds) return 0;
  return Math.min(1, audio.currentTime / now.seconds);
}

export function isPlaying() {
  return now !== null && !audio.paused;
}

export function play(sound, from = 0) {
  if (!now || now.key !== sound.key) {
    audio.src = sound.url;
    now = sound;
    document.getElementById("now-name").textContent = sound.name;
    document.getElementById("now-place").textContent = sound.place || "";
  }
  if (sound.peaks) now.peaks = sound.peaks;
  const start = () => { audio.currentTime = from * (now.seconds || audio.duration || 0); };
  if (audio.readyState) start(); else audio.addEventListener("loadedmetadata", start, { once: true });
  audio.play().catch((error) => {
    if (error.name !== "AbortError") toast(`${sound.name} cannot be played: ${error.message}`, true);
  });
}

export function toggle(sound) {
  if (sound && (!now || now.key !== sound.key)) play(sound);
  else if (now && audio.paused) audio.play().catch(() => {});
  else audio.pause();
}

export function outlineArrived(key, peaks) {
  if (now && now.key === key) now.peaks = peaks;
}

function show() {
  bar.classList.toggle("playing", isPlaying());
  if (!now) return;
  document.getElementById("now-time").textContent = `${clock(audio.currentTime)} / ${clock(now.seconds)}`;
  draw(wave, now.peaks, heard(now.key));
  listener(now.key);
}

function follow() {
  show();
  if (isPlaying()) requestAnimationFrame(follow);
}

for (const name of ["play", "pause", "ended", "seeked"]) audio.addEventListener(name, follow);
document.getElementById("play").addEventListener("click", () => toggle(null));
wave.addEventListener("click", (event) => {
  if (now) play(now, event.offsetX / wave.clientWidth);
});
window.addEventListener("resize", show);
