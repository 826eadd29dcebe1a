/** Worker: a client of the feed that reads page after page on one connection, and parses each to find the next. */
import { Agent, get } from "node:http";
import { serveCommands } from "./worker.ts";

const agent = new Agent({ keepAlive: true, maxSockets: 1 });

interface Source {
  readonly port: number;
  readonly key: string;
  readonly events: number;
  readonly limit: number;
}

function page({ port, key, limit }: Source, after: string): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const path = `/v1/events?after=${after}&limit=${limit}`;
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
    const startMs = performance.now();
    let count = 0;
    let bytes = 0;
    let after = "earliest";
    while (count < source.events) {
      const body = await page(source, after);
      const tail = /"next_cursor":"([^"]+)","has_more":(true|false)}$/.exec(body.toString("latin1", body.length - 100));
      if (tail?.[1] === undefined) throw new Error("a page without next_cursor");
      count += source.limit;
      bytes += body.length;
      after = tail[1];
      if (tail[2] === "false") break;
    }
    return { count, bytes, seconds: (performance.now() - startMs) / 1000 };
  },
};
export type PageReaderCommands = typeof commands;

serveCommands(commands);
