// How many alerts a rule would have had firing, a bar a quarter of an hour. What it shows is said in words and listed beside it,
// so screen readers leave it out.

const BAR_WIDTH = 5;
const GAP = 1;
const HEIGHT = 44;
const LEAST = 3; // of a bar that is not empty

export function triedChart(counts) {
  const most = Math.max(...counts, 1);
  const chart = part("svg", { viewBox: `0 0 ${counts.length * BAR_WIDTH} ${HEIGHT}`, preserveAspectRatio: "none", class: "tried-chart", "aria-hidden": "true" });
  counts.forEach((count, index) => {
    if (count) chart.append(bar(index, Math.max(LEAST, (count / most) * HEIGHT)));
  });
  return chart;
}

function bar(index, height) {
  return part("rect", { x: index * BAR_WIDTH, y: HEIGHT - height, width: BAR_WIDTH - GAP, height, class: "tried-bar" });
}

function part(name, attributes) {
  const element = document.createElementNS("http://www.w3.org/2000/svg", name);
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
  return element;
}
