/** The keys of endpoints that have names: what a receiver may know of them, and the set that everyone may read. */
import type { Endpoint } from "../core/endpoint.ts";
import { type MessageAlgorithm, signsWithKeyPair } from "../core/endpoint-signing.ts";
import { type PublicKey, publicKeyOf } from "../platform/ed25519.ts";
import { sharedKeyId } from "../platform/keyed-digest.ts";

export interface SigningKey {
  readonly keyId: string;
  readonly algorithm: MessageAlgorithm;
  /** Null where the key is shared. */
  readonly publicKey: PublicKey | null;
  /** When it signs no more; null while it is not replaced. */
  readonly untilMs: number | null;
}

type Signer = Pick<Endpoint, "signing" | "secrets" | "retiringSecrets">;

/** The newest first; none where signatures of the scheme name no key. */
export function signingKeys({ signing, secrets, retiringSecrets }: Signer): SigningKey[] {
  const isPair = signsWithKeyPair(signing);
  if (!isPair && signing.scheme !== "http-message-signatures") return [];
  const all = [...secrets.map((secret) => ({ secret, untilMs: null })), ...retiringSecrets];
  return all.map(({ secret, untilMs }) => {
    if (!isPair) return { keyId: sharedKeyId(secret), algorithm: "hmac-sha256", publicKey: null, untilMs };
    const publicKey = publicKeyOf(secret);
    return { keyId: publicKey.keyId, algorithm: "ed25519", publicKey, untilMs };
  });
}

/** Of one endpoint, and what they were derived from. */
interface OfEndpoint extends Pick<Signer, "secrets" | "retiringSecrets"> {
  readonly keys: readonly SigningKey[];
}

/** The public keys that sign now, of every endpoint that has some. */
export class PublishedKeys {
  /**
   * Derived when an endpoint is put: that takes a tenth of a millisecond for each, and anybody may ask for the set, as
   * often as it changes.
   */
  readonly #published = new Map<string, OfEndpoint>();
  #keys: readonly PublicKey[] | null = null;

  /** The endpoint is new, or as it is from now on. */
  put(endpoint: Endpoint): void {
    const { id, secrets, retiringSecrets, signing } = endpoint;
    if (!signsWithKeyPair(signing)) {
      this.remove(endpoint);
      return;
    }
    const kept = this.#published.get(id);
    if (kept?.secrets === secrets && kept.retiringSecrets === retiringSecrets) return;
    this.#published.set(id, { secrets, retiringSecrets, keys: signingKeys(endpoint) });
    this.#keys = null;
  }

  remove({ id }: Endpoint): void {
    if (this.#published.delete(id)) this.#keys = null;
  }

  /** Each once. The same array until something changes. */
  all(): readonly PublicKey[] {
    if (this.#keys === null) {
      const byId = new Map<string, PublicKey>();
      for (const { keys } of this.#published.values()) {
        for (const { keyId, publicKey } of keys) if (publicKey !== null) byId.set(keyId, publicKey);
      }
      this.#keys = [...byId.values()];
    }
    return this.#keys;
  }
}
