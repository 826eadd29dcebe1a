/**
 * The server of hooks: routing, methods, bodies and logging as adnanh/webhook 2.8 has them, on Node's own HTTP server,
 * since paths there are cleaned and hooks' ids may have slashes.
 */
import { createServer, type IncomingMessage, type Server, type ServerOptions, type ServerResponse } from "node:http";
import { createServer as createSecureServer } from "node:https";
import type { AddressInfo, Socket } from "node:net";
import type { Clock, Random } from "../core/ports.ts";
import { headerValues, type ReceivedRequest } from "../core/received-request.ts";
import { clientOf } from "../inbound/client-address.ts";
import type { Hook, HookHeader } from "../inbound/hooks-file/hook.ts";
import type { HookReceiving } from "../inbound/hooks-serving/hook-receiving.ts";
import { type HooksLog, loggable } from "../inbound/hooks-serving/hooks-log.ts";
import type { LoadedHooks } from "../inbound/hooks-serving/loaded-hooks.ts";
import type { AllowList } from "../platform/allow-list.ts";
import {
  sendHookAnswer,
  sendMalformed,
  sendPageNotFound,
  sendPlain,
  sendRedirect,
  setHookHeaders,
} from "./hooks-server-answer.ts";
import { BodyRoom, readHookBody } from "./hooks-server-body.ts";
import { dumpedAnswer, dumpedRequest, requestLine } from "./hooks-server-log.ts";
import { hookIdOf, hooksPath } from "./hooks-server-path.ts";

/** What flags say of how requests are answered. */
export interface HooksServerSettings {
  readonly isCompat: boolean;
  readonly isDebug: boolean;
  readonly urlPrefix: string;
  /** Empty takes every method. */
  readonly httpMethods: readonly string[];
  readonly headers: readonly HookHeader[];
  /** Null for no limit. */
  readonly bodyBytesMax: number | null;
  readonly takesRequestId: boolean;
  /** 0 for no limit. */
  readonly requestIdLengthMax: number;
}

export interface HooksServerOptions extends HooksServerSettings {
  readonly trustedProxies: AllowList;
  readonly tls: (ServerOptions & { readonly key: Buffer; readonly cert: Buffer }) | null;
  readonly log: HooksLog;
  readonly clock: Clock;
  readonly random: Random;
}

/** What answers, once it is there: the port is open before, so that privileges can be given up between. */
export interface HooksBehind {
  readonly hooks: LoadedHooks;
  readonly receiving: HookReceiving;
}

interface Exchange {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly requestId: string;
}

