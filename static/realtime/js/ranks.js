// Which market of a symbol its bare name means first. metrics/domain/admission/rules.py ranks them the same way.

const primary = document.getElementById("main").dataset.primaryMarkets.split(",");

// Is the one followed again once it has been live for a while, where the other is followed?
export const comesBefore = (one, other) => rank(one) < rank(other);

function rank({ venue, form }) {
  const place = primary.indexOf(`${venue}/${form}`);
  return place < 0 ? primary.length : place;
}
