/**
 * One connection of the sender, with one request at a time on it: when bytes go out and come in, and when it has had
 * its time. What the bytes of an answer mean is in response-parser.ts.
 */
import type { Socket } from "node:net";
import type { Connecting, ConnectListener, GuardedConnector } from "./guarded-connect.ts";
import { ResponseParser } from "./response-parser.ts";
import { ClosedByPeer } from "./send-failure.ts";
import type { Destination } from "./target.ts";

/** Who has a request on a connection. */
export interface Exchange {
  /** The request was handed to the system. */
  onSent(): void;
  /** The answer was read as far as it will be. */
  onAnswer(): void;
  /** The connection could not be made, or was lost. */
  onLost(error: unknown): void;
}

export interface ConnectionParts {
  readonly destination: Destination;
  readonly connector: GuardedConnector;
  readonly limits: { readonly headerBytes: number; readonly idleMs: number };
  /** It was lost, or its time is up, while nobody used it. */
  readonly onIdleEnd: (connection: HttpConnection) => void;
}

/**
 * Requests are put together, and answers read, in one buffer each that all connections share. Node would set aside 64
 * KiB for every piece that is read, and garbage was what the sender was slow by. libuv fills the buffer in the same
 * call in which it reports what it read, so nobody else can come between.
 */
const sharedBytes = 64 * 1024;
let outgoing = Buffer.allocUnsafeSlow(sharedBytes);
const incoming = Buffer.allocUnsafeSlow(sharedBytes);

/** An idle connection is closed so much sooner than its receiver says that it will: a request would cross the close. */
const closeAheadMs = 2000;

export class HttpConnection implements ConnectListener {
  readonly destination: Destination;
  /** To the request that was sent last. */
  readonly answer: ResponseParser;
  readonly #parts: ConnectionParts;
  #connecting: Connecting | null = null;
  #socket: Socket | null = null;
  #exchange: Exchange | null = null;
  /** What waits for the connection to stand. */
  #unsent: { readonly head: string; readonly body: Uint8Array } | null = null;
  #requests = 0;
  #isEnded = false;
  #idleUntilMs = 0;
  #timer: NodeJS.Timeout | null = null;
  #timerDueMs = 0;
  #hint: string | null = null;
  #hintedMs = Number.POSITIVE_INFINITY;

  constructor(parts: ConnectionParts) {
    this.#parts = parts;
    this.destination = parts.destination;
    this.answer = new ResponseParser(parts.limits.headerBytes);
  }

  /** True when the connection stood before the request that was sent last. */
  get isReused(): boolean {
    return this.#requests > 1;
  }

  /** Whether another request may follow the one that was answered. */
  get canServe(): boolean {
    if (this.#isEnded || !this.answer.keepsConnection || this.#idleMs() <= 0) return false;
    // Answered before it was written: the receiver will not read the rest.
    return this.#socket?.writableLength === 0;
  }

  /** One character of `head` is one byte. Connects first, where that has not been done. */
  send(head: string, body: Uint8Array, exchange: Exchange): void {
    this.#exchange = exchange;
    if (this.#socket !== null) {
      this.#write(this.#socket, head, body);
      return;
    }
    this.#unsent = { head, body };
    const onread = { buffer: incoming, callback: this.#onBytes };
    this.#connecting = this.#parts.connector.connect(this.destination, onread, this);
  }

  onSocket(socket: Socket): void {
    this.#connecting = null;
    if (this.#unsent === null) throw new Error("a connection is made for a request");
    const { head, body } = this.#unsent;
    this.#unsent = null;
    this.#socket = socket;
    socket.on("error", (error) => this.#lose(error));
    socket.on("end", () => this.#onPeerEnd());
    socket.on("close", () => this.#lose(new ClosedByPeer()));
    if (this.destination.isTls) socket.on("data", (chunk) => this.#onBytes(chunk.length, chunk));
    this.#write(socket, head, body);
  }

  onFailure(error: Error): void {
    this.#connecting = null;
    this.#lose(error);
  }

  /** Nobody uses it for now. */
  startIdle(): void {
    const nowMs = performance.now();
    this.#idleUntilMs = nowMs + this.#idleMs();
    // One that is used again and again has one timer, which finds that its time has not come.
    if (this.#timer === null || this.#timerDueMs > this.#idleUntilMs) this.#setTimer(nowMs);
  }

  /** Ends it and whatever is on it. */
  destroy(): Promise<void> {
    this.#isEnded = true;
    this.#exchange = null;
    this.#unsent = null;
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#connecting?.abandon();
    const socket = this.#socket;
    if (socket === null || socket.closed) return Promise.resolve();
    return new Promise((resolve) => {
      socket.once("close", () => resolve());
      socket.destroy();
    });
  }

  #write(socket: Socket, head: string, body: Uint8Array): void {
    const bytes = head.length + body.length;
    this.answer.reset();
    this.#requests += 1;
    if (bytes > sharedBytes) {
      socket.cork();
      socket.write(head, "latin1");
      socket.write(body);
      socket.uncork();
    } else {
      // TLS may hold on to what it is given.
      const request = this.destination.isTls ? Buffer.allocUnsafe(bytes) : outgoing.subarray(0, bytes);
      request.write(head, 0, "latin1");
      request.set(body, head.length);
      socket.write(request);
      // The system did not take all at once, as it nearly always does: the buffer is the socket's now.
      if (!this.destination.isTls && socket.writableLength > 0) outgoing = Buffer.allocUnsafeSlow(sharedBytes);
    }
    this.#exchange?.onSent();
  }

  readonly #onBytes = (count: number, bytes: Uint8Array): boolean => {
    const exchange = this.#exchange;
    // Whatever comes unasked can only spoil the next answer.
    if (exchange === null) this.#lose(new ClosedByPeer());
    else if (this.answer.push(bytes, count) !== "unfinished") {
      this.#exchange = null;
      exchange.onAnswer();
    }
    return true;
  };

  #onPeerEnd(): void {
    const exchange = this.#exchange;
    if (exchange === null || this.answer.end() !== "complete") {
      this.#lose(new ClosedByPeer());
      return;
    }
    this.#exchange = null;
    exchange.onAnswer();
  }

  #lose(error: unknown): void {
    if (this.#isEnded) return;
    this.#isEnded = true;
    const exchange = this.#exchange;
    this.#exchange = null;
    if (exchange === null) this.#parts.onIdleEnd(this);
    else exchange.onLost(error);
  }

  #setTimer(nowMs: number): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timerDueMs = this.#idleUntilMs;
    this.#timer = setTimeout(() => this.#onTimer(), this.#idleUntilMs - nowMs);
  }

  #onTimer(): void {
    this.#timer = null;
    if (this.#exchange !== null) return;
    const nowMs = performance.now();
    // A timer may be early by less than a millisecond.
    if (this.#idleUntilMs - nowMs > 1) this.#setTimer(nowMs);
    else this.#lose(new ClosedByPeer());
  }

  /** How long it may idle: as configured, or as the receiver's `Keep-Alive` says where that is less. */
  #idleMs(): number {
    const { keepAlive } = this.answer;
    if (keepAlive !== this.#hint) {
      this.#hint = keepAlive;
      const seconds = /(?:^|[,;\s])timeout=(\d+)/i.exec(keepAlive ?? "")?.[1];
      this.#hintedMs = seconds === undefined ? Number.POSITIVE_INFINITY : Number(seconds) * 1000 - closeAheadMs;
    }
    return Math.min(this.#parts.limits.idleMs, this.#hintedMs);
  }
}
