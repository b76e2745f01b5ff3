const TOOL = "http://127.0.0.1:8000/api/v1/tools/ollama";
const read = async (address) => (await fetch(address)).json();

for (const one of (await read(`${TOOL}/interfaces`)).results) {
  const address = one.base_url ?? one.url ?? one.install;
  console.log(one.kind, address, "auth:", one.auth, "key in:", one.env, "now:", one.works.state);
}
const seen = await read(`${TOOL}/verification`);
console.log("level", seen.level, seen.name, "- last look", seen.checked_at, "-", seen.seen);
