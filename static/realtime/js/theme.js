// Dark or light, before the first paint, on every page. A classic script, so that nothing flashes.
// The system decides until the reader does; choosing what the system prefers gives the choice back.

(() => {
  const root = document.documentElement;
  const prefersDark = window.matchMedia("(prefers-color-scheme: dark)");
  const KEY = "theme";

  const system = () => (prefersDark.matches ? "dark" : "light");
  const current = () => (root.classList.contains("dark") ? "dark" : "light");

  function apply(chosen) {
    const theme = chosen === "dark" || chosen === "light" ? chosen : system();
    root.classList.toggle("dark", theme === "dark");
    root.classList.toggle("light", theme === "light");
    label();
    window.dispatchEvent(new Event("themechange"));
  }

  function label() {
    const button = document.getElementById("theme");
    if (!button) return;
    const other = current() === "dark" ? "light" : "dark";
    button.title = `Switch to the ${other} theme`;
    button.setAttribute("aria-label", button.title);
  }

  function remembered() {
    try {
      return localStorage.getItem(KEY);
    } catch {
      return null; // storage is switched off: follow the system
    }
  }

  function toggle() {
    const next = current() === "dark" ? "light" : "dark";
    try {
      if (next === system()) localStorage.removeItem(KEY);
      else localStorage.setItem(KEY, next);
    } catch {
      // the choice lasts for this page only
    }
    apply(next);
  }

  root.classList.add("scripted");
  apply(remembered());
  prefersDark.addEventListener("change", () => apply(remembered()));
  window.addEventListener("storage", (event) => event.key === KEY && apply(event.newValue));
  document.addEventListener("DOMContentLoaded", () => {
    label();
    document.getElementById("theme")?.addEventListener("click", toggle);
  });
})();
