// Runs Lighthouse in a Chromium that is there already: reads {url, skip} as JSON lines, answers one line each.
import { createInterface } from "node:readline";
import lighthouse from "lighthouse";

const port = Number(process.argv[2]);

/** Name the audits of a category that cost it points, with the first elements that each complains about. */
function losses(category, audits) {
  return category.auditRefs
    .map(({ id, weight }) => ({ weight, ...audits[id] }))
    .filter(({ weight, score }) => weight > 0 && score !== null && score < 1)
    .map(({ id, displayValue, details }) => {
      const where = (details?.items ?? []).map((item) => item.node?.selector).filter(Boolean).slice(0, 3);
      return [id, displayValue, ...where].filter(Boolean).join(" ");
    });
}

for await (const line of createInterface({ input: process.stdin })) {
  const { url, skip } = JSON.parse(line);
  const flags = { port, output: "json", logLevel: "silent", skipAudits: skip, ignoreStatusCode: true };
  const { lhr } = await lighthouse(url, flags);
  const categories = Object.values(lhr.categories).map((category) => [
    category.id,
    { score: category.score, losses: losses(category, lhr.audits) },
  ]);
  const answer = {
    lighthouse: lhr.lighthouseVersion,
    error: lhr.runtimeError?.message ?? "",
    categories: Object.fromEntries(categories),
    lcp_ms: Math.round(lhr.audits["largest-contentful-paint"].numericValue),
    shift: lhr.audits["cumulative-layout-shift"].numericValue,
    bytes: lhr.audits["total-byte-weight"].numericValue,
  };
  process.stdout.write(JSON.stringify(answer) + "\n");
}
