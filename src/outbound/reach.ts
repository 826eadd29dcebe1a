/**
 * What stands between the stages and receivers: who they are told that sends, whether they agreed, and tests of them.
 */
import type { Endpoint } from "../core/endpoint.ts";
import type { PaceSettings } from "../core/endpoint-pace.ts";
import type { Clock, Random, Sender } from "../core/ports.ts";
import type { Attempter } from "./attempt.ts";
import { AuthorizedSender } from "./authorization.ts";
import { ReceiverChecks } from "./receiver-checks.ts";
import { TestSender, type TestSendOptions } from "./test-send.ts";
import { type EndpointDraft, Verification } from "./verification.ts";

export interface ReachOptions {
  readonly sender: Sender;
  readonly clock: Clock;
  readonly random: Random;
  /** Where receivers reach this server: its host is what this system calls itself in the handshake of CloudEvents. */
  readonly publicUrl: string | null;
  /** As for `AuthorizedSender`. */
  readonly hasExpired?: () => boolean;
}

/** What it calls itself otherwise. */
const originDefault = "trotline";

export class Reach {
  readonly sender: AuthorizedSender;
  readonly #options: ReachOptions;
  readonly #checks = new ReceiverChecks();
  readonly #verification: Verification;

  constructor(options: ReachOptions) {
    this.#options = options;
    const { publicUrl, ...machine } = options;
    const webhookOrigin = (publicUrl === null ? null : URL.parse(publicUrl)?.hostname) ?? originDefault;
    this.sender = new AuthorizedSender({ ...machine, webhookOrigin });
    this.#verification = new Verification({ ...machine, sender: this.sender, checks: this.#checks, webhookOrigin });
  }

  /** The settings that follow from what the receiver agreed to. Refuses with `endpoint-unverified`. */
  verify(draft: EndpointDraft): Promise<Partial<PaceSettings>> {
    return this.#verification.verify(draft);
  }

  /** What was only the old endpoint's is let go. */
  endpointChanged({ before, after }: { readonly before: Endpoint | null; readonly after: Endpoint | null }): void {
    if (before !== null && before.tls !== null && before.tls !== after?.tls) this.sender.retire(before);
  }

  tests(attempter: Pick<Attempter, "attempt">, eventTypes: TestSendOptions["eventTypes"]): TestSender {
    const { clock, random } = this.#options;
    return new TestSender({ attempter, eventTypes, clock, random, checks: this.#checks });
  }
}
