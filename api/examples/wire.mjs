const TOOL = "http://127.0.0.1:8000/api/v1/tools/ollama";
const read = async (address) => (await fetch(address)).json();

for (const one of (await read(`${TOOL}/interfaces`)).results) {
  console.log(one.kind, one.url, one.auth);
}
const seen = await read(`${TOOL}/verification`);
console.log("level", seen.level);
