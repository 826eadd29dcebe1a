/** Where the server listens: what is refused before, and what listening itself may answer. */
import { TrotlineError } from "../core/errors.ts";

/** True for a name or address that only programs of this machine can reach. */
export function isLoopbackHost(host: string): boolean {
  const name = host.toLowerCase();
  if (name === "localhost" || name.endsWith(".localhost") || name === "::1") return true;
  return /^127\.\d{1,3}\.\d{1,3}\.\d{1,3}$/.test(name);
}

/** Without keys, nobody beyond this machine may connect: `bind-unauthenticated`. */
export function refuseUnauthenticatedBind(options: { readonly host: string; readonly auth: "keys" | "none" }): void {
  if (options.auth === "keys" || isLoopbackHost(options.host)) return;
  const detail = `\`auth: none\` and the address ${options.host} would let everyone in.`;
  throw new TrotlineError("bind-unauthenticated", detail);
}

/** The error of a server that could not listen: `port-taken` or `address-unavailable`, where it is one of these. */
export function listenError(error: unknown, address: { readonly host: string; readonly port: number }): unknown {
  const shown = `${address.host}, port ${address.port}`;
  switch ((error as NodeJS.ErrnoException).code) {
    case "EADDRINUSE":
      return new TrotlineError("port-taken", `Another program listens on ${shown}.`, { cause: error });
    case "EACCES":
      return new TrotlineError("address-unavailable", `This user may not listen on ${shown}.`, { cause: error });
    case "EADDRNOTAVAIL":
    case "ENOTFOUND":
    case "EAI_AGAIN":
    case "EINVAL":
      return new TrotlineError("address-unavailable", `This machine has no address ${address.host}.`, { cause: error });
    default:
      return error;
  }
}
