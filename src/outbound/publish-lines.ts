/**
 * Publishing NDJSON of any length, in bounded memory: lines are gathered into groups, and a few groups are under way.
 */
import type { Epochs } from "../core/epochs.ts";
import { TrotlineError } from "../core/errors.ts";
import type { AppendedItem, PublishedEvent } from "../log/event-log.ts";
import { conflictError, type PublisherOptions, publishedItem } from "./append-answers.ts";
import { readEventLine } from "./read-events.ts";

/** A group is stored when it has this many lines or bytes, or when the sender pauses. */
const linesPerGroup = 500;
const bytesPerGroup = 1024 * 1024;
/** Groups being stored at once. */
const groupsUnderWay = 4;
/** What a line may have beside its `data`. */
const envelopeBytes = 16 * 1024;

type Line = { readonly index: number } & ({ readonly event: PublishedEvent } | { readonly error: TrotlineError });

interface Counts {
  stored: number;
  duplicates: number;
  refused: number;
}

export async function* publishLines(
  chunks: AsyncIterable<Uint8Array>,
  options: PublisherOptions,
): AsyncGenerator<string> {
  const counts: Counts = { stored: 0, duplicates: 0, refused: 0 };
  const source = groups(chunks, options);
  const underWay: Promise<string>[] = [];
  let coming = nextOf(source);
  for (;;) {
    const oldest = underWay[0];
    // Whichever is first: a publisher who waits for an answer before the next line must not wait for ever.
    const next = oldest === undefined ? await coming : await Promise.race([oldest, coming]);
    if (typeof next === "string") {
      underWay.shift();
      yield next;
      continue;
    }
    if (next.done === true) break;
    const answers = storeGroup(next.value, options, counts);
    answers.catch(() => {}); // It is met where it is awaited, which may be later than it fails.
    underWay.push(answers);
    if (underWay.length >= groupsUnderWay) yield (await underWay.shift()) ?? "";
    coming = nextOf(source);
  }
  for (const answers of underWay) yield await answers;
  yield `${JSON.stringify({ done: true, ...counts })}\n`;
}

function nextOf(source: AsyncGenerator<Line[]>): Promise<IteratorResult<Line[]>> {
  const next = source.next();
  next.catch(() => {}); // It is met where it is awaited, unless the publisher is gone by then.
  return next;
}

async function* groups(chunks: AsyncIterable<Uint8Array>, options: PublisherOptions): AsyncGenerator<Line[]> {
  let group: Line[] = [];
  let bytes = 0;
  let index = 0;
  const lineBytesMax = options.eventBytesMax + envelopeBytes;
  for await (const lines of linesOf(chunks, lineBytesMax)) {
    for (const text of lines) {
      group.push({ index, ...readLine(text, lineBytesMax, options) });
      index += 1;
      bytes += text?.length ?? 0;
      if (group.length < linesPerGroup && bytes < bytesPerGroup) continue;
      yield group;
      group = [];
      bytes = 0;
    }
    if (group.length === 0) continue;
    yield group;
    group = [];
    bytes = 0;
  }
}

function readLine(text: Uint8Array | null, lineBytesMax: number, options: PublisherOptions) {
  try {
    if (text === null) throw new TrotlineError("event-too-large", `A line has at most ${lineBytesMax} bytes.`);
    return { event: readEventLine(text, options) };
  } catch (error) {
    if (error instanceof TrotlineError) return { error };
    throw error;
  }
}

/** The lines that each chunk completes, without blank ones; null stands for a line that is too long. */
async function* linesOf(
  chunks: AsyncIterable<Uint8Array>,
  lineBytesMax: number,
): AsyncGenerator<(Uint8Array | null)[]> {
  let parts: Uint8Array[] = [];
  let length = 0;
  const endLine = (): Uint8Array | null => {
    const line = length > lineBytesMax ? null : parts.length === 1 ? (parts[0] as Uint8Array) : Buffer.concat(parts);
    parts = [];
    length = 0;
    return line;
  };
  const addPart = (part: Uint8Array): void => {
    length += part.length;
    if (length <= lineBytesMax) parts.push(part);
    else parts = [];
  };
  for await (const chunk of chunks) {
    const lines: (Uint8Array | null)[] = [];
    let start = 0;
    for (let end = chunk.indexOf(0x0a); end !== -1; end = chunk.indexOf(0x0a, start)) {
      addPart(chunk.subarray(start, end));
      const line = endLine();
      if (line === null || !isBlank(line)) lines.push(line);
      start = end + 1;
    }
    if (start < chunk.length) addPart(chunk.subarray(start));
    if (lines.length > 0) yield lines;
  }
  if (length === 0) return;
  const last = endLine();
  if (last === null || !isBlank(last)) yield [last];
}

const isBlank = (line: Uint8Array): boolean => line.every((byte) => byte === 0x20 || byte === 0x0d || byte === 0x09);

async function storeGroup(group: readonly Line[], options: PublisherOptions, counts: Counts): Promise<string> {
  const events = group.flatMap((line) => ("event" in line ? [line.event] : []));
  let items: readonly AppendedItem[] = [];
  let failure: TrotlineError | null = null;
  try {
    if (events.length > 0) {
      const outcome = await options.events.append({ events, atomic: false, idempotency: null });
      if (outcome.kind === "answered") items = outcome.items;
    }
  } catch (error) {
    if (!(error instanceof TrotlineError)) throw error;
    failure = error;
  }
  const before = { ...counts };
  const { epochs } = options.events.bounds();
  let next = 0;
  let answers = "";
  for (const line of group) {
    const error = "error" in line ? line.error : failure;
    const item = "error" in line ? undefined : items[next++];
    answers += `${JSON.stringify(answerOf(line.index, { error, item, epochs }, counts))}\n`;
  }
  options.onPublished({
    stored: counts.stored - before.stored,
    duplicates: counts.duplicates - before.duplicates,
    refused: counts.refused - before.refused,
  });
  return answers;
}

function answerOf(
  index: number,
  outcome: { error: TrotlineError | null; item: AppendedItem | undefined; epochs: Epochs },
  counts: Counts,
): object {
  const { item, epochs } = outcome;
  const error =
    outcome.error ?? (item === undefined || item.outcome === "conflict" ? conflictError(item?.id ?? "") : null);
  if (error !== null || item === undefined) {
    counts.refused += 1;
    const field = error?.extras.field === undefined ? {} : { field: error.extras.field };
    return { index, error: { code: error?.code, detail: error?.message, ...field } };
  }
  counts[item.outcome === "duplicate" ? "duplicates" : "stored"] += 1;
  return { index, ...publishedItem(item, epochs) };
}
