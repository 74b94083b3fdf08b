// Says on the page of a symbol, for as long as it holds, that signals about it are halted. Who halted them and why
// stands below for those who may see configuration; for others the list is not there.

export class HaltBanner {
  #box = document.getElementById("halt");
  #headline = document.getElementById("halt-headline");
  #detail = document.getElementById("halt-detail");
  #words = document.getElementById("halt-words");
  #announcer = document.getElementById("announcer");
  #shown = null; // the halt last shown, as text; null while it is that of the first paint

  // halt is {since, headline, detail}, or null where no strategy is halted on the symbol; isWhole: all are
  show(halt, isWhole) {
    const text = JSON.stringify(halt);
    if (text === this.#shown) return;
    const isPainted = this.#shown === null && this.#headline.textContent === (halt?.headline ?? "");
    this.#shown = text;
    if (isPainted) return;
    if (!halt) this.#announcer.textContent = "Signals are no longer halted.";
    this.#box.hidden = !halt;
    this.#box.toggleAttribute("data-partly", !isWhole);
    this.#headline.textContent = halt?.headline ?? "";
    this.#detail.textContent = halt?.detail ?? "";
    if (this.#words) this.#askWhy(text);
  }

  // A word for the title of the page; empty where nothing is halted.
  get word() {
    if (this.#box.hidden) return "";
    return this.#box.hasAttribute("data-partly") ? "Partly halted" : "Halted";
  }

  // This page anew knows the reasons; what it shows of a halt that does not hold any more is nobody's.
  async #askWhy(text) {
    this.#words.replaceChildren();
    try {
      const answer = await fetch(location.pathname, { signal: AbortSignal.timeout(10_000) });
      const page = new DOMParser().parseFromString(await answer.text(), "text/html");
      if (text === this.#shown) this.#words.replaceChildren(...(page.getElementById("halt-words")?.childNodes ?? []));
    } catch {
      // nobody answers: the banner stands without who and why
    }
  }
}
