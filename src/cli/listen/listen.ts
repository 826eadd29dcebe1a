/** `trotline listen`, put together: which events, from where, to whom, and who watches. */
import { createHash } from "node:crypto";
import { decodeSecret } from "../../core/signature.ts";
import type { TrotlineEvent } from "../../sdk/client.ts";
import type { Session } from "../session.ts";
import { UsageError } from "../usage-error.ts";
import { consumerArrivals } from "./consumer-arrivals.ts";
import { feedArrivals } from "./feed-arrivals.ts";
import { keysOf } from "./listen-controls.ts";
import type { ListenFlags } from "./listen-flags.ts";
import { ListenOutput } from "./listen-output.ts";
import { checkSelection, type Selection, selectionOf } from "./listen-selection.ts";
import { Listener } from "./listener.ts";
import { localSecret, openPlace, stateFolder } from "./listening-place.ts";
import { checkOwnHeaders } from "./local-request.ts";
import { preparing } from "./prepared-event.ts";

const timeoutMsDefault = 30_000;

export async function listen(session: Session, flags: ListenFlags): Promise<void> {
  checkFlags(flags);
  const {
    to,
    header: headers = {},
    timeout: timeoutMs = timeoutMsDefault,
    limit = Infinity,
    retries = Infinity,
  } = flags;
  const output = new ListenOutput(session, flags.verbose === true);
  const selection = await selectionOf(session, flags);
  const secret = to !== undefined && selection.hasPublished ? await secretOf(session, flags) : null;
  const aim = to === undefined ? null : { to, headers };
  const listener = new Listener({
    prepare: preparing(session.client, selection, { aim, secret }),
    audience: output,
    timeoutMs: to === undefined ? null : timeoutMs,
    retriesMax: retries,
  });
  const ending = new AbortController();
  const signal = AbortSignal.any([session.signal, ending.signal]);
  const keys = keysOf({ session, listener, output, ending, signal });
  try {
    const arrivals = await arrivalsOf(session, flags, { selection, signal, output, onReady: keys.announce });
    await listener.run(arrivals, { limit, signal, ending });
  } catch (error) {
    if (!ending.signal.aborted) throw error;
  } finally {
    keys.end();
  }
}

function checkFlags(flags: ListenFlags): void {
  const { to, print, secret, secretFile, header = {} } = flags;
  checkSelection(flags);
  checkOwnHeaders(header);
  if (to === undefined && !print) throw new UsageError("`listen` needs --to with a URL, or --print.");
  if (to !== undefined && print) throw new UsageError("--print sends nothing: it goes without --to.");
  const given = secretFile ?? secret;
  if (given !== undefined && decodeSecret(given) === null) {
    throw new UsageError("A secret is `whsec_` and the base64 of 24 to 64 bytes.");
  }
}

/** Local code verifies with it, so it is said. */
async function secretOf({ note }: Session, flags: ListenFlags): Promise<string> {
  const given = flags.secretFile ?? flags.secret;
  const secret = given ?? (await localSecret(stateFolder(process.env)));
  if (given === undefined) note(`Published events are signed with ${secret}`);
  return secret;
}

interface Listening {
  readonly selection: Selection;
  readonly signal: AbortSignal;
  readonly output: ListenOutput;
  readonly onReady: () => void;
}

async function arrivalsOf(
  session: Session,
  flags: ListenFlags,
  { selection, signal, output, onReady }: Listening,
): Promise<AsyncGenerator<TrotlineEvent, void, undefined>> {
  const { client, note, connection } = session;
  const { to, from, consumer: name } = flags;
  const reading = { selection, onMissed: output.missed.bind(output) };
  const aim = to === undefined ? "" : ` for ${to}`;
  if (name !== undefined) {
    note(`Listens as the consumer \`${name}\` of ${connection.url}${aim}.`);
    onReady();
    return consumerArrivals(client, { ...reading, name, from }, signal);
  }
  const onWaking = (sleptMs: number): void =>
    note(`Awake after ${Math.round(sleptMs / 1000)} s: it goes on where it was.`);
  // To look is not to read: nobody goes on from there.
  const place = to === undefined ? null : await openPlace(stateFolder(process.env), identityOf(session, flags), from);
  const kept = place?.kept ?? null;
  const start = from ?? kept?.cursor ?? "latest";
  const where = kept === null ? `from ${start} on` : `on from where it stopped at ${kept.at}`;
  const save = place === null ? async () => {} : place.save;
  return feedArrivals(
    {
      ...reading,
      from: start,
      save,
      onWaking,
      onReady: () => {
        note(`Listens to ${connection.url}${aim}, ${where}.`);
        onReady();
      },
    },
    signal,
  );
}

/** Another key may see other events: what this one has not seen must not count as seen. */
function identityOf({ connection }: Session, flags: ListenFlags): readonly unknown[] {
  const { source, bin, types, filter, subject, tenant, to } = flags;
  const key = createHash("sha256")
    .update(connection.key ?? "")
    .digest("hex");
  return [connection.url, key, { source, bin, types, filter, subject, tenant, to }];
}
