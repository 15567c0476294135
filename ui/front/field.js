// The field: suggestions while typing, and Enter that answers what is typed.
const SHOWN = 7;
const OFTEN = "souvent demandé", FORESEEN = "question";
const MOST_OFTEN = 3, LEAST_FORESEEN = 2;

// What begins with the words typed: first what is asked often, then titles, then foreseen questions.
function suggested(typed) {
  const entries = window.souffleurSuggestions || [];
  const words = window.souffleurFold ? window.souffleurFold(typed).split(" ") : [];
  if (typed.trim().length < 2 || !words[0]) return [];
  const often = [], titles = [], foreseen = [];
  for (const entry of entries) {
    const group = entry.kind === OFTEN ? often : entry.kind === FORESEEN ? foreseen : titles;
    const most = group === often ? MOST_OFTEN : SHOWN;
    if (often.some((other) => other.folded === entry.folded)) continue;
    if (group.length < most && words.every((word) => entry.folded.includes(" " + word))) {
      group.push(entry);
      if (foreseen.length === SHOWN) break;
    }
  }
  const room = SHOWN - often.length - Math.min(LEAST_FORESEEN, foreseen.length);
  return [...often, ...titles.slice(0, room), ...foreseen].slice(0, SHOWN);
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
