import type { IncomingMessage } from "node:http";
import { GrowingBytes } from "./growing-bytes.ts";

/** Bytes of bodies that are held at once, from their coming to the answer. */
export class BodyRoom {
  readonly #bytesMax: number;
  #bytes = 0;

  constructor(bytesMax: number | null) {
    this.#bytesMax = bytesMax ?? Number.POSITIVE_INFINITY;
  }

  /** False where there is no room for them. */
  take(bytes: number): boolean {
    if (this.#bytes + bytes > this.#bytesMax) return false;
    this.#bytes += bytes;
    return true;
  }

  free(bytes: number): void {
    this.#bytes -= bytes;
  }
}

export type HookBody =
  /** What it takes of the room is the caller's to free. */
  { readonly kind: "whole"; readonly bytes: Uint8Array } | { readonly kind: "too-large" | "no-room" | "aborted" };

/** The whole body; or why there is none, as soon as that is known. */
export async function readHookBody(
  request: IncomingMessage,
  bytesMax: number | null,
  room: BodyRoom,
): Promise<HookBody> {
  const max = bytesMax ?? Number.POSITIVE_INFINITY;
  if (Number(request.headers["content-length"] ?? 0) > max) return { kind: "too-large" };
  const body = new GrowingBytes();
  const kind = await new Promise<HookBody["kind"]>((resolve) => {
    request.on("data", (chunk: Buffer) => {
      const isRoom = body.length + chunk.length <= max && room.take(chunk.length);
      if (isRoom) {
        body.add(chunk);
        return;
      }
      request.pause();
      resolve(body.length + chunk.length > max ? "too-large" : "no-room");
    });
    request.on("end", () => resolve("whole"));
    request.on("close", () => resolve("aborted"));
    request.on("error", () => resolve("aborted"));
  });
  if (kind === "whole") return { kind, bytes: body.bytes };
  room.free(body.length);
  return { kind };
}
