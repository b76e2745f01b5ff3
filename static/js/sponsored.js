// Sponsored cards: that half of one was in view for a second, and that its link was followed, is told to this site.
// Without a cookie, and without anything about who looked (docs/sponsored.md).

const SECOND = 1000;
const known = new WeakSet(); // strips that are watched
const cards = new Map(); // card that was not in view for a second yet -> how it is told
const waiting = new Map(); // card in view -> its timer

function tell({ url, name }, what) {
  const body = new URLSearchParams({ what, card: name });
  fetch(url, { method: "POST", body, credentials: "omit", keepalive: true }).catch(() => {});
}

function stop(card) {
  clearTimeout(waiting.get(card));
  waiting.delete(card);
}

function start(card) {
  if (waiting.has(card) || document.visibilityState !== "visible") return;
  waiting.set(card, setTimeout(() => {
    const told = cards.get(card);
    watcher.unobserve(card);
    stop(card);
    cards.delete(card);
    tell(told, "view");
  }, SECOND));
}

const watcher = new IntersectionObserver((entries) => {
  for (const { target, isIntersecting } of entries) {
    if (isIntersecting) start(target); else stop(target);
  }
}, { threshold: 0.5 });

function watch() {
  for (const card of cards.keys()) {
    if (card.isConnected) continue;
    watcher.unobserve(card);
    stop(card);
    cards.delete(card);
  }
  for (const strip of document.querySelectorAll("[data-seen]")) {
    if (known.has(strip)) continue;
    known.add(strip);
    const names = strip.dataset.cards.split(" ");
    strip.querySelectorAll(".card").forEach((card, number) => {
      const told = { url: strip.dataset.seen, name: names[number] };
      cards.set(card, told);
      watcher.observe(card);
      for (const kind of ["click", "auxclick"]) {
        card.addEventListener(kind, ({ target, button }) => {
          if (button <= 1 && target.closest(".card-nm")) tell(told, "click");
        });
      }
    });
  }
}

// a page that nobody sees, as another tab is in front of it, shows nothing
document.addEventListener("visibilitychange", () => {
  for (const card of cards.keys()) {
    stop(card);
    watcher.unobserve(card);
    if (document.visibilityState === "visible") watcher.observe(card);
  }
});

watch();
document.addEventListener("htmx:afterSettle", watch);
