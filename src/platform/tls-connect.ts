/** TLS over a connection that the address guard has agreed to. */

import { isIP, type Socket } from "node:net";
import { connect, createSecureContext, type SecureContext, type TLSSocket } from "node:tls";
import type { Destination } from "./target.ts";

export class TlsConnector {
  readonly #ca: string | undefined;
  readonly #sessionsMax: number;
  /** The last session of each origin shortens the next handshake; in the order in which they came. */
  readonly #sessions = new Map<string, Buffer>();
  /** Made once: it holds every certificate that is trusted. */
  #context: SecureContext | null = null;

  /** `ca` replaces the certificates that are trusted. */
  constructor(options: { ca: string | undefined; sessionsMax: number }) {
    this.#ca = options.ca;
    this.#sessionsMax = options.sessionsMax;
  }

  /** Emits `secureConnect` once the receiver has shown a certificate for its name, else `error`. */
  connect(destination: Destination, tcp: Socket): TLSSocket {
    const { origin, hostname, port } = destination;
    this.#context ??= createSecureContext(this.#ca === undefined ? {} : { ca: this.#ca });
    const session = this.#sessions.get(origin);
    const socket = connect({
      socket: tcp,
      secureContext: this.#context,
      host: hostname,
      port,
      servername: isIP(hostname) === 0 ? hostname : "",
      ALPNProtocols: ["http/1.1"],
      ...(session === undefined ? {} : { session }),
    });
    socket.on("session", (fresh) => this.#keep(origin, fresh));
    return socket;
  }

  #keep(origin: string, session: Buffer): void {
    this.#sessions.delete(origin);
    this.#sessions.set(origin, session);
    if (this.#sessions.size > this.#sessionsMax) this.#sessions.delete(this.#sessions.keys().next().value!);
  }
}
