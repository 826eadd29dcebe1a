/**
 * A connection pooler in transaction mode, as PgBouncer is one: few sessions at the server are shared by many clients,
 * and each transaction has whichever is free. What a session would remember, another client finds or nobody does.
 */
import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Socket } from "node:net";

export interface Pooler {
  through(url: string): string;
  /** How often a client was given another session than it had before. */
  readonly switches: number;
  close(): Promise<void>;
}

interface Session {
  readonly socket: Socket;
  client: Client | null;
  rest: Buffer;
}

interface Client {
  readonly socket: Socket;
  /** Not sent on yet. */
  held: Buffer[];
  session: Session | null;
  last: Session | null;
  /** Answers `ReadyForQuery` that are still to come. */
  awaited: number;
  /** Something was sent on after which no Sync came yet. */
  isUnsynced: boolean;
}

export async function aPooler(target: { readonly port: number; url(): string }, sessionsMax = 3): Promise<Pooler> {
  const { database, user } = { database: "postgres", user: "postgres" };
  const pools = new Map<string, Session[]>();
  const waiting: { readonly client: Client; readonly pool: Session[] }[] = [];
  const sockets = new Set<Socket>();
  let switches = 0;

  const openSession = async (name: string): Promise<Session> => {
    const socket = connect(target.port, "127.0.0.1").setNoDelay();
    sockets.add(socket);
    socket.on("error", () => {});
    socket.write(startupOf({ user, database: name }));
    const session: Session = { socket, client: null, rest: Buffer.alloc(0) };
    await new Promise<void>((resolve) => {
      socket.on("data", (bytes) => {
        const { client } = session;
        session.rest = eachOf(Buffer.concat([session.rest, bytes]), (type, whole) => {
          if (client === null) {
            if (type === "Z") resolve();
            return;
          }
          client.socket.write(whole);
          if (type !== "Z") return;
          client.awaited -= 1;
          if (client.awaited === 0 && !client.isUnsynced && whole[5] === "I".charCodeAt(0)) release(session);
        });
      });
    });
    return session;
  };
  const give = (client: Client, session: Session): void => {
    if (client.last !== null && client.last !== session) switches += 1;
    client.session = session;
    client.last = session;
    session.client = client;
    for (const bytes of client.held.splice(0)) session.socket.write(bytes);
  };
  const release = (session: Session): void => {
    if (session.client !== null) session.client.session = null;
    session.client = null;
    const index = waiting.findIndex(({ pool }) => pool.includes(session));
    const [next] = index === -1 ? [] : waiting.splice(index, 1);
    if (next !== undefined) give(next.client, session);
  };

  const server = createServer({ noDelay: true }, (socket) => {
    sockets.add(socket);
    socket.on("error", () => {});
    socket.once("data", async (startup: Buffer) => {
      if (startup.includes("statement_timeout")) {
        socket.end(frame("E", "SFATAL\0VFATAL\0C08P01\0Munsupported startup parameter: statement_timeout\0\0"));
        return;
      }
      const name = /\0database\0([^\0]+)\0/.exec(startup.toString("latin1"))?.[1] ?? database;
      const pool = pools.get(name) ?? [];
      if (pool.length === 0) {
        pools.set(name, pool);
        pool.push(...(await Promise.all(Array.from({ length: sessionsMax }, () => openSession(name)))));
      }
      const client: Client = { socket, held: [], session: null, last: null, awaited: 0, isUnsynced: false };
      let rest: Buffer = Buffer.alloc(0);
      socket.on("data", (bytes) => {
        rest = eachOf(Buffer.concat([rest, bytes]), (type, whole) => {
          if (type === "X") return;
          if (type === "S" || type === "Q") client.awaited += 1;
          client.isUnsynced = type !== "S" && type !== "Q";
          if (client.session !== null) client.session.socket.write(whole);
          else client.held.push(whole);
        });
        if (client.session !== null || client.held.length === 0 || waiting.some((one) => one.client === client)) return;
        // Another than the last one, where there is a choice: so that what a session remembers is missed.
        const free = pool.filter((session) => session.client === null);
        const session = free.find((one) => one !== client.last) ?? free[0];
        if (session === undefined) waiting.push({ client, pool });
        else give(client, session);
      });
      socket.write(Buffer.concat([frame("R", "\0\0\0\0"), frame("K", "\0\0\0\x01\0\0\0\x01"), frame("Z", "I")]));
    });
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  return {
    through: (url) => url.replace(`:${target.port}/`, `:${port}/`),
    get switches() {
      return switches;
    },
    close: async () => {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, "close");
    },
  };
}

/** Calls with each whole piece of the protocol, and answers what is left. */
function eachOf(bytes: Buffer, work: (type: string, whole: Buffer) => void): Buffer {
  let at = 0;
  while (bytes.length - at >= 5) {
    const end = at + 1 + bytes.readUInt32BE(at + 1);
    if (bytes.length < end) break;
    work(String.fromCharCode(bytes[at] ?? 0), bytes.subarray(at, end));
    at = end;
  }
  return bytes.subarray(at);
}

function frame(type: string, content: string): Buffer {
  const head = Buffer.alloc(5);
  head.write(type);
  head.writeUInt32BE(content.length + 4, 1);
  return Buffer.concat([head, Buffer.from(content, "latin1")]);
}

function startupOf({ user, database }: { user: string; database: string }): Buffer {
  const content = Buffer.from(`\0\x03\0\0user\0${user}\0database\0${database}\0client_encoding\0UTF8\0\0`, "latin1");
  const head = Buffer.alloc(4);
  head.writeUInt32BE(content.length + 4);
  return Buffer.concat([head, content]);
}
