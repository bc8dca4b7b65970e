// Elements of the page: how they are found, and one that several parts make.

export const byId = (id) => document.getElementById(id);

/** A name and its value, with a note if there is one. */
export function definition([name, value, note]) {
  const [box, term, data] = ["div", "dt", "dd"].map((tag) => document.createElement(tag));
  term.textContent = name;
  data.textContent = value;
  box.append(term, data);
  if (note) {
    const small = document.createElement("dd");
    small.className = "quiet";
    small.textContent = note;
    box.append(small);
  }
  return box;
}
