/** A certificate of one's own, as the simulator of a provider that signs with one shows it. */
import { generateKeyPairSync, sign } from "node:crypto";

const sequence = 0x30;
const set = 0x31;

/** A certificate for a name, valid in this century, and its private key, both as PEM. */
export function selfSigned(name: string): { readonly certificate: string; readonly privateKey: string } {
  const { publicKey, privateKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
  const named = der(sequence, der(set, der(sequence, objectId("550403"), der(0x0c, Buffer.from(name)))));
  const body = der(
    sequence,
    der(0xa0, der(0x02, Buffer.from([2]))),
    der(0x02, Buffer.from([1])),
    signatureAlgorithm,
    named,
    der(sequence, timeOf("20000101000000Z"), timeOf("20991231235959Z")),
    named,
    publicKey.export({ type: "spki", format: "der" }),
  );
  const signature = sign("sha256", body, privateKey);
  const whole = der(sequence, body, signatureAlgorithm, der(0x03, Buffer.from([0]), signature));
  const lines = whole.toString("base64").match(/.{1,64}/g) ?? [];
  return {
    certificate: `-----BEGIN CERTIFICATE-----\n${lines.join("\n")}\n-----END CERTIFICATE-----\n`,
    privateKey: privateKey.export({ type: "pkcs8", format: "pem" }).toString(),
  };
}

/** One value in DER (X.690): its tag, its length, what it holds. */
function der(tag: number, ...parts: readonly Uint8Array[]): Buffer {
  const content = Buffer.concat(parts);
  const { length } = content;
  if (length < 0x80) return Buffer.concat([Buffer.from([tag, length]), content]);
  const size = length < 0x100 ? Buffer.from([0x81, length]) : Buffer.from([0x82, length >> 8, length & 0xff]);
  return Buffer.concat([Buffer.from([tag]), size, content]);
}

function objectId(hex: string): Buffer {
  return der(0x06, Buffer.from(hex, "hex"));
}

/** GeneralizedTime, which every year fits. */
const timeOf = (text: string): Buffer => der(0x18, Buffer.from(text));

/** sha256WithRSAEncryption (RFC 8017). */
const signatureAlgorithm = der(sequence, objectId("2a864886f70d01010b"), der(0x05));
