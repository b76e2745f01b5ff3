const filters = new URLSearchParams({ pricing: "free-tier", has_api: "yes", limit: 3 });
const answer = await fetch(`http://127.0.0.1:8000/api/v1/tools?${filters}`);
const page = await answer.json();
if (!answer.ok) throw new Error(page.detail); // a problem says which parameter is wrong, and what it may be
console.log(page.count, "tools with a free tier and an API");
for (const tool of page.results) console.log(tool.name, tool.url);
