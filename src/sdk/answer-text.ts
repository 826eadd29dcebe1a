/** The text of an answer, of which no more is kept than any answer of Trotline has. */

/** Bytes, unpacked. A page has a few million; something that never ends must not fill the program's memory. */
const answerBytesMax = 64 * 1024 * 1024;

/** Rejects where reading fails, and where there is more. */
export async function answerText(response: Response): Promise<string> {
  const reader = response.body?.getReader();
  if (reader === undefined) return response.text(); // Some runtimes do not show a body as a stream.
  const chunks: Uint8Array[] = [];
  let length = 0;
  for (let part = await reader.read(); !part.done; part = await reader.read()) {
    chunks.push(part.value);
    length += part.value.length;
    if (length <= answerBytesMax) continue;
    reader.cancel().catch(() => {});
    throw new Error(`the answer has more than ${answerBytesMax} bytes`);
  }
  return new TextDecoder().decode(joined(chunks, length));
}

function joined(chunks: readonly Uint8Array[], length: number): Uint8Array {
  const [first] = chunks;
  if (first !== undefined && first.length === length) return first;
  const whole = new Uint8Array(length);
  let at = 0;
  for (const chunk of chunks) {
    whole.set(chunk, at);
    at += chunk.length;
  }
  return whole;
}
