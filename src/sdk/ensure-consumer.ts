import { TrotlineApiError } from "./api-error.ts";
import { isResource, type Transport } from "./transport.ts";
import type { Consumer, NewConsumer } from "./wire.ts";

interface Place {
  /** `/v1/consumers/{name}` */
  readonly path: string;
  readonly tenant: string | undefined;
  readonly signal: AbortSignal;
}

/**
 * The consumer as it is wanted: made, or changed, only where it is not so already. A key that may only read is enough
 * for a consumer that is there.
 */
export async function ensureConsumer(transport: Transport, wanted: NewConsumer, place: Place): Promise<Consumer> {
  const { path, tenant, signal } = place;
  const call = { path, query: { tenant }, signal, repeat: "endless", isAnswer: isResource } as const;
  const found = await transport.call<Consumer>({ ...call, method: "GET" }).catch((error: unknown) => {
    if (error instanceof TrotlineApiError && error.code === "consumer-not-found") return null;
    throw error;
  });
  if (found !== null && hasSettings(found, wanted)) return found;
  return transport.call<Consumer>({ ...call, method: "PUT", body: wanted });
}

/** Where it begins counts only when it is made. */
function hasSettings(found: Consumer, { from: _from, ...wanted }: NewConsumer): boolean {
  const has = found as unknown as Readonly<Record<string, unknown>>;
  return Object.entries(wanted).every(([name, value]) => JSON.stringify(has[name]) === JSON.stringify(value));
}
