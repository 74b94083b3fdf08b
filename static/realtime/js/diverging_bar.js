// A bar that grows from the middle: right and "bid" above zero, left and "ask" below.
// The SVG's axis runs from -100 to 100, as in metrics/_bar.html.

export function setBar(svg, value) {
  const rect = svg.firstElementChild;
  const length = Math.min(100, Math.abs(value ?? 0)).toFixed(1);
  const side = value > 0 ? "bid" : value < 0 ? "ask" : "";
  rect.setAttribute("x", value < 0 ? -length : 0);
  rect.setAttribute("width", length);
  if (rect.dataset.side !== side) rect.dataset.side = side;
}
