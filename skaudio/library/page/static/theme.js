// Light and dark: as the system has it, until somebody says otherwise.

export function setUpTheme(button, changed) {
  const root = document.documentElement;
  const set = (name) => {
    root.dataset.theme = name;
    changed();
  };
  const isDark = window.matchMedia("(prefers-color-scheme: dark)").matches;
  set(localStorage.getItem("theme") || (isDark ? "dark" : "light"));
  button.addEventListener("click", () => {
    const name = root.dataset.theme === "dark" ? "light" : "dark";
    localStorage.setItem("theme", name);
    set(name);
  });
}
