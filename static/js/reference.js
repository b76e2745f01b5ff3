// The form of an operation: sends it from here and shows the answer. A key stays in its field; no cookie is sent.

const form = document.querySelector("form[data-path]");
const part = (name) => document.querySelector(`[data-got${name}]`);
const HEADERS = ["content-type", "etag", "link", "location", "ratelimit", "ratelimit-policy", "retry-after",
  "cache-control", "last-modified", "www-authenticate"];
const LONGEST = 200_000; // characters of an answer that a page shows

/** The address that the fields ask for; what is left empty is left out. */
function address() {
  let path = form.dataset.path;
  const query = new URLSearchParams();
  for (const field of form.querySelectorAll("[data-in]")) {
    const values = field.multiple ? [...field.selectedOptions].map((one) => one.value) : [field.value.trim()];
    for (const value of values.filter(Boolean)) {
      if (field.dataset.in === "path") path = path.replace(`{${field.name}}`, encodeURIComponent(value));
      else if (field.dataset.in === "query") query.append(field.name, value);
    }
  }
  return path + (query.size ? `?${query}` : "");
}

function headers() {
  const found = {};
  const key = form.querySelector("[data-key]").value.trim();
  if (key) found.Authorization = `Bearer ${key}`;
  if (form.querySelector("[data-body]")) found["Content-Type"] = "application/json";
  for (const field of form.querySelectorAll("[data-in=header]")) if (field.value) found[field.name] = field.value;
  return found;
}

function command(path, sent) {
  const { method } = form.dataset;
  const lines = [`curl -s${method === "GET" ? "" : `X ${method}`} '${location.origin}${path.replaceAll("'", "%27")}'`];
  for (const [name, value] of Object.entries(sent)) {
    lines.push(name === "Authorization" ? `-H "Authorization: Bearer $CATALOG_KEY"` : `-H '${name}: ${value.replaceAll("'", "")}'`);
  }
  if (form.querySelector("[data-body]")) lines.push("-d @body.json");
  return lines.join(" \\\n  ");
}

function readable(text) {
  try { return JSON.stringify(JSON.parse(text), null, 2); } catch { return text; }
}

async function show(answer, began) {
  const text = await answer.text();
  const took = Math.round(performance.now() - began);
  const size = new Blob([text]).size.toLocaleString("en");
  part("-status").textContent = `${answer.status} ${answer.statusText}, ${size} bytes, ${took} ms`;
  const list = part("-headers");
  list.replaceChildren();
  for (const name of HEADERS.filter((one) => answer.headers.has(one))) {
    const row = document.createElement("div");
    const term = document.createElement("dt");
    const value = document.createElement("dd");
    term.textContent = name;
    value.textContent = answer.headers.get(name);
    value.className = "any";
    row.append(term, value);
    list.append(row);
  }
  const whole = readable(text);
  part("-body").textContent = whole.length > LONGEST ? `${whole.slice(0, LONGEST)}\n… cut here` : whole || "(no body)";
}

form.addEventListener("submit", async (event) => {
  event.preventDefault();
  event.stopPropagation();
  const path = address();
  const sent = headers();
  document.getElementById("curl").textContent = command(path, sent);
  part("").hidden = false;
  part("-status").textContent = "asking …";
  const began = performance.now();
  try {
    const body = form.querySelector("[data-body]")?.value;
    const asked = { method: form.dataset.method, headers: sent, body, credentials: "omit", cache: "no-store", redirect: "follow" };
    await show(await fetch(path, asked), began);
  } catch {
    part("-status").textContent = "no answer";
    part("-body").textContent = "The site did not answer. Is this machine online? Try again.";
  }
  document.getElementById("got-h").focus();
});
