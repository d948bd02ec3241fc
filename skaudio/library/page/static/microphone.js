// A sound from the microphone, to search by.

import { toast } from "/static/api.js";

const LONGEST = 30_000; // milliseconds

let recorder = null;

// Begins to record, or ends a recording; `use` is then called with a promise of the recording as WAV.
export async function record(button, use) {
  if (recorder) {
    recorder.stop();
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
  recorder = new MediaRecorder(stream);
  recorder.addEventListener("dataavailable", (event) => parts.push(event.data));
  recorder.addEventListener("stop", async () => {
    recorder = null;
    button.classList.remove("on");
    for (const track of stream.getTracks()) track.stop();
    use(asWav(new Blob(parts)));
  });
  recorder.start();
  button.classList.add("on");
  toast("Recording; click again to search");
  setTimeout(() => recorder?.stop(), LONGEST);
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
