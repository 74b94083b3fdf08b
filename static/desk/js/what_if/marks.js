// One signal in a picture: its shape is its side, and whether it is filled what becomes of it, so that nothing is said by colour alone.

import { drawn } from "../made.js";
import { clock } from "./words.js";

const R = 5;
const SHAPES = {
  buy: `M0 ${-R} L${R} ${R - 1} L${-R} ${R - 1} Z`,
  sell: `M0 ${R} L${R} ${1 - R} L${-R} ${1 - R} Z`,
  hold: `M${-R} 0 L0 ${-R} L${R} 0 L0 ${R} Z`,
};

export function mark({ kind, in_force, proposed }, x, y) {
  const { action, symbol, at } = in_force ?? proposed;
  const shape = drawn("path", { d: SHAPES[action], transform: `translate(${x.toFixed(1)} ${y.toFixed(1)})`, class: "what-if-mark", "data-side": action, "data-becomes": kind });
  shape.append(drawn("title", {}, `${symbol}, ${action}, ${clock(at)}`));
  return shape;
}
