// Requests to a provider as OpenCode's clients make them, with the bridge and without it in turn: what the bridge adds.
// Run by OpenCode's own program, which is the JavaScript runtime that the bridge lives in.

const [, , bridge, url, key, count] = process.argv;
const plain = globalThis.fetch;
const { default: baton } = await import(bridge);
await baton({ directory: process.cwd(), worktree: process.cwd(), client: {}, project: {} });
const bridged = globalThis.fetch;
if (bridged === plain) throw new Error("the bridge wraps nothing");

const question = "How do I find out what takes long? ".repeat(600);
const body = JSON.stringify({ model: "m", stream: true, messages: [{ role: "user", content: question }] });

async function timed(fetch) {
  const began = performance.now();
  const headers = { authorization: `Bearer ${key}`, "content-type": "application/json" };
  const response = await fetch(url, { method: "POST", headers, body });
  let end = false;
  for await (const bytes of response.body) end = bytes.length > 0;
  if (!end || response.status !== 200) throw new Error(`answered ${response.status}`);
  return performance.now() - began;
}

for (let warm = 0; warm < 300; warm++) await timed(warm % 2 ? plain : bridged);
const took = { plain: [], bridged: [] };
for (let pair = 0; pair < Number(count); pair++) {
  // Who comes first changes, so that neither always finds the other's traces.
  const order = pair % 2 ? ["plain", "bridged"] : ["bridged", "plain"];
  for (const which of order) took[which].push(await timed(which === "plain" ? plain : bridged));
}
console.log(JSON.stringify(took));
process.exit(0);
