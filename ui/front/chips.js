// What the caller said, as chips: a click turns one into a field that corrects it.
function drawChips(box, chips, send) {
  box.replaceChildren(
    ...chips.map((chip) => {
      const button = document.createElement("button");
      button.type = "button";
      button.className = "poste-puce";
      button.textContent = chip.label ? `${chip.label} : ${chip.value}` : chip.value;
      button.title = chip.words ? `« ${chip.words} » — cliquer pour corriger` : "Cliquer pour corriger";
      button.setAttribute("aria-label", `Corriger : ${button.textContent}`);
      if (chip.id === "suite") {
        button.textContent += " ×";
        button.title = "Cliquer si la question n'a rien à voir avec la précédente";
        button.setAttribute("aria-label", `${chip.label} « ${chip.value} » : répondre sans en tenir compte`);
        button.onclick = () => send({ kind: "correct", chip: chip.id, text: "" });
        return button;
      }
      button.onclick = () => edit(button, chip, send);
      return button;
    }),
  );
}

function edit(button, chip, send) {
  const input = document.createElement("input");
  input.className = "poste-puce";
  input.value = chip.value;
  input.maxLength = 120;
  input.setAttribute("aria-label", `${chip.label || "Cas"} : corriger, vider pour retirer, Entrée pour valider`);
  input.onkeydown = (event) => {
    if (event.key === "Enter") {
      event.preventDefault();
      send({ kind: "correct", chip: chip.id, text: input.value });
    } else if (event.key === "Escape") {
      event.stopPropagation();
      input.replaceWith(button);
      button.focus();
    }
  };
  button.replaceWith(input);
  input.focus();
  input.select();
}
