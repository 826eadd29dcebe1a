/** Programs that read as a consumer, to be copied. */
import type { Consumer } from "../../sdk/wire.ts";

const defaultTenant = "default";

/** In single quotes a shell takes everything as it is, but a single quote. */
const quoted = (text: string): string => `'${text.replaceAll("'", "'\\''")}'`;

export function typeScriptOf({ name, tenant }: Pick<Consumer, "name" | "tenant">, url: string): string {
  const own = tenant === defaultTenant ? "" : `\n  tenant: ${JSON.stringify(tenant)},`;
  return `import { Trotline } from "trotline/client";

const client = new Trotline({
  url: ${JSON.stringify(url)},
  key: process.env.TROTLINE_KEY,${own}
});

// Acknowledges each event when the loop comes back for the next one.
for await (const event of client.consume(${JSON.stringify(name)})) {
  console.log(event.type, event.id, event.data);
}
`;
}

export function curlOf({ name, tenant }: Pick<Consumer, "name" | "tenant">, url: string): string {
  const path = `${url}/v1/consumers/${encodeURIComponent(name)}`;
  const query = tenant === defaultTenant ? "" : `tenant=${encodeURIComponent(tenant)}`;
  const key = '-H "Authorization: Bearer $TROTLINE_KEY"';
  const fetchUrl = `${path}/events?${[query, "limit=100", "wait=30"].filter((part) => part !== "").join("&")}`;
  const ackUrl = `${path}/ack${query === "" ? "" : `?${query}`}`;
  return `# What comes next, and the lease under which it is acknowledged
curl -fsS ${key} ${quoted(fetchUrl)}

# Everything up to here is done: next_cursor and lease of the answer above
curl -fsS ${key} -H 'Content-Type: application/json' \\
  -d '{"cursor": "AWb…", "lease": "lease_…"}' ${quoted(ackUrl)}
`;
}
