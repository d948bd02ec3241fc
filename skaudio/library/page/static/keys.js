// Keys that act anywhere on the page, but where text is typed.

// `otherwise` is asked for keys without an act; it returns whether it took the key.
export function onKeys(acts, otherwise) {
  window.addEventListener("keydown", (event) => {
    const isTyped = event.target.closest?.("input:not([type=checkbox]):not([type=range]), select, dialog");
    if (event.key === "Escape" && event.target.id === "words") document.getElementById("list").focus();
    if (isTyped || event.ctrlKey || event.metaKey || event.altKey) return;
    if ((event.key === " " || event.key === "Enter") && event.target.closest?.("button, input, a")) return;
    const act = acts[event.key.toLowerCase()];
    if (act) {
      event.preventDefault();
      act();
    } else if (otherwise(event)) event.preventDefault();
  });
}
