// Icons are words in a font of pictures; screen readers should not read them out.

const hideIcons = () => {
  for (const icon of document.querySelectorAll(".material-symbols-outlined")) icon.ariaHidden = "true";
};

document.addEventListener("DOMContentLoaded", hideIcons);
document.addEventListener("htmx:afterSettle", hideIcons); // what was found came with icons of its own
