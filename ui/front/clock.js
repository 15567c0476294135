// The call's clock: it turns amber at two minutes and red at three, without the server.
function clockOf(root) {
  const face = root.querySelector(".poste-horloge");
  const shown = face.querySelector("span");
  let started = null;
  function tick() {
    const seconds = started === null ? 0 : Math.max(0, Math.floor((Date.now() - started) / 1000));
    shown.textContent = `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`;
    face.dataset.tone = seconds >= 180 ? "trois" : seconds >= 120 ? "deux" : "";
  }
  const timer = setInterval(tick, 500);
  return {
    start(at) {
      started = at;
      tick();
    },
    stop: () => clearInterval(timer),
  };
}
