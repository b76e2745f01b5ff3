const TOOL = "http://127.0.0.1:8000/api/v1/tools/deepseek";
const read = async (address) => (await fetch(address)).json();

for (const one of (await read(`${TOOL}/interfaces`)).results) {
  console.log(one.kind, one.base_url ?? one.url ?? one.install);
  console.log("  sign in by:", one.auth ?? "not known", "- key in:", one.env ?? "not known");
  const now = one.works; // healthy, degraded, unreachable or unknown
  if (now.state === "unknown") console.log("  whether it answers now: not known, so try it before you rely on it");
  else console.log("  now:", now.state, "since", now.since, "- last look:", now.looked_at);
}
const seen = await read(`${TOOL}/verification`);
console.log("level", seen.level, seen.name, "- checked:", seen.checked_at ?? "never");
