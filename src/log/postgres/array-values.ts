/** Arrays as PostgreSQL writes them (https://www.postgresql.org/docs/current/arrays.html#ARRAYS-IO). */

export type ArrayElement = string | number | boolean | Uint8Array | null;

export function arrayText(values: readonly ArrayElement[]): string {
  return `{${values.map(elementText).join(",")}}`;
}

function elementText(value: ArrayElement): string {
  if (value === null) return "NULL";
  if (typeof value === "string") return `"${value.replace(/[\\"]/g, "\\$&")}"`;
  if (typeof value === "object") {
    return `"\\\\x${Buffer.from(value.buffer, value.byteOffset, value.byteLength).toString("hex")}"`;
  }
  return String(value);
}

/** Of one dimension. */
export function readArray<Value>(text: string, read: (element: string) => Value): (Value | null)[] {
  const values: (Value | null)[] = [];
  const element = /"((?:[^"\\]|\\.)*)"|([^,{}"]+)/gsy;
  let at = 1;
  while (at < text.length - 1) {
    element.lastIndex = at;
    const match = element.exec(text);
    if (match === null) throw new Error("PostgreSQL answered an array that cannot be read.");
    const [whole, quoted, bare] = match;
    if (quoted !== undefined) values.push(read(quoted.replace(/\\(.)/gs, "$1")));
    else values.push(bare === "NULL" ? null : read(bare as string));
    at += whole.length + 1;
  }
  return values;
}
