// A button that opens a menu beside it; a click elsewhere closes the menu.

export function openMenu(button, choose) {
  const items = button.parentElement.querySelector(".items");
  const show = (open) => {
    items.hidden = !open;
    button.setAttribute("aria-expanded", String(open));
  };
  button.addEventListener("click", (event) => {
    event.stopPropagation();
    show(items.hidden);
  });
  document.addEventListener("click", () => show(false));
  items.addEventListener("click", (event) => {
    const { kind } = event.target.dataset;
    if (kind) choose(kind);
  });
}
