// What the field suggests, kept in the page: sent once, filtered without a call to the server.
export default function ({ data }) {
  const fold = (text) => text.normalize("NFD").replace(/\p{M}/gu, "").toLowerCase().replace(/[^a-z0-9]+/g, " ").trim();
  window.souffleurFold = fold;
  window.souffleurSuggestions = data.map(([label, kind]) => ({ label, kind, folded: " " + fold(label) }));
}
