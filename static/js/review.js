// The pages of reviewers by keyboard. Nothing here is needed to review: it only presses what is on the page.

const rows = [...document.querySelectorAll("[data-row]")];
const form = document.querySelector("form[data-decide]");
const keys = document.getElementById("keys");

const isOff = () => {
  try { return JSON.parse(localStorage.getItem("keys-off")) === true; } catch { return false; }
};
const isTyping = (target) => target.closest?.("textarea, select, [contenteditable], input:not([type=checkbox], [type=radio])");

/** Focus the link of the next row, or of the one before. */
function walk(step) {
  const here = rows.findIndex((row) => row.contains(document.activeElement));
  const wanted = here < 0 ? (step > 0 ? 0 : rows.length - 1) : Math.min(Math.max(here + step, 0), rows.length - 1);
  rows[wanted]?.querySelector("a").focus();
}

// Digits within a short while are one number: 1 and 2 are rule 12.
let digits = "", since = 0;
function rule(digit, now) {
  digits = now - since < 700 ? digits + digit : digit;
  since = now;
  const found = form?.querySelector(`[data-rule="${Number(digits)}"]`) ?? form?.querySelector(`[data-rule="${digit}"]`);
  if (!found) return false;
  found.checked = true;
  found.scrollIntoView({ block: "nearest" });
  found.focus({ preventScroll: true });
  return true;
}

function choose(key) {
  const found = form?.querySelector(`[data-key="${key}"]`);
  if (!found) return false;
  found.checked = true;
  (["approve", "yes"].includes(found.value) ? found : form.querySelector("textarea")).focus();  // these need no words
  return true;
}

function press(event) {
  const { key } = event;
  if (rows.length && (key === "j" || key === "k")) return walk(key === "j" ? 1 : -1), true;
  if (rows.length && key === "a") {
    const row = rows.find((one) => one.contains(document.activeElement));
    const button = row?.querySelector("[data-take]");
    button?.click();
    return Boolean(button);
  }
  if (/^[0-9]$/.test(key)) return rule(key, event.timeStamp);
  if (key === "q" && form) return location.assign("/review/"), true;
  return key.length === 1 && choose(key.toLowerCase());
}

document.addEventListener("keydown", (event) => {
  if (keys.open || isOff()) return;
  if (event.key === "Enter" && (event.ctrlKey || event.metaKey) && form?.contains(event.target)) {
    event.preventDefault();
    form.requestSubmit();
    return;
  }
  if (event.ctrlKey || event.metaKey || event.altKey || isTyping(event.target)) return;
  if (press(event)) event.preventDefault();
});

// A phrase goes into the sentence at once, where it can be changed; without script the server puts it there.
const phrases = document.querySelector("[data-phrases]");
phrases?.addEventListener("change", () => {
  const text = phrases.selectedOptions[0].text;
  if (!phrases.value) return;
  const sentence = document.getElementById("sentence");
  if (!sentence.value.includes(text)) sentence.value = `${text} ${sentence.value}`.trim();
  phrases.value = "";
  sentence.focus();
});

// After taking or releasing, the queue goes on at the row where the button was (once the browser has gone there itself).
const last = rows.find((row) => row.id && `#${row.id}` === location.hash);
if (last) addEventListener("load", () => setTimeout(() => last.querySelector("a").focus(), 50));

// After a page that came back with something wrong, that is what is looked at first.
document.querySelector("[role=alert]")?.scrollIntoView({ block: "center" });
