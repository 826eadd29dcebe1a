/** Reads server-sent events whose data are JSON. */

export interface StreamedEvent {
  readonly name: string;
  readonly data: Readonly<Record<string, unknown>>;
}

/** Until the stream ends, or breaks: then it throws. */
export async function* readEventStream(body: ReadableStream<Uint8Array>): AsyncGenerator<StreamedEvent> {
  const decoder = new TextDecoder();
  let text = "";
  for await (const bytes of body) {
    text += decoder.decode(bytes, { stream: true });
    const blocks = text.split("\n\n");
    text = blocks.pop() ?? "";
    for (const block of blocks) {
      const event = eventOf(block);
      if (event !== null) yield event;
    }
  }
}

/** Null where it is a comment. */
function eventOf(block: string): StreamedEvent | null {
  const fields = new Map<string, string>();
  for (const line of block.split("\n")) {
    const [, name = "", value = ""] = /^([^:]*): ?(.*)$/.exec(line) ?? [];
    fields.set(name, value);
  }
  const data = fields.get("data");
  return data === undefined ? null : { name: fields.get("event") ?? "message", data: JSON.parse(data) };
}
