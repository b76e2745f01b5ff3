import { readFile } from "node:fs/promises";

const SITE = "http://127.0.0.1:8000";
const key = process.env.AICATALOG_KEY;
if (!key) stop([], `AICATALOG_KEY is not set. Make a key at ${SITE}/portal/keys/new/ and export it.`);
const headers = { Authorization: `Bearer ${key}`, "Content-Type": "application/json" };

async function ask(method, path, body) {
  const answer = await fetch(`${SITE}/api/v1/submissions${path}`, { method, headers, body });
  const said = await answer.json();
  if (!answer.ok) stop(said.errors ?? [], said.detail);
  return said;
}

function stop(problems, sentence) {
  for (const one of problems) console.error(one.pointer ?? "", one.detail);
  console.error(sentence);
  process.exit(1);
}

const submission = await readFile("submission.json");
const judged = await ask("POST", "/validate", submission); // writes nothing
if (!judged.valid) stop(judged.problems, judged.listed_already ?? "Nothing was made.");
const draft = await ask("POST", "", submission); // only you see it
console.log("draft:", draft.url);
let checks = await ask("POST", `/${draft.key}/checks`); // of the real addresses
while (checks.state === "running") {
  await new Promise((done) => setTimeout(done, 2000));
  checks = await ask("GET", `/${draft.key}/checks`);
}
const failed = checks.steps.filter((one) => one.verdict === "fail");
if (failed.length) stop(failed.map((one) => ({ pointer: `${one.title}:`, detail: one.sentence })), "It was not sent.");
console.log("now it is", (await ask("POST", `/${draft.key}/send`)).state);
