// A part of an answer that is long: it can be folded away, and is scrolled in its own place.

import { made } from "../made.js";

export function folded(heading, content, open = false) {
  const scrolled = made("div", { className: "what-if-scroll", tabIndex: 0, role: "region", ariaLabel: heading }, content);
  return made("details", { className: "what-if-part", open }, made("summary", {}, heading), scrolled);
}
