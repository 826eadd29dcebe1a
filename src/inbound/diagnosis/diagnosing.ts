/** Diagnoses of receipts, one after the other: see `diagnose.ts`. */
import { TrotlineError } from "../../core/errors.ts";
import { limits } from "../../core/limits.ts";
import type { Clock } from "../../core/ports.ts";
import { decodeRequest, headerValues, type KeptRequest } from "../../core/received-request.ts";
import { liveSecrets, type Receipt, type RejectionCode, type Source } from "../../core/source.ts";
import type { AllowList } from "../../platform/allow-list.ts";
import { type CauseCode, causeAdvice } from "./causes.ts";
import type { Cause, Findings } from "./diagnose.ts";

export interface DiagnosingOptions {
  readonly sources: {
    list(query: { readonly tenant: string; readonly limit: number }): { readonly sources: readonly Source[] };
  };
  readonly fetchText: (url: string) => Promise<string>;
  /** Where providers reach this server, without a slash at the end; null where requests tell. */
  readonly publicUrl: string | null;
  /** Proxies whose word counts for the URL. */
  readonly trustedProxies: AllowList;
  readonly clock: Clock;
}

export interface Diagnosis extends Findings {
  readonly summary: string;
  readonly causes: readonly (Cause & { readonly advice: string })[];
}

const nothing = new Uint8Array(0);

/** What is clear from the code alone. */
const causeOfCode: Partial<Record<RejectionCode, CauseCode>> = {
  too_large: "too_large",
  ip_not_allowed: "ip_not_allowed",
  source_paused: "source_paused",
  method_not_allowed: "method_not_allowed",
  rate_limited: "rate_limited",
  overloaded: "overloaded",
  store_unavailable: "store_unavailable",
};

export class Diagnosing {
  readonly #options: DiagnosingOptions;
  #waiting = 0;
  /** Of tenants that have any: nobody's are so many that others have none. */
  readonly #waitingOf = new Map<string, number>();
  #last: Promise<unknown> = Promise.resolve();

  constructor(options: DiagnosingOptions) {
    this.#options = options;
  }

  /** Rejects with `overloaded` where too many are asked for at once. */
  async diagnose(receipt: Receipt, source: Source): Promise<Diagnosis> {
    const { tenant } = source;
    const own = this.#waitingOf.get(tenant) ?? 0;
    if (this.#waiting >= limits.diagnosesWaiting || own >= limits.diagnosesWaitingPerTenant) {
      throw new TrotlineError("overloaded", "Too many diagnoses are under way.", { retryAfterSeconds: 2 });
    }
    this.#count(tenant, 1);
    const turn = this.#last.then(() => this.#findings(receipt, source)).finally(() => this.#count(tenant, -1));
    this.#last = turn.catch(() => {});
    return withAdvice(await turn);
  }

  #count(tenant: string, change: 1 | -1): void {
    this.#waiting += change;
    const own = (this.#waitingOf.get(tenant) ?? 0) + change;
    if (own === 0) this.#waitingOf.delete(tenant);
    else this.#waitingOf.set(tenant, own);
  }

  async #findings(receipt: Receipt, source: Source): Promise<Findings> {
    const { outcome, code, detail } = receipt;
    if (outcome !== "rejected") return clear("not_rejected", `It was a ${outcome}: nothing failed.`);
    const known = code === null ? undefined : causeOfCode[code];
    if (known !== undefined) return clear(known, detail ?? "It was refused before it was verified.");
    if (detail?.startsWith("handshake_refused: ")) return clear("handshake_refused", detail.replace(/^\w+: /, ""));
    const { clock, fetchText } = this.#options;
    const request = decodeRequest(receipt.request, nothing);
    const { method, headers, body } = request;
    const { diagnose } = await import("./diagnose.ts"); // With the first that is asked for, and not at every start.
    return diagnose({
      source,
      request: { method, headers, body, url: this.#urlOf(request) },
      receivedAtMs: receipt.receivedAtMs,
      isBodyCut: receipt.bodyTruncated,
      secretsOfOthers: this.#secretsOfOthers(source),
      fetchText,
      clock,
    });
  }

  #urlOf({ protocol, headers, target }: KeptRequest): string {
    const { publicUrl, trustedProxies } = this.#options;
    // Which of them it came through is not kept; where it was none, the host that it names is one mistake of many.
    const named = trustedProxies.length === 0 ? [] : headerValues(headers, "x-forwarded-host").join(",").split(",");
    const host = named.at(-1)?.trim() || (headerValues(headers, "host")[0] ?? "localhost");
    return (publicUrl ?? `${protocol}://${host}`) + target;
  }

  #secretsOfOthers({ id, tenant }: Source): { source: string; value: string }[] {
    const nowMs = this.#options.clock.wallMs();
    return this.#options.sources
      .list({ tenant, limit: limits.sourcesPerTenant })
      .sources.filter((other) => other.id !== id)
      .flatMap(({ name, secrets }) => liveSecrets(secrets, nowMs).map(({ value }) => ({ source: name, value })))
      .slice(0, limits.diagnosisSecrets);
  }
}

const clear = (code: CauseCode, sentence: string): Findings => ({
  causes: [{ code, sentence }],
  trials: 0,
  isComplete: true,
});

function withAdvice({ causes, trials, isComplete, url }: Findings): Diagnosis {
  const unexplained = isComplete
    ? "No known mistake explains it: most likely the sender has another secret, or the body was changed."
    : "No known mistake that was tried explains it; there was no time to try all.";
  const other = url
    ? ` Or the URL at the provider, which is signed, is not \`${url}\`: then set the server's \`public-url\`.`
    : "";
  return {
    summary: causes.length > 0 ? causes.map(({ sentence }) => sentence).join(" ") : unexplained + other,
    causes: causes.map(({ code, sentence }) => ({ code, sentence, advice: causeAdvice[code] })),
    trials,
    isComplete,
  };
}
