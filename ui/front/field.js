// The field: suggestions while typing, and Enter that answers what is typed.
const SHOWN = 7;

function suggested(typed) {
  const entries = window.souffleurSuggestions || [];
  const words = window.souffleurFold ? window.souffleurFold(typed).split(" ") : [];
  if (typed.trim().length < 2 || !words[0]) return [];
  const fits = [];
  for (const entry of entries) {
    if (words.every((word) => entry.folded.includes(" " + word))) {
      fits.push(entry);
      if (fits.length === SHOWN) break;
    }
  }
  return fits;
}

function fieldOf(root, send, typed) {
  const input = root.querySelector("#poste-question");
  const list = root.querySelector("#poste-suggestions");
  let entries = [];
  let chosen = -1;

  function show() {
    list.replaceChildren(
      ...entries.map((entry, number) => {
        const item = document.createElement("li");
        item.id = `poste-suggestion-${number}`;
        item.setAttribute("role", "option");
        item.setAttribute("aria-selected", String(number === chosen));
        item.textContent = entry.label;
        const kind = document.createElement("small");
        kind.textContent = entry.kind;
        item.append(" ", kind);
        item.onmousedown = (event) => {
          event.preventDefault();
          input.value = entry.label;
          ask();
        };
        return item;
      }),
    );
    list.hidden = !entries.length;
    input.setAttribute("aria-expanded", String(entries.length > 0));
    if (chosen >= 0) input.setAttribute("aria-activedescendant", `poste-suggestion-${chosen}`);
    else input.removeAttribute("aria-activedescendant");
  }

  function close() {
    entries = [];
    chosen = -1;
    show();
  }

  function ask() {
    const text = input.value;
    close();
    send({ kind: "ask", text });
  }

  input.oninput = () => {
    entries = suggested(input.value);
    chosen = -1;
    show();
    typed(input.value);
  };
  input.onblur = close;
  input.onkeydown = (event) => {
    if (event.isComposing) return;
    if ((event.key === "ArrowDown" || event.key === "ArrowUp") && entries.length) {
      event.preventDefault();
      const step = event.key === "ArrowDown" ? 1 : -1;
      chosen = ((chosen + 1 + step + entries.length + 1) % (entries.length + 1)) - 1;
      show();
    } else if (event.key === "Enter") {
      event.preventDefault();
      if (event.shiftKey) {
        const text = input.value;
        close();
        send({ kind: "search", text });
        return;
      }
      if (chosen >= 0) input.value = entries[chosen].label;
      ask();
    } else if (event.key === "Escape" && entries.length) {
      event.preventDefault();
      event.stopPropagation();
      close();
    }
  };
  return { input, close };
}
