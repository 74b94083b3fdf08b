// Figures as text. metrics/templatetags/figures.py writes the same for the first paint;
// a test compares the two case by case. What cannot be known is an en dash, never zero.

export const UNKNOWN = "–";
const MINUS = "−";
const COMPACT_STEPS = [[1e12, "T"], [1e9, "B"], [1e6, "M"], [1e3, "k"]];
const TREND_MARKS = { bullish: "▲", bearish: "▼", neutral: "◆" };
const STATE_WORDS = { one_sided: "one-sided" };
const VENUE_WORDS = { okx: "OKX" };
const BLANK = new Set(["suspect", "warming", "gap"]);

// Is no number of a book in this state shown?
export const isBlank = (state) => BLANK.has(state);

const isKnown = (value) => typeof value === "number" && Number.isFinite(value);

export function fixed(value, decimals = 2) {
  if (!isKnown(value)) return UNKNOWN;
  const digits = Math.abs(value).toFixed(Math.min(decimals, decimalsOf(value)));
  const [whole, fraction = ""] = digits.split(".");
  const grouped = whole.replace(/\B(?=(\d{3})+$)/g, ",");
  const sign = value < 0 && /[1-9]/.test(digits) ? MINUS : "";
  return sign + grouped + (decimals ? `.${fraction.padEnd(decimals, "0")}` : "");
}

export const signed = (value, decimals = 2) => withPlus(value, fixed(value, decimals));

const withPlus = (value, text) => (value > 0 && /[1-9]/.test(text) ? `+${text}` : text);

// So many decimals, and more where that would leave fewer significant digits.
function atLeast(value, decimals, digits) {
  return isKnown(value) ? fixed(value, Math.max(decimals, digits - 1 - magnitudeOf(value))) : UNKNOWN;
}

export const price = (value) => atLeast(value, 2, 6);

export const bps = (value) => atLeast(value, 4, 4);

export const coarse = (value) => atLeast(value, 2, 3);

// What the size of rows costs in one of them, or the least that it can cost, where no more is known.
export function leastCost(row) {
  const { cost_bps_10s: cost, cost_at_least_bps_10s: least } = row ?? {};
  return isKnown(cost) || !isKnown(least) ? coarse(cost) : `≥${coarse(least)}`;
}

export function compact(value) {
  if (!isKnown(value)) return UNKNOWN;
  const step = COMPACT_STEPS.find(([size]) => Math.abs(value) >= size);
  return step ? `${fixed(value / step[0])} ${step[1]}` : atLeast(value, 2, 3);
}

export const dollars = (value) => (isKnown(value) ? `$${compact(value)}` : UNKNOWN);

export const quantity = (value) => (Math.abs(value) >= 1e6 ? compact(value) : price(value));

export const signedQuantity = (value) => withPlus(value, quantity(value));

export function age(milliseconds) {
  if (!isKnown(milliseconds)) return UNKNOWN;
  const seconds = Math.max(0, Math.floor(milliseconds / 1000));
  if (seconds < 1) return "<1 s";
  if (seconds < 120) return `${seconds} s`;
  return seconds < 7200 ? `${Math.floor(seconds / 60)} min` : `${Math.floor(seconds / 3600)} h`;
}

export function utcTime(timestamp) {
  const date = new Date(timestamp ?? NaN);
  return Number.isNaN(date.getTime()) ? UNKNOWN : `${date.toISOString().slice(11, 19)} UTC`;
}

export const trend = (name) => (name in TREND_MARKS ? `${TREND_MARKS[name]} ${name}` : UNKNOWN);

export const stateWord = (state) => STATE_WORDS[state] ?? state ?? UNKNOWN;

// A venue for people: Binance, OKX.
export const venueWord = (venue) => (venue ? VENUE_WORDS[venue] ?? venue[0].toUpperCase() + venue.slice(1) : UNKNOWN);

// What a contract is called, empty for what is traded itself.
export const formWord = (form, symbol = "") => (form !== "usdm" ? "" : /[-_.]\d+$/.test(symbol) ? "dated" : "perpetual");

export const placeWords = ({ venue, form, symbol }) => `${venueWord(venue)} ${formWord(form, symbol)}`.trimEnd();

// Decimals needed to write a number as it was sent.
export function decimalsOf(number) {
  const { fraction, exponent } = scientific(number);
  return Math.max(0, fraction.length - exponent);
}

// The power of ten its first digit stands at; 0 for nothing.
export const magnitudeOf = (number) => scientific(number).exponent;

// The digits behind its first one, and the power of ten that stands at.
function scientific(number) {
  const [mantissa, exponent] = number.toExponential().split("e");
  return { fraction: mantissa.split(".")[1] ?? "", exponent: Number(exponent) };
}
