// What an answer says, in sentences.

import { fixed, signed, utcTime } from "../../../realtime/js/figures.js";

const SPACE = "\u00a0"; // a number and its unit stay on one line
const TOLD = ["5m", "1m"]; // after which an outcome is told, the first that is known of half of the signals
export const BECOMES = { gone: "Go", new: "Come", moved: "Other time", changed: "Changed", kept: "Unchanged" };
const FEW = 5; // of fewer a mean says nothing
const MINUTES = { "1m": 1, "5m": 5, "15m": 15 };

export const count = (value) => fixed(value, 0);

export const counted = (value) => `${count(value)} signal${value === 1 ? "" : "s"}`;

export const spanWords = (span) => `${MINUTES[span]}${SPACE}min`;

export const clock = (seconds) => utcTime(1_000 * seconds);

// With tenths of a second, without the zone, for lists.
export const moment = (seconds) => new Date(1_000 * seconds).toISOString().slice(11, 21);

export const isFew = (known) => known < FEW;

export const between = ({ since, until }) => `${clock(since).replace(" UTC", "")} – ${clock(until)}`;

export function summaryOf({ in_force, proposed, kinds, gone, stays, new: come }) {
  if (!in_force.signals && !proposed.signals) return "Neither the values in force nor these bring a signal in this span.";
  const sentences = [whatDiffers(in_force.signals, kinds), ...whatElse(kinds), ...outcomes([[gone, "go"], [stays, "stay"], [come, "come"]])];
  if (proposed.halted) sentences.push(`Of the ${counted(proposed.signals)} of these values a halt would have held back ${count(proposed.halted)}.`);
  return sentences.join(" ");
}

function whatDiffers(inForce, { gone, new: come, changed, moved }) {
  if (!(gone + come + changed + moved)) return inForce === 1 ? "With these values nothing would be different: the one signal stays." : `With these values nothing would be different: all ${counted(inForce)} stay.`;
  if (!inForce) return `With these values ${counted(come)} would come where there were none.`;
  return `With these values ${count(gone)} of ${counted(inForce)} would go, and ${count(come)} would come.`;
}

function whatElse({ changed, moved }) {
  const parts = [];
  if (moved) parts.push(`${count(moved)} would come up to 5${SPACE}s earlier or later`);
  if (changed) parts.push(`${count(changed)} with another price or confidence`);
  return parts.length ? [`Of those that stay, ${parts.join(" and ")}.`] : [];
}

// The span after which what became of prices is told; undefined where nothing is known yet.
export function toldAfter(tallies) {
  const sum = (of) => tallies.reduce((total, tally) => total + of(tally), 0);
  const known = (span) => sum((tally) => tally.known[span]);
  return TOLD.find((span) => known(span) && 2 * known(span) >= sum(({ signals }) => signals)) ?? TOLD.findLast(known);
}

// tallies: [[tally, what becomes of those signals]]
function outcomes(tallies) {
  const some = tallies.filter(([{ signals }]) => signals);
  const span = toldAfter(some.map(([tally]) => tally));
  if (!span) return ["What became of prices afterwards is not known yet."];
  const those = (holds) => some.filter(([{ known }]) => holds(known[span]));
  const [told, few, unknown] = [those((known) => !isFew(known)), those((known) => known && isFew(known)), those((known) => !known)];
  const after = `After ${spanWords(span)}`;
  return [
    ...(told.length ? [`${after} the mid price had moved their way on average: ${told.map((each) => outcome(each, span)).join(", ")}.`] : []),
    ...(few.length ? [`${after} it is known of fewer than ${FEW} of ${few.map(whose).join(", and of ")}: too few for a mean.`] : []),
    ...(unknown.length ? [`That is not known yet of ${unknown.map(whose).join(" and ")}.`] : []),
  ];
}

function outcome([tally, deed], span) {
  const { signals, known, mean_bps } = tally;
  const part = known[span] < signals ? ` (known of ${count(known[span])})` : "";
  return `${whose([tally, deed])} ${signed(mean_bps[span])}${SPACE}bps${part}`;
}

const whose = ([{ signals }, deed]) => (signals === 1 ? `the one that ${deed === "go" ? "goes" : `${deed}s`}` : `the ${count(signals)} that ${deed}`);

// How can a stricter threshold bring signals?
export function whyTheyCome(hasInterval) {
  return hasInterval
    ? "Why signals come: no two stand closer together than the interval between signals, so where one goes or is later, another can come."
    : "Why signals come: a condition is reported once, when it becomes true. With a stricter threshold it becomes true later, or anew, and that is another signal.";
}

// Why its figures are not to be gone by; empty where they may be. It stands first among the notes.
export const doubtOf = ({ agreement, notes }) => (agreement?.is_poor ? notes[0] : "");

// What limits an answer, and what it rests on.
export function restsOn({ id, since, until, warmed_up_from, messages, agreement, notes }) {
  const judged = `Judged: ${between({ since, until })}${warmed_up_from ? `, warmed up from ${clock(warmed_up_from)}` : ""}; ${count(messages)} messages of the journal were read.`;
  const kept = "It is on record: a change to these values within an hour refers to it.";
  return [judged, ...(agreement ? [agreement.sentence] : []), ...notes.slice(agreement?.is_poor ? 1 : 0), ...(id ? [kept] : [])];
}

export function progressWords({ done, messages, is_waiting }) {
  if (is_waiting) return "Waits until another question is answered.";
  return `${count(100 * done)}${SPACE}% of the span, ${count(messages)} messages`;
}
