// Completion for the search field. Without this script the form works as it is.
const field = document.querySelector("input[data-suggest]");

if (field) {
  const list = document.createElement("ul");
  list.className = "suggestions";
  list.id = "suggestions";
  list.setAttribute("role", "listbox");
  list.setAttribute("aria-label", field.dataset.label);
  list.hidden = true;
  field.after(list);
  for (const [name, value] of Object.entries({
    role: "combobox", autocomplete: "off", "aria-autocomplete": "list", "aria-controls": list.id, "aria-expanded": "false",
  })) field.setAttribute(name, value);

  let asked = 0;
  let chosen = -1;

  const show = (texts) => {
    list.replaceChildren(...texts.map((text, place) => {
      const item = document.createElement("li");
      item.id = `suggestion-${place}`;
      item.setAttribute("role", "option");
      item.textContent = text;
      item.addEventListener("mousedown", () => take(text));
      return item;
    }));
    chosen = -1;
    list.hidden = texts.length === 0;
    field.setAttribute("aria-expanded", String(!list.hidden));
    field.removeAttribute("aria-activedescendant");
  };

  const take = (text) => {
    field.value = text;
    show([]);
    field.form.requestSubmit();
  };

  const move = (step) => {
    const items = [...list.children];
    if (!items.length) return;
    chosen = (chosen + step + items.length) % items.length;
    items.forEach((item, place) => item.setAttribute("aria-selected", String(place === chosen)));
    field.setAttribute("aria-activedescendant", items[chosen].id);
  };

  field.addEventListener("input", async () => {
    const mine = ++asked;
    const text = field.value.trim();
    if (!text) return show([]);
    await new Promise((done) => setTimeout(done, 120));
    if (mine !== asked) return;
    const answer = await fetch(`${field.dataset.suggest}?q=${encodeURIComponent(text)}`, { headers: { accept: "application/json" } });
    if (answer.ok && mine === asked) show((await answer.json()).suggestions.map((each) => each.text));
  });

  field.addEventListener("keydown", (event) => {
    if (event.isComposing) return; // an input method is still at work
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      move(event.key === "ArrowDown" ? 1 : -1);
      event.preventDefault();
    } else if (event.key === "Enter" && chosen >= 0) {
      take(list.children[chosen].textContent);
      event.preventDefault();
    } else if (event.key === "Escape") {
      show([]);
    }
  });
  field.addEventListener("blur", () => show([]));
}
