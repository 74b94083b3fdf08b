// Swagger UI has a dark theme of its own, named by a class; it follows the page's. A classic script after
// theme.js, so that nothing flashes.

(() => {
  const root = document.documentElement;
  const follow = () => root.classList.toggle("dark-mode", root.classList.contains("dark"));
  follow();
  window.addEventListener("themechange", follow);
})();
