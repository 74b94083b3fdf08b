// Dark or light, before the first paint. A classic script, so that nothing flashes.
// The system decides until the reader does; choosing what the system says gives the choice back.

(() => {
  const root = document.documentElement;
  const dark = window.matchMedia("(prefers-color-scheme: dark)");
  const KEY = "theme";

  const system = () => (dark.matches ? "dark" : "light");
  const current = () => root.dataset.theme ?? system();

  function apply(theme) {
    if (theme === "dark" || theme === "light") root.dataset.theme = theme;
    else delete root.dataset.theme;
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
    apply(next === system() ? null : next);
  }

  root.classList.add("scripted");
  apply(remembered());
  dark.addEventListener("change", () => apply(remembered()));
  window.addEventListener("storage", (event) => event.key === KEY && apply(event.newValue));
  document.addEventListener("DOMContentLoaded", () => {
    label();
    document.getElementById("theme")?.addEventListener("click", toggle);
  });
})();
