// A dialog that asks for a line of text.

export function promptFor(dialog, title) {
  dialog.querySelector("h2").textContent = title;
  const input = dialog.querySelector("input");
  input.value = "";
  dialog.returnValue = "";
  dialog.querySelector("form").onkeydown = (event) => {
    if (event.key !== "Enter") return;
    event.preventDefault(); // or the first button is pressed, which cancels
    dialog.close("ok");
  };
  dialog.showModal();
  input.focus();
  return new Promise((resolve) => {
    dialog.addEventListener("close", () => resolve(dialog.returnValue === "ok" ? input.value.trim() : ""), { once: true });
  });
}
