// The desk: keys, clicks on the card, and what the server sends back.
const DESKS = new WeakMap();
const PATIENCE_MS = 20000;
// Where Streamlit remembers the colours that its own menu, which is hidden and in English, would set.
const THEME = `stActiveTheme-${location.pathname}-v2`;
const PERSONAL = /\d(?:[ .-]?\d){5}|@|arobase|appelle|nom est|\b(?:mme|mlle|mr|madame|monsieur|mademoiselle|m\.) *\p{L}{3}/iu;

export default function ({ parentElement, data, setTriggerValue }) {
  const root = parentElement.querySelector(".poste");
  let desk = DESKS.get(root);
  if (!desk) {
    desk = deskOf(root);
    DESKS.set(root, desk);
  }
  desk.trigger = setTriggerValue;
  desk.shows(data);
  return () => desk.leave();
}

function deskOf(root) {
  const desk = { data: {}, trigger: () => {} };
  const waiting = root.querySelector(".poste-attente");
  const notice = root.querySelector(".poste-avis");
  const read = root.querySelector(".poste-lu");
  const commune = root.querySelector("#poste-commune");
  const densities = root.querySelector("[data-act=density]");
  let sent = 0;
  let patience = 0;
  let seen = null;
  let asked = null;
  let searched = null;

  function send(event) {
    if (!waiting.hidden) return;
    sent += 1;
    if (event.kind === "ask") asked = event.text;
    if (event.kind === "search") searched = event.text;
    waiting.hidden = false;
    notice.hidden = true;
    document.documentElement.dataset.attente = "oui";
    clearTimeout(patience);
    patience = setTimeout(() => {
      waiting.hidden = true;
      notice.hidden = false;
      notice.textContent = "Le serveur ne répond pas : recharger la page, l'appel en cours sera retrouvé";
    }, PATIENCE_MS);
    desk.trigger("act", { ...event, n: sent });
  }

  // What looks personal is shown to the server while it is typed; it answers with a word of caution.
  let quiet = 0;
  function typed(text) {
    clearTimeout(quiet);
    if (!PERSONAL.test(text)) return;
    quiet = setTimeout(() => {
      if (waiting.hidden && field.input.value === text) desk.trigger("act", { kind: "typed", text, n: ++sent });
    }, 400);
  }

  const field = fieldOf(root, send, typed);
  const panels = panelsOf(root, send, () => field.input.focus());
  const clock = clockOf(root);

  function density(name) {
    document.documentElement.dataset.densite = name;
    densities.setAttribute("aria-pressed", String(name === "experte"));
    localStorage.setItem("souffleur-densite", name);
  }
  density(localStorage.getItem("souffleur-densite") || "guidee");

  const dark = () => getComputedStyle(root).colorScheme.includes("dark");
  root.querySelector("[data-act=theme]").setAttribute("aria-pressed", String(dark()));

  async function copy(text, what) {
    if (!text) return;
    try {
      await navigator.clipboard.writeText(text);
      read.textContent = `${what} : copié`;
    } catch {
      read.textContent = "Le navigateur refuse la copie : sélectionner le texte, puis Ctrl+C";
    }
    read.classList.add("visible");
    setTimeout(() => read.classList.remove("visible"), 2500);
  }

  const acts = {
    copy: () => copy(document.querySelector(".carte .phrase")?.innerText, "À dire"),
    "copy-note": () => copy(desk.data.note, "Transmission"),
    fiche: (button) => {
      const fiche = button?.dataset.fiche || desk.data.fiche;
      if (fiche) send({ kind: "fiche", text: fiche });
    },
    report: () => desk.data.turn && panels.report(),
    praise: () => desk.data.turn && send({ kind: "praise" }),
    call: () => (desk.data.started ? panels.outcome(desk.data.outcome, desk.data.target) : send({ kind: "start" })),
    history: () => send({ kind: "history" }),
    reopen: (button) => send({ kind: "reopen", text: button.dataset.call }),
    other: (button) => send({ kind: "ask", text: button.textContent }),
    choose: (button) => send({ kind: "choose", number: Number(button.dataset.number) }),
    density: () => density(document.documentElement.dataset.densite === "experte" ? "guidee" : "experte"),
    theme: () => {
      localStorage.setItem(THEME, JSON.stringify(dark() ? "Light" : "Dark"));
      location.reload(); // the address names the call, which is found again
    },
    close: () => {
      if (panels.open()) panels.close();
      else if (desk.data.panel) send({ kind: "close" });
      else field.input.focus();
    },
  };

  const KEYS = { F2: "call", F4: "copy", F8: "fiche", F9: "report", "Shift+F4": "copy-note", "Shift+F9": "praise" };

  function onKey(event) {
    if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
    const act = KEYS[(event.shiftKey ? "Shift+" : "") + event.key];
    if (act) {
      event.preventDefault();
      event.stopPropagation();
      acts[act]();
      return;
    }
    if (event.key === "Escape") {
      acts.close();
      return;
    }
    const number = /^[1-9]$/.test(event.key) ? Number(event.key) : 0;
    if (!number) return;
    if (panels.open()) {
      if (panels.digit(number)) event.preventDefault();
      return;
    }
    const at = event.target;
    const writing = at.matches?.("input, textarea, [contenteditable]") && !(at === field.input && !at.value);
    const option = document.querySelector(`.carte [data-act=choose][data-number="${number}"]:enabled`);
    if (!writing && option) {
      event.preventDefault();
      acts.choose(option);
    }
  }

  function onClick(event) {
    const button = event.target.closest?.("[data-act]");
    if (button && acts[button.dataset.act]) acts[button.dataset.act](button);
  }

  document.addEventListener("keydown", onKey);
  document.addEventListener("click", onClick);
  commune.onkeydown = (event) => {
    if (event.key === "Enter") send({ kind: "commune", text: commune.value });
  };
  commune.onchange = () => {
    if (commune.value !== (desk.data.commune || "")) send({ kind: "commune", text: commune.value });
  };

  desk.shows = (data) => {
    if (data.version === seen) return;
    const first = seen === null;
    const turned = first || data.answers !== desk.data.answers;
    seen = data.version;
    desk.data = data;
    clearTimeout(patience);
    waiting.hidden = true;
    delete document.documentElement.dataset.attente;
    // What was typed since is the next question.
    if (turned && field.input.value === asked) field.input.value = "";
    commune.value = data.commune || "";
    clock.start(data.started);
    drawChips(root.querySelector(".poste-puces"), data.chips, send);
    notice.hidden = !data.notice;
    notice.textContent = data.notice || "";
    if (turned && data.say) read.textContent = data.say;
    root.querySelector(".poste-appel").textContent = data.started ? "Fin d'appel" : "Début d'appel";
    root.querySelector(".poste-f2").textContent = data.started ? "fin d'appel" : "début d'appel";
    const corpus = root.querySelector(".poste-corpus");
    corpus.textContent = data.corpus;
    corpus.classList.toggle("ancien", data.old);
    for (const [act, on] of [["copy", data.say], ["fiche", data.fiche], ["report", data.turn], ["praise", data.turn]])
      root.querySelector(`.poste-touches [data-act=${act}]`).disabled = !on;
    if (!panels.open()) field.input.focus({ preventScroll: true });
    // A word that was searched stays to be mended; the next question typed takes its place.
    if (searched && field.input.value === searched) field.input.select();
    if (turned) window.dispatchEvent(new CustomEvent("souffleur-carte", { detail: data.version }));
  };
  desk.leave = () => {
    document.removeEventListener("keydown", onKey);
    document.removeEventListener("click", onClick);
    clearTimeout(patience);
    clock.stop();
    DESKS.delete(root);
  };
  return desk;
}
