/** What the simulator may do to a receiver, in the order in which it does so. */
export const variants = {
  handshake: "what the provider asks before it sends; its challenge is to be answered as it wants",
  genuine: "a signed request; to be taken with 2xx",
  duplicate: "the same request once more; to be taken too, or the provider goes on sending it",
  late: "an event of six hours ago, signed now; to be taken",
  reordered: "a newer event before an older one; both to be taken",
  "bad-signature": "signed by somebody else; to be refused with 4xx",
  truncated: "half of the body that was signed; to be refused with 4xx",
  stale: "signed long ago; to be refused with 4xx",
  future: "signed in the future; to be refused with 4xx",
} as const satisfies Readonly<Record<string, string>>;

export type Variant = keyof typeof variants;
export const variantNames = Object.keys(variants) as readonly Variant[];
