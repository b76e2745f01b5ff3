// Search fields with suggestions: an ARIA combobox with a listbox. Without it the field is a plain search field.

const WAIT = 150; // ms after the last key
const known = new WeakMap();
let serial = 0;
function set(element, attributes) {
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
}

function made(tag, text, attributes = {}) {
  const element = document.createElement(tag);
  element.textContent = text;
  set(element, attributes);
  return element;
}

class Suggest {
  constructor(input) {
    this.input = input;
    const id = `suggest-${++serial}`;
    this.list = made("ul", "", { class: "pop", id, hidden: "", role: "listbox", "aria-label": "Suggested tools" });
    input.after(this.list);
    set(input, { role: "combobox", "aria-autocomplete": "list", "aria-expanded": "false", "aria-controls": id });
    input.addEventListener("keydown", (event) => this.key(event));
    input.addEventListener("blur", () => this.close());
    this.list.addEventListener("pointerdown", (event) => event.preventDefault()); // keep the focus
    this.list.addEventListener("click", (event) => {
      const option = event.target.closest("[role=option]");
      if (option) this.choose(option);
    });
  }

  typed() {
    clearTimeout(this.timer);
    this.asked?.abort();
    const text = this.input.value.trim();
    if (text.length < 2) this.close();
    else this.timer = setTimeout(() => this.ask(text), WAIT);
  }

  async ask(text) {
    this.asked = new AbortController();
    try {
      const url = `${this.input.dataset.suggest}?q=${encodeURIComponent(text)}`;
      const answer = await fetch(url, { signal: this.asked.signal });
      if (answer.ok && document.activeElement === this.input) this.show((await answer.json()).tools);
    } catch (error) {
      if (error.name !== "AbortError") this.close();
    }
  }

  show(tools) {
    if (!tools.length) {
      this.close();
      return;
    }
    this.list.replaceChildren(...tools.slice(0, 8).map((tool, i) => {
      const option = made("li", "", { id: `${this.list.id}-${i}`, role: "option", "aria-selected": "false" });
      Object.assign(option.dataset, { url: tool.url, slug: tool.slug });
      option.append(made("b", tool.name), made("small", tool.tagline));
      return option;
    }));
    this.at = -1;
    this.list.hidden = false;
    this.input.setAttribute("aria-expanded", "true");
    this.input.removeAttribute("aria-activedescendant");
  }

  close() {
    clearTimeout(this.timer);
    this.asked?.abort();
    this.list.hidden = true;
    this.at = -1;
    this.input.setAttribute("aria-expanded", "false");
    this.input.removeAttribute("aria-activedescendant");
  }

  move(step) {
    const options = [...this.list.children];
    const places = options.length + 1; // the field itself (-1) is one of them
    this.at = ((this.at + 1 + step + places) % places) - 1;
    options.forEach((option, i) => option.setAttribute("aria-selected", String(i === this.at)));
    const now = options[this.at];
    if (!now) {
      this.input.removeAttribute("aria-activedescendant");
      return;
    }
    this.input.setAttribute("aria-activedescendant", now.id);
    now.scrollIntoView({ block: "nearest" });
  }

  key(event) {
    if (this.list.hidden && event.key === "ArrowDown") this.typed();
    else if (this.list.hidden) return;
    else if (event.key === "ArrowDown") this.move(1);
    else if (event.key === "ArrowUp") this.move(-1);
    else if (event.key === "Escape") this.close();
    else if (event.key === "Enter" && this.at >= 0) this.choose(this.list.children[this.at]);
    else return;
    event.preventDefault();
  }

  choose(option) {
    this.close();
    if ("suggestFill" in this.input.dataset) {
      this.input.value = option.dataset.slug;
      this.input.form.requestSubmit();
    } else location.assign(option.dataset.url);
  }
}

for (const kind of ["focusin", "input"]) {
  document.addEventListener(kind, (event) => {
    const input = event.target.closest?.("[data-suggest]");
    if (!input) return;
    if (!known.has(input)) known.set(input, new Suggest(input));
    if (kind === "input") known.get(input).typed();
  });
}