/** Of all requests that are not answered; none with `--compat`. */
const heldBytesMax = 256 * 1024 * 1024;
const busyRetrySeconds = 5;
const headerBytesMaxOfGo = 1024 * 1024;
/** As Go's server has it: https://pkg.go.dev/golang.org/x/net/http/httpguts#ValidHostHeader. */
const hostForm = /^[!$%&'()*+,\-.0-9:;=A-Za-z[\]_~]*$/;

export class HooksServer {
  readonly #options: HooksServerOptions;
  readonly #server: Server;
  #serve: ((behind: HooksBehind) => void) | null = null;
  readonly #behind: Promise<HooksBehind>;
  readonly #room: BodyRoom;
  #isClosing = false;

  constructor(options: HooksServerOptions) {
    this.#options = options;
    this.#room = new BodyRoom(options.bodyBytesMax === null ? null : Math.max(heldBytesMax, options.bodyBytesMax));
    this.#behind = new Promise((resolve) => {
      this.#serve = resolve;
    });
    const limits: ServerOptions = options.isCompat
      ? { maxHeaderSize: headerBytesMaxOfGo, requestTimeout: 0, headersTimeout: 0, keepAliveTimeout: 0 }
      : {};
    const listener = (request: IncomingMessage, response: ServerResponse): void => {
      void this.#handle(request, response);
    };
    this.#server =
      options.tls === null
        ? createServer(limits, listener)
        : createSecureServer({ ...limits, ...options.tls }, listener);
    this.#server.maxHeadersCount = 0; // Their bytes are bounded.
    this.#server.on("connect", (_request, socket) => socket.destroy());
    this.#server.on("clientError", (error: NodeJS.ErrnoException, socket) => refuseMalformed(error, socket as Socket));
  }

  /** Answers `host:port`. Rejects where the address cannot be had. */
  listen(host: string, port: number): Promise<string> {
    return new Promise((resolve, reject) => {
      this.#server.once("error", reject);
      this.#server.listen({ host, port }, () => {
        this.#server.off("error", reject);
        const { port: taken } = this.#server.address() as AddressInfo;
        resolve(`${host.includes(":") ? `[${host}]` : host}:${taken}`);
      });
    });
  }

  /** What came since the port was opened, and whatever comes, is answered from here on. */
  serve(behind: HooksBehind): void {
    this.#serve?.(behind);
  }

  /** Takes nothing more; what is not answered within the grace is cut off. */
  async close(graceMs: number): Promise<void> {
    this.#isClosing = true;
    const closed = new Promise((resolve) => this.#server.close(resolve));
    this.#server.closeIdleConnections();
    const timer = setTimeout(() => this.#server.closeAllConnections(), graceMs);
    await closed;
    clearTimeout(timer);
  }

  async #handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { log } = this.#options;
    if (this.#isClosing) response.setHeader("Connection", "close");
    try {
      await this.#route(request, response);
    } catch (error) {
      log.warn(`a request met an unexpected error: ${error instanceof Error ? (error.stack ?? error.message) : error}`);
      if (!response.headersSent) sendPlain(response, 500, "");
      else response.destroy();
    }
  }

  async #route(request: IncomingMessage, response: ServerResponse): Promise<void> {
    if (request.httpVersionMajor !== 1) return sendMalformed(response, 505, ": unsupported protocol version");
    const [host = "", ...otherHosts] = headerValues(request.rawHeaders, "host");
    if (otherHosts.length > 0) return sendMalformed(response);
    if (!hostForm.test(host)) return sendMalformed(response, 400, ": malformed Host header");
    const path = hooksPath(request.url ?? "/");
    if (path.kind === "malformed") return sendMalformed(response);
    if (path.kind === "server") return sendPlain(response, 200, "");
    if (path.kind === "redirect") return sendRedirect(response, path.location);
    const id = path.path === "/" ? null : hookIdOf(path.path, this.#options.urlPrefix);
    if (id === null && path.path !== "/") return sendPageNotFound(response);
    const startedMs = performance.now();
    const requestId = this.#requestId(request);
    if (id === null) sendPlain(response, 200, "OK");
    else await this.#hook(id, { request, response, requestId });
    const { log, isCompat, isDebug } = this.#options;
    log.say(requestLine(requestId, { request, response }, { startedMs, isMasked: !isCompat }));
    if (isDebug) log.say(dumpedAnswer(requestId, response));
  }

  async #hook(id: string, exchange: Exchange): Promise<void> {
    const { log, headers, bodyBytesMax, isDebug, isCompat } = this.#options;
    const { request, response, requestId } = exchange;
    const { remoteAddress, remotePort } = request.socket;
    log.say(`[${requestId}] incoming HTTP ${request.method} request from ${remoteAddress}:${remotePort}`);
    const { hooks, receiving } = await this.#behind;
    const hook = hooks.match(id);
    if (hook === undefined) return sendPlain(response, 404, "Hook not found.");
    if (!this.#takesMethod(hook, request.method ?? "")) {
      log.say(`[${requestId}] HTTP ${request.method} method not allowed for hook ${JSON.stringify(id)}`);
      return sendPlain(response, 405, "");
    }
    log.say(`[${requestId}] ${loggable(id)} got matched`);
    const body = await readHookBody(request, bodyBytesMax, this.#room);
    if (body.kind === "aborted") return void response.destroy();
    if (body.kind !== "whole") return this.#refuseBody(response, body.kind);
    const { bytes } = body;
    if (isDebug) log.say(dumpedRequest(requestId, request, { body: bytes, isMasked: !isCompat }));
    try {
      const answer = await receiving.receive(hook, this.#received(request, bytes), requestId);
      setHookHeaders(response, headers);
      sendHookAnswer(response, answer);
    } finally {
      this.#room.free(bytes.length);
    }
  }

  #refuseBody(response: ServerResponse, why: "too-large" | "no-room"): void {
    response.setHeader("Connection", "close"); // The rest of the body is not read.
    if (why === "no-room") response.setHeader("Retry-After", String(busyRetrySeconds));
    if (why === "no-room") sendPlain(response, 503, "Too many bodies are held at once.");
    else sendPlain(response, 413, `The body has more than ${this.#options.bodyBytesMax} bytes.`);
  }

  #takesMethod(hook: Hook, method: string): boolean {
    const own = hook.httpMethods.map((wanted) => wanted.trim().toUpperCase());
    const wanted = own.length > 0 ? own : this.#options.httpMethods;
    return wanted.length === 0 || wanted.includes(method);
  }

  #received(request: IncomingMessage, body: Uint8Array): ReceivedRequest {
    const { remoteAddress = "", remotePort = 0 } = request.socket;
    const peer = { address: remoteAddress, isEncrypted: this.#options.tls !== null };
    const { address, protocol } = clientOf(peer, request.rawHeaders, this.#options.trustedProxies);
    return {
      method: request.method ?? "",
      target: request.url ?? "/",
      headers: request.rawHeaders,
      address,
      port: remotePort,
      protocol,
      receivedAtMs: this.#options.clock.wallMs(),
      body,
    };
  }

  #requestId(request: IncomingMessage): string {
    const { takesRequestId, requestIdLengthMax, random } = this.#options;
    const given = takesRequestId ? String(request.headers["x-request-id"] ?? "") : "";
    const id = requestIdLengthMax > 0 ? given.slice(0, requestIdLengthMax) : given;
    return id === "" ? Buffer.from(random.bytes(3)).toString("hex") : loggable(id);
  }
}

function refuseMalformed({ code }: NodeJS.ErrnoException, socket: Socket): void {
  const status = code === "HPE_HEADER_OVERFLOW" ? "431 Request Header Fields Too Large" : "400 Bad Request";
  const head = `HTTP/1.1 ${status}\r\nContent-Type: text/plain; charset=utf-8\r\nConnection: close`;
  if (socket.writable) socket.end(`${head}\r\n\r\n${status}`);
  else socket.destroy();
}
