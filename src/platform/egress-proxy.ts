/**
 * The operator's proxy on the way out: TLS goes through a tunnel (`CONNECT`, RFC 9110, section 9.3.6), plain HTTP is
 * handed over with its whole URL (RFC 9112, section 3.2.2).
 */
import type { Socket } from "node:net";

export interface EgressProxy {
  /** A name or an address, without brackets. */
  readonly hostname: string;
  readonly port: number;
  /** The header `Proxy-Authorization` with its line end; empty where the proxy asks for none. */
  readonly credentialsLine: string;
}

/** Bytes of the answer to `CONNECT`. */
const answerBytesMax = 16 * 1024;

/** `http://user:password@host:port`; null where the text is something else. */
export function parseEgressProxy(text: string): EgressProxy | null {
  const url = URL.parse(text);
  if (url === null || url.protocol !== "http:" || url.hostname === "") return null;
  if (url.pathname !== "/" || url.search !== "" || url.hash !== "") return null;
  const hostname = url.hostname.replace(/^\[|\]$/g, "");
  const port = url.port === "" ? 80 : Number(url.port);
  if (url.username === "" && url.password === "") return { hostname, port, credentialsLine: "" };
  try {
    const credentials = `${decodeURIComponent(url.username)}:${decodeURIComponent(url.password)}`;
    const encoded = Buffer.from(credentials, "utf8").toString("base64");
    return { hostname, port, credentialsLine: `proxy-authorization: Basic ${encoded}\r\n` };
  } catch {
    return null; // A percent sign that encodes nothing.
  }
}

/** Why the proxy lets nothing through. */
export class ProxyRefusal extends Error {
  /** Null where its answer is not HTTP. */
  readonly status: number | null;

  constructor(status: number | null) {
    super("the proxy refused");
    this.status = status;
  }
}

/** Told once, unless the socket fails or closes before. */
export interface TunnelListener {
  onTunnel(): void;
  onRefusal(refusal: ProxyRefusal): void;
}

/** Asks the proxy at the other end of the socket to connect it with the destination. */
export function openTunnel(
  tcp: Socket,
  way: { readonly proxy: EgressProxy; readonly destination: { readonly hostname: string; readonly port: number } },
  listener: TunnelListener,
): void {
  const { hostname, port } = way.destination;
  const authority = `${hostname.includes(":") ? `[${hostname}]` : hostname}:${port}`;
  let answer = "";
  const end = (tell: () => void): void => {
    tcp.removeListener("data", onData);
    tcp.pause();
    tell();
  };
  const onData = (chunk: Buffer): void => {
    answer += chunk.toString("latin1");
    const headEnd = answer.indexOf("\r\n\r\n");
    if (headEnd < 0 && answer.length <= answerBytesMax) return;
    const status = /^HTTP\/1\.[01] (\d{3})[ \r]/.exec(answer)?.[1];
    // The receiver speaks second, so what follows the head of a good answer is not its.
    const isOpen = status?.startsWith("2") === true && headEnd + 4 === answer.length;
    if (isOpen) end(() => listener.onTunnel());
    else
      end(() =>
        listener.onRefusal(new ProxyRefusal(status === undefined || status.startsWith("2") ? null : Number(status))),
      );
  };
  tcp.on("data", onData);
  tcp.write(`CONNECT ${authority} HTTP/1.1\r\nhost: ${authority}\r\n${way.proxy.credentialsLine}\r\n`);
}
