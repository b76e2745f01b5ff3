let address = "http://127.0.0.1:8000/api/v1/tools?" + new URLSearchParams({ q: "speech to text", limit: 50 });
while (address) {
  const answer = await fetch(address);
  const page = await answer.json();
  for (const tool of page.results) console.log(tool.slug, "-", tool.tagline);
  address = page.next; // follow this as it is; null on the last page
}
