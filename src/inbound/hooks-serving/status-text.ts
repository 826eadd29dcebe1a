/** Statuses that adnanh/webhook answers with; any other that is configured is answered 200. */

const first: Readonly<Record<number, number>> = { 200: 208, 300: 305, 400: 418, 421: 426, 500: 508 };
const single = new Set([226, 307, 308, 428, 429, 431, 451, 510, 511]);

/** Those that have a name in Go 1.19 (https://pkg.go.dev/net/http#StatusText), but for 1xx: none is an answer. */
export function hasStatusText(status: number): boolean {
  if (single.has(status)) return true;
  return Object.entries(first).some(([from, to]) => status >= Number(from) && status <= to);
}
