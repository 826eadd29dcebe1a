/** Requests of every scheme, changed on their way in more than twenty ways: receivers that others wrote refuse them all. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { headersUnder } from "../../src/outbound/signing.ts";
import { anEndpoint } from "../conformance/builders.ts";
import { isTaken, type Parcel, type SchemeCase, schemeCases } from "./signature-verifiers.ts";

const body = '{"id":"evt_1","type":"order.paid","data":{"total":4200,"name":"Žižkov"}}';
const nowSeconds = (): number => Math.floor(Date.now() / 1000);

interface Content {
  readonly secrets?: readonly string[];
  readonly id?: string;
  readonly timestampSeconds?: number;
  readonly body?: string;
  readonly method?: "POST" | "PUT";
  readonly url?: string;
}

function aParcel(scheme: SchemeCase, content: Content = {}): Parcel {
  const signed = { id: "evt_1", timestampSeconds: nowSeconds(), body, method: "POST", url, ...content } as const;
  const endpoint = { ...anEndpoint({ signing: scheme.signing }), number: 1 };
  const secrets = content.secrets ?? [scheme.secrets[0]];
  const pairs = headersUnder(endpoint, secrets, { ...signed, type: "order.paid", body: Buffer.from(signed.body) });
  const headers: Record<string, string> = {};
  for (let i = 0; i < pairs.length; i += 2) headers[(pairs[i] ?? "").toLowerCase()] = pairs[i + 1] ?? "";
  return { method: signed.method, url: signed.url, headers, body: signed.body };
}

const url = "https://example.com/hook?a=b";

/** The text of a signature within its header: the last run of what digits are written with. */
const signaturePattern = /[A-Za-z0-9+/_-]{40,}={0,2}(?=:?$)/;
const withHeader = (parcel: Parcel, name: string, value: string): Parcel => ({
  ...parcel,
  headers: { ...parcel.headers, [name]: value },
});
const without = (parcel: Parcel, name: string): Parcel => {
  const { [name]: _removed, ...headers } = parcel.headers;
  return { ...parcel, headers };
};
const header = (parcel: Parcel, name: string): string => parcel.headers[name] ?? "";
const other = (digit: string): string => (digit === "b" ? "c" : "b");

type Mutation = readonly [name: string, mutate: (parcel: Parcel, scheme: SchemeCase) => Parcel];

const ofBodies: Mutation[] = [
  ["a body without its end", (parcel) => ({ ...parcel, body: parcel.body.slice(0, -1) })],
  ["a body with a space behind it", (parcel) => ({ ...parcel, body: `${parcel.body} ` })],
  ["a body with a line end behind it", (parcel) => ({ ...parcel, body: `${parcel.body}\n` })],
  ["a body behind a byte order mark", (parcel) => ({ ...parcel, body: `\ufeff${parcel.body}` })],
  ["no body", (parcel) => ({ ...parcel, body: "" })],
  ["another number", (parcel) => ({ ...parcel, body: parcel.body.replace("4200", "4201") })],
  ["one bit of a letter", (parcel) => ({ ...parcel, body: parcel.body.replace("order", "nrder") })],
  ["a letter of the other case", (parcel) => ({ ...parcel, body: parcel.body.replace("Ž", "ž") })],
  ["a body written again", (parcel) => ({ ...parcel, body: JSON.stringify(JSON.parse(parcel.body), null, 1) })],
  ["a body twice", (parcel) => ({ ...parcel, body: parcel.body + parcel.body })],
];

const ofSignature = (name: string, change: (signature: string) => string): Mutation => [
  name,
  (parcel, scheme) => {
    const value = header(parcel, scheme.header);
    const changed = value.replace(signaturePattern, change);
    return withHeader(parcel, scheme.header, changed);
  },
];

