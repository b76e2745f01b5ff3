// The account's menu: Escape and a press outside close it. Without this its summary does.

const menu = document.querySelector("details.me");

document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape" || !menu.open) return;
  const within = menu.contains(document.activeElement);
  menu.open = false;
  if (within) menu.querySelector("summary").focus();
});

for (const kind of ["pointerdown", "focusin"]) {
  document.addEventListener(kind, (event) => {
    if (menu.open && !menu.contains(event.target)) menu.open = false;
  });
}
