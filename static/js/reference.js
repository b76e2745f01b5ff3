// The form of an operation: sends it from here and shows the answer. A key stays in its field; no cookie is sent.

const form = document.querySelector("form[data-path]");
const part = (name) => document.querySelector(`[data-got${name}]`);
const HEADERS = ["content-type", "etag", "link", "location", "ratelimit", "ratelimit-policy", "retry-after",
  "cache-control", "last-modified", "www-authenticate"];
const LONGEST = 200_000; // characters of an answer that a page shows

const valueOf = (field) => {
  if (field.multiple) return [...field.selectedOptions].map((one) => one.value);
  return "several" in field.dataset ? field.value.split(",").map((one) => one.trim()) : [field.value.trim()];
};

/** The address that the fields ask for; what is left empty is left out, and in a path it says so. */
function address() {
  let path = form.dataset.path;
  const query = new URLSearchParams();
  for (const field of form.querySelectorAll("[data-in]")) {
    const inPath = field.dataset.in === "path";
    const values = valueOf(field).filter(Boolean);
    if (inPath && !values.length) values.push(`PUT-${field.name.toUpperCase().replaceAll("_", "-")}-HERE`);
    for (const value of values) {
      if (inPath) path = path.replace(`{${field.name}}`, encodeURIComponent(value));
      else if (field.dataset.in === "query") query.append(field.name, value);
    }
  }
  return path + (query.size ? `?${query}` : "");
}

/** Say at a field whether what it needs is missing. */
function judge(field) {
  const missing = field.required && !valueOf(field).some(Boolean);
  const told = document.getElementById(`e-${field.name}`);
  if (told) told.hidden = !missing;
  field.closest(".field").classList.toggle("field-bad", missing);
  if (missing) field.setAttribute("aria-invalid", "true"); else field.removeAttribute("aria-invalid");
  return !missing;
}

function headers() {
  const found = {};
  const key = form.querySelector("[data-key]").value.trim();
  if (key) found.Authorization = `Bearer ${key}`;
  if (form.querySelector("[data-body]")) found["Content-Type"] = "application/json";
  for (const field of form.querySelectorAll("[data-in=header]")) if (field.value) found[field.name] = field.value;
  return found;
}

const quoted = (text) => `'${text.replaceAll("'", "'\\''")}'`;

/** The command that does the same, as api/reference.py writes it. */
function command(path, sent) {
  const { method } = form.dataset;
  const lines = [`curl -s${method === "GET" ? "" : `X ${method}`} ${quoted(location.origin + path)}`];
  for (const [name, value] of Object.entries(sent)) {
    lines.push(name === "Authorization" ? `-H "Authorization: Bearer $AICATALOG_KEY"` : `-H ${quoted(`${name}: ${value}`)}`);
  }
  const body = form.querySelector("[data-body]");
  if (body) lines.push(`-d ${quoted(body.value)}`);
  return lines.join(" \\\n  ");
}

function write() {
  const sent = form.dataset.scope ? { Authorization: "", ...headers() } : headers();
  document.getElementById("curl").textContent = command(address(), sent);
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

form.noValidate = true; // what is missing is said in the page's own words
form.addEventListener("input", ({ target }) => {
  if (target.matches("[aria-invalid]")) judge(target);
  write();
});
form.addEventListener("change", write);

form.addEventListener("submit", async (event) => {
  event.preventDefault();
  event.stopPropagation();
  const missing = [...form.querySelectorAll("[required]")].filter((field) => !judge(field));
  if (missing.length) { missing[0].focus(); return; }
  const path = address();
  const sent = headers();
  write();
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
