// Programs in several languages: one shown at a time, the same everywhere on the page. Without script all are shown.

const groups = [...document.querySelectorAll("[data-languages]")];

function choose(language) {
  for (const group of groups) {
    for (const tab of group.querySelectorAll("[role=tab]")) {
      const chosen = tab.dataset.of === language;
      tab.setAttribute("aria-selected", String(chosen));
      tab.tabIndex = chosen ? 0 : -1;
    }
    for (const panel of group.querySelectorAll("[data-language]")) panel.hidden = panel.dataset.language !== language;
  }
  try { localStorage.setItem("language", language); } catch { /* storage is off: this page only */ }
}

function step(event) {
  const way = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
  if (!way) return;
  const tabs = [...event.currentTarget.querySelectorAll("[role=tab]")];
  const next = tabs.at((tabs.indexOf(event.target) + way) % tabs.length);
  choose(next.dataset.of);
  next.focus();
  event.preventDefault();
}

groups.forEach((group, number) => {
  const tabs = document.createElement("div");
  tabs.className = "tabs";
  tabs.setAttribute("role", "tablist");
  tabs.setAttribute("aria-label", "Language");
  for (const panel of group.querySelectorAll("[data-language]")) {
    const { language } = panel.dataset;
    const tab = document.createElement("button");
    tab.type = "button";
    tab.textContent = language;
    tab.dataset.of = language;
    tab.id = `tab-${number}-${language}`;
    panel.id = `panel-${number}-${language}`;
    tab.setAttribute("role", "tab");
    tab.setAttribute("aria-controls", panel.id);
    tab.addEventListener("click", () => choose(language));
    panel.setAttribute("role", "tabpanel");
    panel.setAttribute("aria-labelledby", tab.id);
    tabs.append(tab);
  }
  tabs.addEventListener("keydown", step);
  group.prepend(tabs);
});

let last = "curl";
try { last = localStorage.getItem("language") ?? last; } catch { /* storage is off */ }
const known = groups[0]?.querySelector(`[data-of="${CSS.escape(last)}"]`);
choose(known ? last : "curl");
