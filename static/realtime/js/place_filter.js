// Which markets the overview shows: the followed ones, those of a venue or form, or every one. There is something to choose
// once there are several; metrics/pages/places.py says the same for the first paint.

import { venueWord } from "./figures.js";

export class PlaceFilter {
  #box = document.getElementById("places");
  #table = document.getElementById("board-rows");
  #venue = this.#box.querySelector("[name=venue]");
  #form = this.#box.querySelector("[name=form]");
  #shown = "";

  get venue() {
    return this.#venue.disabled ? "" : this.#venue.value;
  }

  get form() {
    return this.#form.disabled ? "" : this.#form.value;
  }

  // What asks for these markets in an address; empty for the followed ones.
  get query() {
    const asked = Object.entries({ venue: this.venue, form: this.form }).filter(([, value]) => value);
    return asked.length ? `?${new URLSearchParams(asked)}` : "";
  }

  // Has each market a row of its own?
  get isEach() {
    return this.venue === "*" || this.venue.includes(",");
  }

  // The page of a symbol stays with what was chosen; of every market, each with its own.
  urlOf(page, { venue, form }) {
    return this.isEach ? `${page}?${new URLSearchParams({ venue, form })}` : `${page}${this.query}`;
  }

  // markets: venues and forms that anything is tracked of, such as "binance/spot"
  show(markets) {
    const told = markets.join();
    if (told === this.#shown) return;
    this.#shown = told;
    const [venues, forms] = [0, 1].map((part) => new Set(markets.map((market) => market.split("/")[part])));
    const isSeveral = markets.length > 1 || Boolean(this.venue || this.form);
    this.#box.hidden = this.#venue.disabled = !isSeveral;
    this.#form.parentElement.hidden = this.#form.disabled = forms.size < 2 && !this.form;
    this.#table.classList.toggle("with-venues", isSeveral);
    this.#offer(venues);
  }

  #offer(venues) {
    const chosen = this.#venue.value;
    if (chosen && chosen !== "*") venues.add(chosen);
    const [followed, every] = [this.#venue.options[0], this.#venue.options[this.#venue.options.length - 1]];
    const between = [...venues].sort().map((venue) => new Option(venue.split(",").map(venueWord).join(", "), venue, false, venue === chosen));
    this.#venue.replaceChildren(followed, ...between, every);
    this.#venue.value = chosen;
  }
}
