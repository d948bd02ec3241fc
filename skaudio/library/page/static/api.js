// Questions to the library, and what went wrong with them.

export async function ask(name, question = {}) {
  const answer = await fetch(`/api/${name}`, {
    method: "POST",
    headers: { "content-type": "application/json", "x-skaudio": "page" },
    body: JSON.stringify(question),
  });
  return await content(answer);
}

export async function bring(blob) {
  const answer = await fetch("/api/query", { method: "POST", headers: { "x-skaudio": "page" }, body: blob });
  return await content(answer);
}

export async function save(ids, kind) {
  const answer = await fetch("/api/export", {
    method: "POST",
    headers: { "content-type": "application/json", "x-skaudio": "page" },
    body: JSON.stringify({ ids, kind }),
  });
  if (!answer.ok) await content(answer);
  const link = document.createElement("a");
  link.href = URL.createObjectURL(await answer.blob());
  link.download = `selection.${kind}`;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
}

const outlines = new Map(); // the promise of each sound's outline, by the sound's id

export function outline(id) {
  if (!outlines.has(id)) {
    if (outlines.size > 3000) outlines.delete(outlines.keys().next().value);
    outlines.set(id, fetch(`/api/peaks/${id}`).then(async (answer) => {
      if (!answer.ok) throw new Error((await answer.json()).error);
      return new Int8Array(await answer.arrayBuffer());
    }));
  }
  return outlines.get(id);
}

async function content(answer) {
  let found;
  try {
    found = await answer.json();
  } catch {
    found = { error: `the library answers with status ${answer.status}` };
  }
  if (!answer.ok) throw new Error(found.error);
  return found;
}

export function toast(text, bad = false) {
  const box = document.createElement("div");
  box.className = bad ? "toast bad" : "toast";
  box.textContent = text;
  document.getElementById("toasts").append(box);
  setTimeout(() => box.remove(), bad ? 7000 : 2600);
}

// Runs what may fail, and says so where it does.
export async function reportErrors(work) {
  try {
    return await work();
  } catch (error) {
    toast(error instanceof TypeError ? "The library does not answer; is it still served?" : error.message, true);
    return undefined;
  }
}
