// What narrows the list: labels, classes, tags, folders, and what counts in a search.

const MOST = 60; // values of one kind that are shown

export class Filters {
  constructor(box, changed) {
    this.box = box;
    this.changed = changed;
    this.clear();
  }

  clear() {
    Object.assign(this, { where: {}, tags: [], weights: {} });
  }

  close() {
    this.box.classList.remove("open");
  }

  // `about` is what the library tells of itself, `weighs` whether parts of the features can count more or less.
  show(about, weighs) {
    const scrolled = this.box.scrollTop;
    this.box.replaceChildren();
    const groups = [
      ["label", "Labels", about.labels],
      ["predicted", "Named by the classifier", about.predicted],
      ["tags", "Tags", about.tags],
      ["weak_label", "Folders and names", about.weak_labels],
      ["category", "Categories", about.categories],
      ["folder", "Places", about.folders.length > 1 ? about.folders : []],
    ];
    for (const [name, title, values] of groups) {
      if (values.length) this.group(name, title, values, name === "label" ? about.unlabelled : 0);
    }
    if (weighs && about.parts.length > 1) this.weighing(about.parts);
    if (!this.box.children.length) {
      const note = document.createElement("p");
      note.className = "note";
      note.textContent = "Tags, labels and classes appear here.";
      this.box.append(note);
    }
    this.box.scrollTop = scrolled;
  }

  group(name, title, values, without) {
    const chosen = name === "tags" ? this.tags : this.where[name] || [];
    this.box.append(heading(title, chosen.length, () => this.choose(name, [])));
    const choices = values.slice(0, MOST).map(([value, n]) => [value, value, n]);
    if (without) choices.push([null, "without a label", without]);
    for (const [value, text, n] of choices) {
      const isChosen = chosen.includes(value);
      this.box.append(choice(text, n, isChosen, () => {
        this.choose(name, isChosen ? chosen.filter((other) => other !== value) : [...chosen, value]);
      }));
    }
    if (values.length > MOST) {
      const note = document.createElement("p");
      note.className = "note";
      note.textContent = `and ${values.length - MOST} more; search finds them by their words`;
      this.box.append(note);
    }
  }

  choose(name, values) {
    if (name === "tags") this.tags = values;
    else if (values.length) this.where[name] = values;
    else delete this.where[name];
    this.close();
    this.changed();
  }

  weighing(parts) {
    const isSet = Object.values(this.weights).some((value) => value !== 1);
    this.box.append(heading("What counts", isSet, () => {
      this.weights = {};
      this.changed();
    }));
    for (const part of parts) this.box.append(this.slider(part));
  }

  slider(part) {
    const box = document.createElement("label");
    box.className = "weight";
    const value = this.weights[part] ?? 1;
    const [name, number, input] = ["span", "output", "input"].map((tag) => document.createElement(tag));
    name.textContent = part;
    number.textContent = value.toFixed(1);
    Object.assign(input, { type: "range", min: 0, max: 3, step: 0.1, value });
    input.addEventListener("input", () => {
      this.weights[part] = Number(input.value);
      number.textContent = Number(input.value).toFixed(1);
    });
    input.addEventListener("change", () => this.changed());
    box.append(name, number, input);
    return box;
  }
}

function heading(title, isSet, clear) {
  const element = document.createElement("h2");
  element.append(title);
  if (isSet) {
    const button = document.createElement("button");
    button.textContent = "clear";
    button.addEventListener("click", clear);
    element.append(button);
  }
  return element;
}

function choice(text, n, isChosen, act) {
  const button = document.createElement("button");
  button.className = "choice";
  button.setAttribute("aria-pressed", String(isChosen));
  const [name, count] = [document.createElement("span"), document.createElement("span")];
  name.textContent = text;
  name.title = text;
  count.textContent = n;
  button.append(name, count);
  button.addEventListener("click", act);
  return button;
}
