let serial = 0; // keep it in a file or a row between runs
let more = true;
while (more) {
  const answer = await fetch(`http://127.0.0.1:8000/api/v1/changes?since=${serial}&limit=1000`);
  const page = await answer.json();
  for (const change of page.changes) console.log(change.serial, change.action, change.tool);
  serial = page.last_serial;
  more = page.has_more;
}
console.log("next time ask since", serial);
