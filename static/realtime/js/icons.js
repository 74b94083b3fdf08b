// Icons are words in a font of pictures; screen readers should not read them out.

document.addEventListener("DOMContentLoaded", () => {
  for (const icon of document.querySelectorAll(".material-symbols-outlined")) icon.ariaHidden = "true";
});
