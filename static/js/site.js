// Every page: keys, copy buttons, the tools kept for comparison. Nothing here is needed to use the site.

const live = document.getElementById("live");
let hush;

/** Say something to everybody: read out by screen readers, shown at the foot for a while. */
function say(words) {
  live.className = "live";
  live.textContent = words;
  clearTimeout(hush);
  hush = setTimeout(() => { live.className = "vh"; }, 5000);
}

function remembered(key, otherwise) {
  try { return JSON.parse(localStorage.getItem(key)) ?? otherwise; } catch { return otherwise; }
}

function remember(key, value) {
  try { localStorage.setItem(key, JSON.stringify(value)); } catch { /* storage is off: this page only */ }
}

// -- keys: "/" goes to the search field, "?" shows them all ---------------------------------------------------
const keys = document.getElementById("keys");
const off = keys.querySelector("[data-keys-off]");
off.checked = remembered("keys-off", false);
off.addEventListener("change", () => remember("keys-off", off.checked));
const opener = document.querySelector("[data-keys-open]");
opener.classList.remove("waits");
opener.addEventListener("click", () => keys.showModal());

document.addEventListener("keydown", (event) => {
  if (off.checked || event.ctrlKey || event.metaKey || event.altKey || keys.open) return;
  if (event.target.closest("textarea, select, [contenteditable], input:not([type=checkbox], [type=radio])")) return;
  if (event.key === "?") {
    keys.showModal();
  } else if (event.key === "/") {
    const field = [...document.querySelectorAll("[data-search]")].find((one) => one.checkVisibility());
    if (field) { field.focus(); field.select(); } else document.querySelector("a.mast-find")?.click();
  } else return;
  event.preventDefault();
});

// -- addresses stay short: an empty field is not sent ----------------------------------------------------------
document.addEventListener("submit", ({ target }) => {
  if (target.method === "post") return;
  const empty = [...target.elements].filter((field) => field.name && field.value === "" && !field.disabled);
  for (const field of empty) field.disabled = true;
  setTimeout(() => { for (const field of empty) field.disabled = false; });
});

// -- save: the same form, without leaving the page --------------------------------------------------------------
function showSaved(slug, saved) {
  for (const button of document.querySelectorAll(`[data-save][value="${CSS.escape(slug)}"]`)) {
    button.name = saved ? "remove" : "save";
    const words = button.querySelector("span"); // without words it is a picture, pressed or not
    if (words) {
      words.textContent = saved ? "Saved" : "Save";
      button.classList.toggle("btn-on", saved);
      if (saved) button.setAttribute("aria-label", button.dataset.saved); else button.removeAttribute("aria-label");
    } else button.setAttribute("aria-pressed", String(saved));
    const use = button.querySelector("use");
    use.setAttribute("href", use.getAttribute("href").replace(/#.*/, saved ? "#saved" : "#save"));
  }
}

function sendAsUsual(form, button) {
  const field = document.createElement("input");
  Object.assign(field, { type: "hidden", name: button.name, value: button.value });
  form.append(field);
  form.submit();
}

document.addEventListener("submit", async (event) => {
  const { target: form, submitter: button } = event;
  if (form.id !== "keep" || !button?.matches("[data-save]")) return;
  event.preventDefault();
  const body = new FormData(form, button);
  try {
    const answer = await fetch(form.action, { method: "POST", body, headers: { Accept: "application/json" } });
    if (!answer.headers.get("Content-Type")?.startsWith("application/json")) throw new Error("signed out, or limited");
    const told = await answer.json();
    if (!answer.ok) { say(told.message); return; }
    showSaved(button.value, told.saved);
    say(told.saved ? "Saved. Your saved tools are under Account." : "Taken out of your saved tools.");
  } catch { // the page that comes then says what is wrong
    sendAsUsual(form, button);
  }
});

// -- copy -----------------------------------------------------------------------------------------------------
for (const button of document.querySelectorAll("[data-copy]")) {
  const source = document.getElementById(button.dataset.copy);
  const label = button.querySelector("span");
  const usual = label.textContent;
  button.hidden = false;
  button.addEventListener("click", async () => {
    try {
      await navigator.clipboard.writeText(source.textContent);
    } catch { // no secure connection, or not allowed
      getSelection().selectAllChildren(source);
      say("Selected, not copied: this browser does not allow it here. Press Ctrl+C or ⌘C.");
      return;
    }
    label.textContent = live.textContent = "Copied";
    setTimeout(() => { label.textContent = usual; }, 2000);
  });
}

// -- visit: a click on the link to a tool's site is counted, without a cookie and without anything about who clicked ----
for (const kind of ["click", "auxclick"]) {
  document.addEventListener(kind, ({ target, button }) => {
    const link = target.closest("[data-visit]");
    if (!link || button > 1) return; // left, middle and the keyboard open it, the right button does not
    fetch(link.dataset.visit, { method: "POST", credentials: "omit", keepalive: true }).catch(() => {});
  });
}

// -- comparison: slugs in localStorage, at most five ----------------------------------------------------------
const MOST = 5;
const trayLink = document.querySelector("[data-tray] a");
const comparePage = trayLink.pathname;
const count = trayLink.appendChild(document.createElement("span"));
count.className = "tn";

function tray() {
  const kept = remembered("compare", []);
  return Array.isArray(kept) ? kept.filter((slug) => /^[a-z0-9_-]+$/i.test(slug)).slice(0, MOST) : [];
}

function showTray() {
  const kept = tray();
  trayLink.href = kept.length ? `${comparePage}?tools=${kept.join(",")}` : comparePage;
  count.textContent = kept.length ? `\u00a0(${kept.length})` : "";
  for (const link of document.querySelectorAll("[data-compare]")) {
    link.setAttribute("role", "button");
    link.setAttribute("aria-pressed", String(kept.includes(link.dataset.compare)));
  }
}

function toggle(slug) {
  const kept = tray();
  const out = kept.includes(slug);
  if (!out && kept.length === MOST) {
    say(`${MOST} tools are kept for comparison already. Open Compare and remove one first.`);
    return;
  }
  remember("compare", out ? kept.filter((one) => one !== slug) : [...kept, slug]);
  say(out ? "Taken out of the comparison." : `Kept for comparison: ${kept.length + 1} of ${MOST}. Compare is at the top.`);
  showTray();
}

document.addEventListener("click", (event) => {
  const link = event.target.closest("[data-compare]");
  if (link && !event.ctrlKey && !event.metaKey && !event.shiftKey) {
    event.preventDefault();
    toggle(link.dataset.compare);
  }
  const gone = event.target.closest("[data-compare-remove]");
  if (gone) remember("compare", tray().filter((slug) => slug !== gone.dataset.compareRemove));
});
document.addEventListener("keydown", (event) => {
  if (event.key !== " " || !event.target.matches("[data-compare]")) return;
  event.preventDefault(); // a link that is a button is pressed by the space bar as well
  event.target.click();
});

// On the comparison itself the page says what is kept, unless it is somebody else's selection.
const compared = document.querySelector("[data-compared]")?.dataset.compared.split(",");
if (compared) {
  const kept = tray();
  if (!kept.length || kept.some((slug) => compared.includes(slug))) remember("compare", compared);
}
showTray();
for (const kind of ["storage", "pageshow"]) addEventListener(kind, showTray);
document.addEventListener("htmx:afterSettle", showTray);
