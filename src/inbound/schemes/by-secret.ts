/** Schemes of a provider that signs in two ways: which one it is, a secret says by its look, and the request never. */
import type { Scheme, SchemeRequest, Verdict, VerifyContext } from "./scheme.ts";

/** Each secret verifies by the scheme that it is of. Where none does, the newest secret's scheme says why. */
export async function verifyBySecret(
  schemeOf: (secret: string) => Scheme,
  request: SchemeRequest,
  context: VerifyContext,
): Promise<Verdict> {
  const { secrets } = context;
  const schemes = [...new Set(secrets.map(schemeOf))];
  const [first = schemeOf("")] = schemes;
  let refused: Verdict | null = null;
  for (const scheme of [first, ...schemes.slice(1)]) {
    const indices = [...secrets.keys()].filter((index) => schemeOf(secrets[index] ?? "") === scheme);
    const own = indices.map((index) => secrets[index] ?? "");
    const verdict = await scheme.verify(request, { ...context, secrets: own });
    if (verdict.ok) return { ok: true, secret: indices[verdict.secret] ?? 0 };
    refused ??= verdict;
  }
  return refused ?? first.verify(request, context);
}
