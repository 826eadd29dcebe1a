/** Stands between a process and its database, and can be a bad network: cut, black hole, or slow. */
import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Socket } from "node:net";

export interface NetworkProxy {
  readonly port: number;
  /** The same URL, through here. */
  through(url: string): string;
  /** Ends every connection that there is, at once. New ones are taken. */
  cut(): void;
  /** From now on nothing passes, in neither direction, and nobody is told; new connections are taken and hear nothing. */
  blackhole(): void;
  /** New connections are refused, and those that there are cut. */
  refuse(): void;
  /** All is well again for what connects from now on; what was held back in a black hole is never passed on. */
  heal(): void;
  /** Each piece of an answer is held back for so long. */
  delay(delayMs: number): void;
  /** Given what comes from the process; answers true where it is to be cut before that is passed on. */
  cutBefore(rule: ((bytes: Buffer) => boolean) | null): void;
  /** How many were taken since the beginning. */
  readonly connected: number;
  close(): Promise<void>;
}

export async function aProxy(target: { readonly port: number }): Promise<NetworkProxy> {
  let mode: "pass" | "hole" | "refuse" = "pass";
  let delayMs = 0;
  let connected = 0;
  let rule: ((bytes: Buffer) => boolean) | null = null;
  const pairs = new Map<Socket, { readonly other: Socket; isHole: boolean }>();
  const cut = (): void => {
    for (const [socket, { other }] of pairs) {
      socket.destroy();
      other.destroy();
    }
  };
  const server = createServer({ noDelay: true }, (socket) => {
    connected += 1;
    if (mode === "refuse") {
      socket.destroy();
      return;
    }
    const other = connect(target.port, "127.0.0.1").setNoDelay();
    const pair = { other, isHole: mode === "hole" };
    pairs.set(socket, pair);
    const end = (): void => {
      pairs.delete(socket);
      socket.destroy();
      if (!pair.isHole) other.destroy();
      else setTimeout(() => other.destroy(), 50);
    };
    socket.on("error", () => {});
    other.on("error", () => {});
    socket.on("close", end);
    other.on("close", () => pair.isHole || end());
    socket.on("data", (bytes) => {
      if (pair.isHole) return;
      if (rule?.(bytes) === true) {
        end();
        return;
      }
      other.write(bytes);
    });
    other.on("data", (bytes) => {
      if (pair.isHole) return;
      if (delayMs === 0) socket.write(bytes);
      else setTimeout(() => !pair.isHole && socket.writable && socket.write(bytes), delayMs);
    });
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  return {
    port,
    through: (url) => url.replace(`:${target.port}/`, `:${port}/`),
    cut,
    blackhole: () => {
      mode = "hole";
      for (const pair of pairs.values()) pair.isHole = true;
    },
    refuse: () => {
      mode = "refuse";
      cut();
    },
    heal: () => {
      mode = "pass";
    },
    delay: (ms) => {
      delayMs = ms;
    },
    cutBefore: (given) => {
      rule = given;
    },
    get connected() {
      return connected;
    },
    close: async () => {
      cut();
      server.close();
      await once(server, "close");
    },
  };
}
