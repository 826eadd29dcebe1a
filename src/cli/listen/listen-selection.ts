/** What is listened to: events of a tenant, of one source, or requests of a bin. */
import type { EventSelection, Trotline, TrotlineEvent } from "../../sdk/client.ts";
import type { BinRequestSummary, ReceivedRequest } from "../../sdk/wire.ts";
import type { Session } from "../session.ts";
import { UsageError } from "../usage-error.ts";
import type { ListenFlags } from "./listen-flags.ts";

export interface Asked {
  readonly after: string;
  readonly limit: number;
  /** Seconds. */
  readonly wait: number;
}

interface ListenPage {
  readonly data: readonly TrotlineEvent[];
  readonly next_cursor: string;
  readonly has_more: boolean;
}

export interface Selection {
  readonly query: EventSelection;
  /** Beyond what the server can be asked for. */
  readonly isWanted: (event: TrotlineEvent) => boolean;
  readonly page: (asked: Asked, signal: AbortSignal) => Promise<ListenPage>;
  /** Of an event that was received. */
  readonly requestOf: (event: TrotlineEvent, signal: AbortSignal) => Promise<ReceivedRequest>;
  /** False where all events were received: nothing has to be signed. */
  readonly hasPublished: boolean;
  readonly isBin: boolean;
}

/** More than any bin takes. */
const binBodyBytesMax = 10 * 1024 * 1024;

export function selectionOf(session: Session, flags: ListenFlags): Promise<Selection> {
  return flags.bin === undefined ? eventsOf(session, flags) : requestsOf(session, flags.bin);
}

/** A bin is what it is: nothing else can be chosen of it. */
export function checkSelection({ bin, source, types, filter, subject, tenant, consumer }: ListenFlags): void {
  if (bin === undefined) return;
  const others = Object.entries({ source, types, filter, subject, tenant, consumer });
  const other = others.find(([, value]) => value !== undefined)?.[0];
  if (other !== undefined) throw new UsageError(`--bin goes without --${other}.`);
}

async function eventsOf(session: Session, flags: ListenFlags): Promise<Selection> {
  const { client } = session;
  const { source, types, filter, subject, tenant } = flags;
  const selection = (query: EventSelection, isWanted: Selection["isWanted"]): Selection => ({
    query,
    isWanted,
    page: (asked, signal) => client.events.list({ ...query, ...asked }, { signal }),
    // Beside the event in the feed the request would lack what stands around its JSON.
    requestOf: ({ id, tenant: owner }, signal) => client.events.request(id, { tenant: owner, signal }),
    hasPublished: source === undefined,
    isBin: false,
  });
  if (source === undefined) return selection({ types, filter, subject, tenant }, () => true);
  const found = await client.sources.get(source, { signal: session.signal });
  const { name, scheme } = found;
  session.note(
    scheme.unverified
      ? `The source \`${name}\` verifies nothing: anybody may have sent what comes.`
      : `What comes was verified by the server, by the scheme \`${scheme.preset ?? "custom"}\`.`,
  );
  // Types of a source's events begin with its name; others may have such types, too.
  const query = { types: types ?? [`${name}.*`], filter, subject, tenant: tenant ?? found.tenant };
  return selection(query, (event) => event.source === name);
}

async function requestsOf({ client, signal, note }: Session, bin: string): Promise<Selection> {
  const { id, tenant, expires_at } = await client.bins.get(bin, { signal });
  note(`The bin verifies nothing, and is gone at ${expires_at}.`);
  return {
    query: {},
    isWanted: () => true,
    page: async (asked, poll) => {
      const page = await client.bins.requests(id, asked, { signal: poll });
      return { ...page, data: page.data.map((request) => eventOf(request, tenant)) };
    },
    requestOf: (event, poll) => client.bins.request(id, event.id, { bodyBytesMax: binBodyBytesMax }, { signal: poll }),
    hasPublished: false,
    isBin: true,
  };
}

/** The event under which a bin's request is in the log, without the names that nobody is to guess. */
const eventOf = ({ id, cursor, received_at }: BinRequestSummary, tenant: string): TrotlineEvent => ({
  id,
  tenant,
  type: "bin.received",
  source: "bin",
  occurred_at: received_at,
  accepted_at: received_at,
  cursor,
  data: null,
});

/** By whose signature the requests of a source are known; null where by none, or where the source is gone. */
export function schemeNames(client: Trotline): (source: string, signal: AbortSignal) => Promise<string | null> {
  const known = new Map<string, string | null>();
  return async (source, signal) => {
    if (!known.has(source)) known.set(source, await schemeName(client, source, signal));
    return known.get(source) ?? null;
  };
}

async function schemeName(client: Trotline, source: string, signal: AbortSignal): Promise<string | null> {
  try {
    const { scheme } = await client.sources.get(source, { signal });
    if (scheme.unverified) return null;
    return scheme.preset ?? "custom";
  } catch (error) {
    if (signal.aborted) throw error;
    return null;
  }
}