const ofSignatures: Mutation[] = [
  ofSignature("another digit first", (text) => other(text[0] ?? "") + text.slice(1)),
  ofSignature("another digit in the middle", (text) => text.slice(0, 20) + other(text[20] ?? "") + text.slice(21)),
  ofSignature("a signature without its end", (text) => text.replace(/..(={0,2})$/, "$1")),
  ofSignature("half a signature", (text) => text.slice(0, text.length / 2)),
  ofSignature("a signature with more behind it", (text) => `${text}aaaa`),
  ofSignature("a signature of the other case", (text) =>
    text === text.toLowerCase() ? text.toUpperCase() : text.toLowerCase(),
  ),
  ofSignature("a signature backwards", (text) => [...text].reverse().join("")),
  ofSignature("an empty signature", () => ""),
  ofSignature("zeros", (text) => text.replace(/[^=]/g, "0")),
  [
    "a signature without what stands before it",
    (parcel, { header: name }) => {
      const [signature = ""] = signaturePattern.exec(header(parcel, name)) ?? [];
      return withHeader(parcel, name, signature);
    },
  ],
  ["no signature", (parcel, scheme) => without(parcel, scheme.header)],
  [
    "the signature of another body",
    (parcel, scheme) => {
      const { headers } = aParcel(scheme, { body: '{"other":1}' });
      return { ...parcel, headers: { ...parcel.headers, [scheme.header]: headers[scheme.header] ?? "" } };
    },
  ],
  ["a signature under another secret", (_parcel, scheme) => aParcel(scheme, { secrets: [scheme.secrets[1]] })],
];

/** Of schemes that sign when. */
const ofTimes: Mutation[] = [
  ["signed long ago", (_parcel, scheme) => aParcel(scheme, { timestampSeconds: nowSeconds() - 3600 })],
  ["signed in the future", (_parcel, scheme) => aParcel(scheme, { timestampSeconds: nowSeconds() + 3600 })],
  [
    "another time",
    (parcel, scheme) => {
      const stamped = aParcel(scheme, { timestampSeconds: nowSeconds() + 1 });
      const old = new RegExp(`\\b${nowSeconds() - 1}|${nowSeconds()}\\b`, "g");
      const headers = Object.entries(parcel.headers).map(([name, value]) => [
        name,
        name === scheme.header && name !== "stripe-signature" ? value : value.replace(old, String(nowSeconds() + 2)),
      ]);
      assert.notDeepEqual(Object.fromEntries(headers), stamped.headers);
      return { ...parcel, headers: Object.fromEntries(headers) };
    },
  ],
];

/** Of schemes that sign which. */
const ofIds: Mutation[] = [
  ["another id", (parcel) => withHeader(parcel, "webhook-id", "evt_2")],
  ["no id", (parcel) => without(parcel, "webhook-id")],
  ["the id twice", (parcel) => withHeader(parcel, "webhook-id", "evt_1, evt_1")],
];

const signatureOf = (parcel: Parcel, name: string): string => header(parcel, name).replace("sha256=", "");

const ofOneScheme: Readonly<Record<string, Mutation[]>> = {
  "standard-webhooks": [
    [
      "another version",
      (parcel) => withHeader(parcel, "webhook-signature", header(parcel, "webhook-signature").replace("v1,", "v2,")),
    ],
    ["no time", (parcel) => without(parcel, "webhook-timestamp")],
    [
      "id and time in each other's place",
      (parcel) =>
        withHeader(withHeader(parcel, "webhook-id", header(parcel, "webhook-timestamp")), "webhook-timestamp", "evt_1"),
    ],
  ],
  "standard-webhooks-ed25519": [
    [
      "another version",
      (parcel) => withHeader(parcel, "webhook-signature", header(parcel, "webhook-signature").replace("v1a,", "v1,")),
    ],
    ["no time", (parcel) => without(parcel, "webhook-timestamp")],
  ],
  github: [
    ["SHA-1 in its place", (parcel) => withHeader(parcel, "x-hub-signature-256", header(parcel, "x-hub-signature"))],
    [
      "another algorithm's name",
      (parcel) => withHeader(parcel, "x-hub-signature-256", `sha1=${signatureOf(parcel, "x-hub-signature-256")}`),
    ],
    [
      "the header twice",
      (parcel) =>
        withHeader(
          parcel,
          "x-hub-signature-256",
          `${header(parcel, "x-hub-signature-256")}, ${header(parcel, "x-hub-signature-256")}`,
        ),
    ],
  ],
  stripe: [
    [
      "another version",
      (parcel) => withHeader(parcel, "stripe-signature", header(parcel, "stripe-signature").replace("v1=", "v0=")),
    ],
    [
      "no time",
      (parcel) => withHeader(parcel, "stripe-signature", header(parcel, "stripe-signature").replace(/t=\d+,/, "")),
    ],
    [
      "a second time behind",
      (parcel) => withHeader(parcel, "stripe-signature", `${header(parcel, "stripe-signature")},t=${nowSeconds() + 2}`),
    ],
  ],
  hmac: [
    [
      "another algorithm's name",
      (parcel) => withHeader(parcel, "x-hub-signature", header(parcel, "x-hub-signature").replace("sha1=", "sha256=")),
    ],
    [
      "the header twice",
      (parcel) =>
        withHeader(
          parcel,
          "x-hub-signature",
          `${header(parcel, "x-hub-signature")}, ${header(parcel, "x-hub-signature")}`,
        ),
    ],
  ],
};

