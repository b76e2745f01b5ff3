// A list page: htmx swaps #browse out of the whole next page; this keeps what the reader had in hand.

const live = document.getElementById("live");
let before = null;
function dressed() {
  const button = document.querySelector("#filters [data-show]");
  button.textContent = button.dataset.show;
}

document.addEventListener("htmx:configRequest", ({ detail }) => {
  for (const [name, value] of [...detail.formData.entries()]) if (value === "") detail.formData.delete(name);
});

document.addEventListener("htmx:beforeRequest", ({ detail }) => {
  if (detail.requestConfig.triggeringEvent?.type === "submit") document.getElementById("filters").hidePopover();
});

document.addEventListener("htmx:beforeSwap", () => {
  const rail = document.getElementById("filters");
  before = {
    drawer: rail.matches(":popover-open"),
    scrolled: rail.scrollTop,
    folds: [...rail.querySelectorAll("details[id][open]")].map((fold) => fold.id),
    focus: document.activeElement?.id,
  };
});

document.addEventListener("htmx:afterSwap", () => {
  const rail = document.getElementById("filters");
  if (!before || !rail) return;
  for (const id of before.folds) document.getElementById(id)?.setAttribute("open", "");
  if (before.drawer) {
    rail.showPopover();
    rail.scrollTop = before.scrolled;
  }
  dressed();
  const said = document.getElementById("said");
  const field = before.focus && document.getElementById(before.focus);
  if (field && !field.disabled) field.focus({ preventScroll: true });
  else said.focus({ preventScroll: true });
  live.textContent = said.textContent.trim();
});

document.addEventListener("htmx:responseError", ({ detail }) => {
  location.assign(detail.pathInfo.finalRequestPath); // the page itself says what is wrong
});
document.addEventListener("htmx:sendError", () => {
  live.className = "live";
  live.textContent = "The site did not answer, so the list is as it was. Check the connection and choose again.";
});
dressed();
document.addEventListener("DOMContentLoaded", () => { // a box that was ticked before htmx had come is not lost
  const boxes = [...document.querySelectorAll("#filters [type=checkbox]")];
  if (boxes.some((box) => box.checked !== box.defaultChecked)) document.getElementById("filters").requestSubmit();
});
