// The words in place of a list without sounds.

const WORDS = {
  none: ["No sounds yet", "Add a folder, and reload this page.", "skaudio library add FOLDER"],
  labelled: ["All sounds are labelled", "There is nothing left to listen to.", ""],
  nothing: ["Nothing is found", "Other words, fewer filters, or a sound to search by may help.", ""],
};

// `why` is a key of WORDS; null where there are sounds.
export function tellEmpty(place, why) {
  place.hidden = why === null;
  if (why === null) return;
  const [title, text, code] = WORDS[why];
  const element = (name, content) => Object.assign(document.createElement(name), { textContent: content });
  place.replaceChildren(element("b", title), element("span", text));
  if (code) place.append(document.createElement("br"), element("code", code));
}
