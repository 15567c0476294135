// The two forms that stand over the card: what is wrong with an answer, how a call ended.
const REASONS = ["faux", "incomplet", "trop long", "mauvaise fiche", "mauvais routage", "périmé", "autre"];
const OUTCOMES = [
  ["answered", "répondu"],
  ["routed", "transféré"],
  ["abandoned", "abandonné par l'appelant"],
  ["no_answer", "sans réponse trouvée"],
];

function panelsOf(root, send, back) {
  const report = root.querySelector("[data-panel=report]");
  const outcome = root.querySelector("[data-panel=outcome]");
  const reasons = report.querySelector(".poste-choix");
  const ends = outcome.querySelector(".poste-choix");
  const comment = report.querySelector("[name=comment]");

  reasons.replaceChildren(
    ...REASONS.map((reason, number) => {
      const label = document.createElement("label");
      const box = document.createElement("input");
      box.type = "checkbox";
      box.value = reason;
      const key = document.createElement("kbd");
      key.textContent = number + 1;
      label.append(box, key, " " + reason);
      return label;
    }),
  );
  report.onsubmit = (event) => {
    event.preventDefault();
    const chosen = [...reasons.querySelectorAll("input:checked")].map((box) => box.value);
    send({ kind: "report", reasons: chosen.length ? chosen : ["autre"], text: comment.value });
    close();
  };
  // In the comment Enter sends by itself; on a box it must send too.
  reasons.onkeydown = (event) => {
    if (event.key === "Enter") {
      event.preventDefault();
      report.requestSubmit();
    }
  };

  function close() {
    report.hidden = outcome.hidden = true;
    for (const box of reasons.querySelectorAll("input")) box.checked = false;
    comment.value = "";
    back();
  }

  return {
    close,
    open: () => (!report.hidden ? report : !outcome.hidden ? outcome : null),
    report() {
      close();
      report.hidden = false;
      reasons.querySelector("input").focus();
    },
    outcome(likely, target) {
      close();
      ends.replaceChildren(
        ...OUTCOMES.map(([name, text], number) => {
          const button = document.createElement("button");
          button.type = "button";
          button.className = name === likely ? "probable" : "";
          const key = document.createElement("kbd");
          key.textContent = number + 1;
          button.append(key, " " + text + (name === "routed" && target ? ` : ${target}` : ""));
          button.onclick = () => {
            send({ kind: "end", outcome: name });
            close();
          };
          return button;
        }),
      );
      outcome.hidden = false;
      ends.querySelector(".probable").focus();
    },
    // A digit in an open form; true when it was one of its choices.
    digit(number) {
      if (!report.hidden && document.activeElement !== comment) {
        const box = reasons.querySelectorAll("input")[number - 1];
        if (box) box.click();
        return Boolean(box);
      }
      if (!outcome.hidden) {
        const button = ends.querySelectorAll("button")[number - 1];
        if (button) button.click();
        return Boolean(button);
      }
      return false;
    },
  };
}