const ofMessages: Mutation[] = [
  ["another method", (parcel) => ({ ...parcel, method: "PUT" })],
  ["another host", (parcel) => ({ ...parcel, url: parcel.url.replace("example.com", "example.org") })],
  ["another query", (parcel) => ({ ...parcel, url: `${parcel.url}&c=d` })],
  ["no digest", (parcel) => without(parcel, "content-digest")],
  ["no input", (parcel) => without(parcel, "signature-input")],
  [
    "a component less",
    (parcel) =>
      withHeader(parcel, "signature-input", header(parcel, "signature-input").replace(' "content-digest"', "")),
  ],
  [
    "another algorithm",
    (parcel) =>
      withHeader(
        parcel,
        "signature-input",
        header(parcel, "signature-input").replace(/alg="[^"]*"/, 'alg="rsa-pss-sha512"'),
      ),
  ],
  [
    "another key's name",
    (parcel) =>
      withHeader(
        parcel,
        "signature-input",
        header(parcel, "signature-input").replace(/keyid="[^"]*"/, 'keyid="other"'),
      ),
  ],
  [
    "a label that no signature has",
    (parcel) => withHeader(parcel, "signature-input", header(parcel, "signature-input").replace("sig1=", "sig9=")),
  ],
];

for (const scheme of schemeCases) {
  const mutations = [
    ...ofBodies,
    ...ofSignatures,
    ...(scheme.signs.time ? ofTimes : []),
    ...(scheme.signs.id ? ofIds : []),
    ...(ofOneScheme[scheme.name] ?? ofMessages),
  ];
  describe(`a request signed with ${scheme.name}`, () => {
    const known = scheme.known(scheme.secrets[0]);

    it("is taken as it was sent, also where a replaced secret signs beside the new one", async () => {
      assert.equal(await isTaken(scheme, aParcel(scheme), known), true);
      const isAlone = ["github", "hmac"].includes(scheme.name);
      const both = aParcel(scheme, { secrets: isAlone ? [scheme.secrets[0]] : [scheme.secrets[1], scheme.secrets[0]] });
      assert.equal(await isTaken(scheme, both, known), true);
      assert.equal(await isTaken(scheme, both, scheme.known(scheme.secrets[1])), !isAlone);
    });

    it(`is refused after each of ${mutations.length} changes`, async () => {
      assert.ok(mutations.length >= 20);
      for (const [name, mutate] of mutations) {
        const parcel = aParcel(scheme);
        const changed = mutate(parcel, scheme);
        assert.notDeepEqual(changed, parcel, `${name} changes something`);
        assert.equal(await isTaken(scheme, changed, known), false, name);
      }
    });

    it("is refused by a receiver with another secret, or none", async () => {
      const parcel = aParcel(scheme);
      assert.equal(await isTaken(scheme, parcel, scheme.known(scheme.secrets[1])), false);
      assert.equal(await isTaken(scheme, parcel, ""), false);
    });
  });
}
