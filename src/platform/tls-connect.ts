/** TLS over a connection that the address guard has agreed to, or that an egress proxy has made. */

import { isIP, type Socket } from "node:net";
import { connect, createSecureContext, type SecureContext, type TLSSocket } from "node:tls";
import type { TlsSettings } from "../core/endpoint-reach.ts";
import type { Destination } from "./target.ts";

/** A context takes 30 to 40 KiB, and half a MiB where it trusts many certificates: those used last are kept. */
export const ownContextsMax = 256;

export class TlsConnector {
  readonly #ca: string | undefined;
  readonly #sessionsMax: number;
  /** The last session of each destination shortens the next handshake; in the order in which they came. */
  readonly #sessions = new Map<string, Buffer>();
  /** Made once: it holds every certificate that is trusted. */
  #context: SecureContext | null = null;
  /** Of destinations with settings of their own; in the order in which they were used. */
  readonly #ownContexts = new Map<TlsSettings, SecureContext>();

  /** `ca` replaces the certificates that are trusted. */
  constructor(options: { ca: string | undefined; sessionsMax: number }) {
    this.#ca = options.ca;
    this.#sessionsMax = options.sessionsMax;
  }

  get ownContextsHeld(): number {
    return this.#ownContexts.size;
  }

  /**
   * Emits `secureConnect` once the receiver has shown a certificate for its name, else `error`. Throws where the
   * destination's certificates cannot be used.
   */
  connect(destination: Destination, tcp: Socket): TLSSocket {
    const { key, hostname, port } = destination;
    const session = this.#sessions.get(key);
    const socket = connect({
      socket: tcp,
      secureContext: this.#contextOf(destination),
      host: hostname,
      port,
      servername: isIP(hostname) === 0 ? hostname : "",
      ALPNProtocols: ["http/1.1"],
      ...(session === undefined ? {} : { session }),
    });
    socket.on("session", (fresh) => this.#keep(key, fresh));
    return socket;
  }

  #contextOf({ tls }: Destination): SecureContext {
    if (tls === null) {
      this.#context ??= createSecureContext(this.#ca === undefined ? {} : { ca: this.#ca });
      return this.#context;
    }
    let context = this.#ownContexts.get(tls);
    if (context === undefined) {
      const { certificate, key, ca } = tls;
      context = createSecureContext({
        ...(certificate !== null && { cert: certificate }),
        ...(key !== null && { key }),
        ...(ca !== null ? { ca } : this.#ca !== undefined && { ca: this.#ca }),
      });
    }
    this.#ownContexts.delete(tls);
    this.#ownContexts.set(tls, context);
    if (this.#ownContexts.size > ownContextsMax) this.#ownContexts.delete(this.#ownContexts.keys().next().value!);
    return context;
  }

  #keep(key: string, session: Buffer): void {
    this.#sessions.delete(key);
    this.#sessions.set(key, session);
    if (this.#sessions.size > this.#sessionsMax) this.#sessions.delete(this.#sessions.keys().next().value!);
  }
}
