// Unfold names its icons by words, which a font of 292 kB turns into pictures. Here are those its pages show, as lines
// on a field of 24 by 24; a word without a picture is left out. Screen readers read neither.

const PICTURES = {
  add: "M12 5v14M5 12h14",
  arrow_back: "M19 12H5m6-6-6 6 6 6",
  arrow_circle_down: "M12 5v14m-6-6 6 6 6-6",
  arrow_circle_up: "M12 19V5m-6 6 6-6 6 6",
  arrow_forward: "M5 12h14m-6-6 6 6-6 6",
  arrow_right_alt: "M5 12h14m-6-6 6 6-6 6",
  cancel: "m6 6 12 12M18 6 6 18",
  check_small: "m5 12 5 5 9-10",
  chevron_right: "m9 6 6 6-6 6",
  close: "m6 6 12 12M18 6 6 18",
  close_small: "m7 7 10 10M17 7 7 17",
  delete: "M5 7h14M10 7V4h4v3m3 0-1 13H8L7 7",
  download: "M12 4v11m-5-5 5 5 5-5M5 20h14",
  edit: "m4 20 1-4L16 5l3 3L8 19z",
  edit_square: "m4 20 1-4L16 5l3 3L8 19z",
  expand_more: "m6 9 6 6 6-6",
  filter_list: "M4 7h16M7 12h10m-7 5h4",
  filter_list_off: "M4 7h16M7 12h10m-7 5h4M4 20 20 4",
  help: "M9 9a3 3 0 1 1 4 3c-1 .5-1 1-1 2m0 4v.1",
  history: "M4 12a8 8 0 1 0 3-6.2L4 8m0-4v4h4m4 0v4l3 2",
  logout: "M14 5H5v14h9m-4-7h10m-3-3 3 3-3 3",
  more_horiz: "M5 12h.1M12 12h.1M19 12h.1",
  more_vert: "M12 5v.1M12 12v.1M12 19v.1",
  open_in_new: "M14 4h6v6m0-6-9 9M18 14v6H4V6h6",
  search: "M10.5 4a6.5 6.5 0 1 0 0 13 6.5 6.5 0 0 0 0-13m5 11.5L20 20",
  undo: "M9 7 4 12l5 5m-5-5h10a5 5 0 0 1 5 5v1",
  unfold_more: "m8 9 4-4 4 4m-8 6 4 4 4-4",
  visibility: "M3 12s3.5-6 9-6 9 6 9 6-3.5 6-9 6-9-6-9-6m9-2.5a2.5 2.5 0 1 0 0 5 2.5 2.5 0 0 0 0-5",
  visibility_off: "M3 12s3.5-6 9-6 9 6 9 6-3.5 6-9 6-9-6-9-6M4 20 20 4",
};

function picture(lines) {
  const [svg, path] = ["svg", "path"].map((name) => document.createElementNS("http://www.w3.org/2000/svg", name));
  svg.setAttribute("viewBox", "0 0 24 24");
  path.setAttribute("d", lines);
  svg.append(path);
  return svg;
}

for (const icon of document.querySelectorAll(".material-symbols-outlined")) {
  const lines = PICTURES[icon.textContent.trim()];
  icon.replaceChildren(...(lines ? [picture(lines)] : []));
  icon.ariaHidden = "true";
}
