/** When attempts began, and whether they kept to a rate, for tests of rates. */
import assert from "node:assert/strict";
import type { App } from "../../src/app.ts";
import type { AttemptTrigger } from "../../src/core/attempt.ts";
import type { RateLimit } from "../../src/core/endpoint-pace.ts";

export interface Begun {
  readonly position: number;
  readonly endpointNumber: number;
  readonly trigger: AttemptTrigger;
  readonly startedAtMs: number;
}

/** Every attempt that is journalled, first ones first. */
export async function attemptsOf(app: App, endpointNumber?: number): Promise<Begun[]> {
  await app.dispatcher.journal.flushed();
  const begun: Begun[] = [];
  for (let beforeSequence = Number.MAX_SAFE_INTEGER; ; ) {
    const page = await app.store.journal.attempts({
      beforeSequence,
      limit: 1000,
      ...(endpointNumber !== undefined && { endpointNumber }),
    });
    begun.unshift(...page.toReversed());
    const last = page.at(-1);
    if (last === undefined) return begun.sort((left, right) => left.startedAtMs - right.startedAtMs);
    beforeSequence = last.sequence;
  }
}

/** In no time more than the burst and what the rate gives; turns given together may be a few milliseconds apart. */
export function assertRate(begun: readonly Begun[], { perSecond, burst }: RateLimit): void {
  const slackMs = 50;
  for (let from = 0; from < begun.length; from++) {
    for (let to = from; to < begun.length; to++) {
      const lastedMs = begun[to]!.startedAtMs - begun[from]!.startedAtMs;
      const most = burst + ((lastedMs + slackMs) * perSecond) / 1000;
      assert.ok(to - from + 1 <= most + 1, `${to - from + 1} within ${lastedMs} ms`);
    }
  }
}
