const API = "http://127.0.0.1:8000/api/v1";
const headers = { Authorization: `Bearer ${process.env.CATALOG_KEY}`, "Content-Type": "application/json" };
const record = { name: "Example Notes", homepage: "https://notes.example.com", kind: "app" };
const sent = { method: "POST", headers, body: JSON.stringify({ record }) };

const checked = await fetch(`${API}/submissions/validate`, sent); // writes nothing
for (const problem of (await checked.json()).problems) console.log(problem.pointer, problem.detail);

const made = await fetch(`${API}/submissions`, sent); // a draft that only you see
console.log("draft at", made.headers.get("Location"));
