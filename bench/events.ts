/** The events that the bench publishes, and requests that carry them. */

/** The type that the busy endpoint takes, and that no idle one does. */
export const busyType = "bench.order.paid";

const words = "trotline hooks one line and each reader is a cursor on it ".repeat(40);

/** JSON text of about `bytes` bytes: an order with a few numbers, flags and a long text. */
export function orderData(bytes: number): string {
  const order = (note: string) =>
    JSON.stringify({
      order: "ord_01j9zq7m2k4t8w",
      amount: 129.9,
      currency: "EUR",
      paid: true,
      items: [
        { sku: "HOOK-10", quantity: 3, price: 12.5 },
        { sku: "LINE-200", quantity: 1, price: 92.4 },
      ],
      customer: { id: 48213, name: "Ada Lovelace", country: "GB", tags: ["new", "b2b"] },
      note,
    });
  return order(words.slice(0, Math.max(0, bytes - order("").length)));
}

export const eventText = (dataBytes: number, type = busyType): string =>
  `{"type":"${type}","data":${orderData(dataBytes)}}`;

export const batchText = (count: number, event: string): string => `[${Array(count).fill(event).join(",")}]`;

/** A whole HTTP/1.1 request that publishes `body`. Events carry no id, so that the same bytes may be sent again. */
export function publishRequest(target: { port: number; key: string }, body: string): Buffer {
  const head = [
    "POST /v1/events HTTP/1.1",
    `host: 127.0.0.1:${target.port}`,
    `authorization: Bearer ${target.key}`,
    "content-type: application/json",
    `content-length: ${Buffer.byteLength(body)}`,
  ];
  return Buffer.from(`${head.join("\r\n")}\r\n\r\n${body}`);
}
