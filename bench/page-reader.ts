/** Worker: a client of the feed that reads page after page on one connection, and looks in each for the next. */
import { Agent, get } from "node:http";
import { serveCommands } from "./worker.ts";

interface Server {
  readonly port: number;
  readonly key: string;
}

interface Source extends Server {
  readonly events: number;
  readonly limit: number;
  /** Where it begins, if not at the earliest event. */
  readonly after?: string;
}

function got(agent: Agent, { port, key }: Server, path: string): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const headers = { authorization: `Bearer ${key}`, accept: "application/json" };
    get({ host: "127.0.0.1", port, path, headers, agent }, (response) => {
      const chunks: Buffer[] = [];
      response.on("data", (chunk: Buffer) => chunks.push(chunk));
      response.on("end", () => {
        const body = Buffer.concat(chunks);
        if (response.statusCode === 200) resolve(body);
        else reject(new Error(`${response.statusCode}: ${body.toString("utf8").slice(0, 500)}`));
      });
      response.on("error", reject);
    }).on("error", reject);
  });
}

const commands = {
  /** The members behind `data` are short, so the next cursor is in the last bytes: the client costs the server little. */
  async read(source: Source) {
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    const startMs = performance.now();
    let count = 0;
    let bytes = 0;
    let after = source.after ?? "earliest";
    while (count < source.events) {
      const body = await got(agent, source, `/v1/events?after=${after}&limit=${source.limit}`);
      const tail = /"next_cursor":"([^"]+)","has_more":(true|false)}$/.exec(body.toString("latin1", body.length - 100));
      if (tail?.[1] === undefined) throw new Error("a page without next_cursor");
      count += source.limit;
      bytes += body.length;
      after = tail[1];
      if (tail[2] === "false") break;
    }
    agent.destroy();
    return { count, bytes, seconds: (performance.now() - startMs) / 1000 };
  },
  /** One event after the other, by its id. */
  async find({ ids, ...server }: Server & { readonly ids: readonly string[] }) {
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    const startMs = performance.now();
    for (const id of ids) await got(agent, server, `/v1/events/${id}`);
    agent.destroy();
    return { seconds: (performance.now() - startMs) / 1000 };
  },
};
export type PageReaderCommands = typeof commands;

serveCommands(commands);
