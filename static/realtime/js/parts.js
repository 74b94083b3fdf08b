// Parts of a page that are asked for when a reader comes near: their style, their HTML, and the script that keeps them live.

const NEAR = "400px";
const AGAIN_MS = 4_000;

export class Parts {
  #begun = [];
  #newest; // frame; undefined before the first, null while nothing is known

  // Sections carry data-part (address of the HTML), data-style (of a style sheet) and data-script (of a module, which
  // exports begin(section); that answers with a function that gets every frame, null while nothing is known).
  constructor(sections) {
    const observer = new IntersectionObserver((entries) => {
      for (const { target, isIntersecting } of entries) {
        if (!isIntersecting) continue;
        observer.unobserve(target);
        this.#begin(target);
      }
    }, { rootMargin: NEAR });
    for (const section of sections) observer.observe(section);
  }

  show(frame) {
    this.#newest = frame;
    for (const show of this.#begun) show(frame);
  }

  async #begin(section) {
    const { part, style, script } = section.dataset;
    const note = Object.assign(document.createElement("p"), { className: "empty", textContent: "Asked for…" });
    section.append(note);
    const [{ begin }, content] = await Promise.all([import(script), contentOf(part), styled(style)]);
    note.replaceWith(...content);
    section.dataset.isThere = "";
    const show = begin(section);
    this.#begun.push(show);
    if (this.#newest !== undefined) show(this.#newest);
  }
}

function styled(address) {
  const link = Object.assign(document.createElement("link"), { rel: "stylesheet", href: address });
  document.head.append(link);
  return new Promise((resolve) => (link.onload = link.onerror = resolve));
}

// Asked for until somebody answers with the part alone: a page would say that there is none, or ask for a log-in.
export async function contentOf(address) {
  const url = new URL(address, location.href);
  url.searchParams.set("bare", "");
  for (;;) {
    const answer = await fetch(url).catch(() => null);
    const found = answer?.ok && new DOMParser().parseFromString(await answer.text(), "text/html");
    if (found && !found.querySelector("main")) return found.body.children;
    await new Promise((resolve) => setTimeout(resolve, AGAIN_MS));
  }
}
