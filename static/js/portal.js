// The steps of a draft: counts what is typed. Saving is htmx's, and a button without it.

for (const field of document.querySelectorAll("[data-count], [data-words]")) {
  const told = document.getElementById(`${field.id}-n`);
  if (!told) continue;
  const inWords = field.dataset.words !== undefined;
  const most = Number(inWords ? field.dataset.words : field.dataset.count);
  const least = inWords ? 35 : 20;
  const tell = () => {
    const text = field.value.trim();
    const number = inWords ? text.split(/\s+/).filter(Boolean).length : [...text].length;
    told.textContent = `${number} of ${least} to ${most} ${inWords ? "words" : "characters"}`;
    told.classList.toggle("over", number > most);
  };
  field.addEventListener("input", tell);
  tell();
}
