/** What the gallery page does besides: sources, boot progress, theme. The elements need none of it. */

const TOKENS =
  /(#[^\n]*)|("""[\s\S]*?"""|'''[\s\S]*?'''|f?"(?:\\.|[^"\\\n])*"|f?'(?:\\.|[^'\\\n])*')|\b(and|as|async|await|class|def|else|for|from|if|import|in|is|lambda|None|not|or|return|True|False|raise|with)\b/g;

/** Show Python with a little color. @param {HTMLElement} target @param {string} text */
function highlight(target, text) {
  let at = 0;
  for (const match of text.matchAll(TOKENS)) {
    target.append(text.slice(at, match.index));
    const part = document.createElement("span");
    part.className = match[1] ? "comment" : match[2] ? "string" : "keyword";
    part.textContent = match[0];
    target.append(part);
    at = match.index + match[0].length;
  }
  target.append(text.slice(at));
}

for (const target of document.querySelectorAll("[data-source]")) {
  if (!(target instanceof HTMLElement)) continue;
  if (target.closest("section")?.classList.contains("wide") !== true) target.closest("details")?.setAttribute("open", "");
  const source = target.dataset.source ?? "";
  const response = await fetch(`/components/${source.endsWith(".py") ? source : `${source}/__init__.py`}`);
  highlight(target, response.ok ? await response.text() : `The source could not be read (${response.status}).`);
}

for (const target of document.querySelectorAll("[data-text]")) {
  if (!(target instanceof HTMLElement)) continue;
  const response = await fetch(`/components/${target.dataset.text}/index.md`);
  if (response.ok) target.textContent = (await response.text()).replaceAll("\n", " ").replaceAll(/[*`]/g, "");
}

const boot = document.querySelector("#boot");
const progress = document.querySelector("#progress");
document.addEventListener("actorweb:progress", (event) => {
  const { phase, loaded, total } = /** @type {CustomEvent<{phase: string, loaded: number, total: number}>} */ (event).detail;
  if (phase !== "runtime" || !(progress instanceof HTMLProgressElement) || boot === null) return;
  progress.max = total;
  progress.value = loaded;
  boot.textContent = `Python is starting: ${(loaded / 1e6).toFixed(1)} of ${(total / 1e6).toFixed(1)} MB`;
});
document.addEventListener("actorweb:ready", () => {
  if (boot !== null) boot.textContent = "Python is ready.";
  progress?.remove();
});
document.addEventListener("actorweb:failed", (event) => {
  if (boot !== null) boot.textContent = `Failed: ${/** @type {CustomEvent<{code: string}>} */ (event).detail.code}`;
  progress?.remove();
});
document.addEventListener("actorweb:unsaved", (event) => {
  const words = document.querySelector("#unsaved");
  if (words === null || !(event.target instanceof HTMLElement)) return;
  const line = document.createElement("div");
  line.textContent = `<${event.target.localName}> is not saved in this tab. ${/** @type {CustomEvent<{text: string}>} */ (event).detail.text.split("\n")[0]}.`;
  words.append(line);
  words.removeAttribute("hidden");
});
document.querySelector("#counter")?.addEventListener("changed", (event) => {
  const words = document.querySelector("#last-change");
  if (words !== null) words.textContent = `CustomEvent “changed”: ${JSON.stringify(/** @type {CustomEvent} */ (event).detail)}`;
});
document.querySelector("#player")?.addEventListener("piece-began", (event) => {
  const words = document.querySelector("#last-piece");
  if (words !== null) words.textContent = `CustomEvent “piece-began”: ${JSON.stringify(/** @type {CustomEvent} */ (event).detail)}`;
});

const theme = document.querySelector("#theme");
theme?.addEventListener("click", () => {
  const dark = matchMedia("(prefers-color-scheme: dark)").matches;
  const other = theme.getAttribute("aria-pressed") !== "true";
  theme.setAttribute("aria-pressed", String(other));
  document.documentElement.dataset.theme = dark === other ? "light" : "dark";
});
