import { Busboy } from "@fastify/busboy";
import { limits } from "../../core/limits.ts";
import { objectOf } from "./form.ts";
import { jsonOf } from "./json.ts";
import type { MediaType } from "./media-type.ts";
import { textOf } from "./text.ts";

interface Part {
  readonly name: string;
  readonly filename: string | null;
  readonly content_type: string;
  readonly bytes: number;
  readonly text?: string;
  readonly base64?: string;
}

const pieceBytes = 64 * 1024;

/** Fields by their names, and the files in their order; null where it is not what it says, or has too many parts. */
export function multipartData(body: Uint8Array, { text: contentType }: MediaType): Promise<Buffer | null> {
  const { promise, resolve } = Promise.withResolvers<Buffer | null>();
  let reader: InstanceType<typeof Busboy>;
  try {
    reader = new Busboy({
      headers: { "content-type": contentType },
      limits: { parts: limits.receivedParts, fieldSize: body.length, fileSize: body.length },
    });
  } catch {
    return Promise.resolve(null);
  }
  const fields: [string, string][] = [];
  const parts: Part[] = [];
  reader.on("field", (name: string, value: string) => fields.push([name, value]));
  reader.on("file", (name: string, stream, filename: string | undefined, _encoding, mimeType: string) => {
    const chunks: Buffer[] = [];
    stream.on("data", (chunk: Buffer) => chunks.push(chunk));
    stream.on("error", () => resolve(null));
    stream.on("end", () =>
      parts.push(partOf(Buffer.concat(chunks), { name, filename: filename ?? null, content_type: mimeType })),
    );
  });
  let isOver = false;
  const giveUp = (): void => {
    isOver = true;
    resolve(null);
  };
  reader.on("partsLimit", giveUp);
  reader.on("error", giveUp);
  reader.on("finish", () => resolve(jsonOf({ fields: objectOf(fields), parts })));
  // Piece by piece, since it goes on to the end of what it was given when nobody wants it any more.
  for (let at = 0; at < body.length && !isOver; at += pieceBytes) reader.write(body.subarray(at, at + pieceBytes));
  reader.end();
  return promise;
}

function partOf(content: Buffer, head: Pick<Part, "name" | "filename" | "content_type">): Part {
  const text = textOf(content, null);
  return { ...head, bytes: content.length, ...(text === null ? { base64: content.toString("base64") } : { text }) };
}
