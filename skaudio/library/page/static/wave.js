// Outlines of sounds, drawn on a canvas.

export function colour(name) {
  return getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim();
}

export function fit(canvas) {
  const scale = window.devicePixelRatio || 1;
  const [width, height] = [Math.round(canvas.clientWidth * scale), Math.round(canvas.clientHeight * scale)];
  if (canvas.width !== width || canvas.height !== height) [canvas.width, canvas.height] = [width, height];
  const context = canvas.getContext("2d");
  context.clearRect(0, 0, width, height);
  return { context, width, height, scale };
}

// Draws pairs of the least and the greatest sample; what was heard is in the accent's colour.
export function draw(canvas, peaks, heard = 0) {
  const { context, width, height, scale } = fit(canvas);
  if (!peaks || !width) return;
  const [quiet, accent] = [colour("wave"), colour("accent")];
  const step = 3 * scale;
  const n = Math.max(1, Math.floor(width / step));
  const pairs = peaks.length / 2;
  // A quiet sound is drawn larger, so that its form can be seen: up to four times.
  let most = 1;
  for (const value of peaks) most = Math.max(most, Math.abs(value));
  const gain = Math.min(4, 124 / most) * (height / 2 - scale) / 127;
  for (let k = 0; k < n; k++) {
    const [first, last] = [Math.floor(k * pairs / n), Math.max(Math.floor(k * pairs / n) + 1, Math.floor((k + 1) * pairs / n))];
    let [low, high] = [0, 0];
    for (let j = first; j < last; j++) {
      low = Math.min(low, peaks[2 * j]);
      high = Math.max(high, peaks[2 * j + 1]);
    }
    context.fillStyle = (k + 0.5) / n <= heard ? accent : quiet;
    const top = height / 2 - high * gain;
    context.fillRect(k * step, top, 2 * scale, Math.max(scale, (high - low) * gain));
  }
}

export function clock(seconds) {
  if (!Number.isFinite(seconds)) return "";
  if (seconds < 60) return `${seconds.toFixed(1)} s`;
  const whole = Math.floor(seconds);
  const [hours, minutes, rest] = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60, whole % 60];
  const padded = String(rest).padStart(2, "0");
  return hours ? `${hours}:${String(minutes).padStart(2, "0")}:${padded}` : `${minutes}:${padded}`;
}
