// One question of what a change would have done, and what comes of it: told(progress) for each line that says how far it has
// come, and the last line as the answer. Whatever stands in the way is a line of `kind` "refusal" with a `sentence`.

const NO_ANSWER = "The server does not answer.";
const ENDED = "The connection ended before there was an answer: ask again.";
const LOGGED_OUT = "You are logged out, or may not ask any more: load the page again.";

// Rejects with AbortError where `signal` is given: then nobody works on it any longer.
export async function asked(url, question, { signal, told }) {
  try {
    const answer = await fetch(url, {
      method: "POST",
      headers: { "Content-Type": "application/json", "X-CSRFToken": csrfToken() },
      body: JSON.stringify(question),
      signal,
    });
    return answer.ok ? await lastLine(answer.body, told) : refusal(await whyNot(answer));
  } catch (error) {
    if (error.name === "AbortError") throw error;
    return refusal(NO_ANSWER);
  }
}

async function lastLine(body, told) {
  for await (const text of linesOf(body)) {
    const line = JSON.parse(text);
    if (line.kind !== "progress") return line;
    told(line);
  }
  return refusal(ENDED);
}

// The lines of a stream of bytes; what stands behind the last line break is none.
async function* linesOf(body) {
  const reader = body.pipeThrough(new TextDecoderStream()).getReader();
  let begun = "";
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return;
    const parts = (begun + value).split("\n");
    begun = parts.pop();
    yield* parts;
  }
}

async function whyNot(answer) {
  if ([401, 403].includes(answer.status)) return LOGGED_OUT;
  const { error } = await answer.json();
  const { errors } = error.details ?? {};
  return errors ? `It cannot be asked: ${errors.join("; ")}.` : `${error.message}.`;
}

const refusal = (sentence) => ({ kind: "refusal", sentence });

const csrfToken = () => document.querySelector("#account-menu [name=csrfmiddlewaretoken]").value;
