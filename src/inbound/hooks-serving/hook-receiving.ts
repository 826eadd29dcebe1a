/**
 * A request to a hook, from its bytes to the answer: read → judged by the rule → stored → answered, at once or with
 * what the command wrote. The words and statuses are those of adnanh/webhook 2.8.
 */
import { TrotlineError } from "../../core/errors.ts";
import { makeId } from "../../core/ids.ts";
import type { Clock, Random } from "../../core/ports.ts";
import type { ReceivedRequest } from "../../core/received-request.ts";
import type { EventLog } from "../../log/event-log.ts";
import type { Allowed } from "../hooks-file/allowances.ts";
import type { Hook, HookHeader } from "../hooks-file/hook.ts";
import type { HookRequest } from "../hooks-file/hook-request.ts";
import { readHookRequest } from "../hooks-file/request-values.ts";
import { decisionOf, evaluateRule } from "../hooks-file/rules.ts";
import { findCommand } from "./find-command.ts";
import { type HookRun, problemOf } from "./hook-command.ts";
import { arrivedRequest, hookEvent } from "./hook-events.ts";
import type { HookQueue } from "./hook-queue.ts";
import { type HooksLog, loggable } from "./hooks-log.ts";
import { hasStatusText } from "./status-text.ts";

export interface HookAnswer {
  readonly status: number;
  readonly headers: readonly HookHeader[];
  readonly body: Uint8Array;
}

export interface HookReceivingOptions {
  readonly events: Pick<EventLog, "append">;
  readonly queue: HookQueue;
  /** Resolves when there is a lane for the hook's events. */
  readonly requireLane: (hookId: string) => Promise<void>;
  readonly log: HooksLog;
  readonly clock: Clock;
  readonly random: Random;
  readonly allowed: Allowed;
  /** Null for no limit. */
  readonly queueLengthMax: number | null;
  /** Where commands are looked for. */
  readonly searchPath: string;
}

const commandFailedText = "Error occurred while executing the hook's command. Please check your logs for more details.";
const rulesFailedText = "Error occurred while evaluating hook rules.";
const notSatisfiedText = "Hook rules were not satisfied.";
const busyRetrySeconds = 5;

export class HookReceiving {
  readonly #options: HookReceivingOptions;

  constructor(options: HookReceivingOptions) {
    this.#options = options;
  }

  /** Never rejects. */
  async receive(hook: Hook, received: ReceivedRequest, requestId: string): Promise<HookAnswer> {
    const { allowed, log } = this.#options;
    const say = (text: string): void => log.say(`[${requestId}] ${text}`);
    const read = readHookRequest(arrivedRequest(received), hook, allowed);
    if (!read.ok) {
      say(`${read.body || "the request cannot be read:"} ${loggable(read.message)}`);
      return answer(read.status, read.body);
    }
    for (const problem of read.problems) say(loggable(problem));
    const refused = this.#judge(hook, read.request, say);
    if (refused !== null) return refused;
    say(`${hook.id} hook triggered successfully`);
    return this.#accept(hook, { received, request: read.request, requestId });
  }

  /** Null where the rule is satisfied. */
  #judge(hook: Hook, request: HookRequest, say: (text: string) => void): HookAnswer | null {
    if (hook.triggerRule === null) return null;
    const { allowed, clock } = this.#options;
    const isSoft = hook.triggerSignatureSoftFailures;
    const result = evaluateRule(hook.triggerRule, request, { nowMs: clock.wallMs(), allowed, isSoft });
    const decision = decisionOf(result);
    if (result.failure !== null) say(loggable(result.failure.message));
    if (decision === "run") return null;
    if (decision === "crash") return answer(500, "");
    if (decision === "fail") return answer(500, rulesFailedText);
    say(`${hook.id} got matched, but didn't get triggered because the trigger rules were not satisfied`);
    return answer(statusOf(hook.triggerRuleMismatchHttpResponseCode, say), notSatisfiedText);
  }

  async #accept(
    hook: Hook,
    accepted: { readonly received: ReceivedRequest; readonly request: HookRequest; readonly requestId: string },
  ): Promise<HookAnswer> {
    const { allowed, clock, random, queue, queueLengthMax, searchPath, log } = this.#options;
    const say = (text: string): void => log.say(`[${accepted.requestId}] ${text}`);
    const headers = hook.responseHeaders;
    if (!allowed.has("missing-command")) {
      const found = findCommand(hook, searchPath);
      if (!found.ok) {
        log.warn(`[${accepted.requestId}] error in ${found.problem}`);
        return answer(500, commandFailedText, headers);
      }
    }
    if (queueLengthMax !== null && queue.length(hook.id) >= queueLengthMax) {
      log.warn(`[${accepted.requestId}] ${queueLengthMax} requests to ${hook.id} wait: no more are taken`);
      return busy("Too many requests wait for this hook.");
    }
    const eventId = makeId("evt", clock.wallMs(), random.bytes(16));
    const ended = new Promise<HookRun>((resolve) => {
      queue.add(eventId, { hook, request: accepted.request, requestId: accepted.requestId, ended: resolve });
    });
    const refusal = await this.#store(eventId, hook, accepted.received);
    if (refusal !== null) {
      log.warn(`[${accepted.requestId}] the request could not be stored: ${refusal}`);
      return busy("The request could not be stored.");
    }
    if (hook.includeCommandOutputInResponse) return this.#answerOf(hook, await ended, say);
    return answer(statusOf(hook.successHttpResponseCode, say), hook.responseMessage, headers);
  }

  /** Null where it is durable. */
  async #store(eventId: string, hook: Hook, received: ReceivedRequest): Promise<string | null> {
    try {
      await this.#options.requireLane(hook.id);
      const event = await hookEvent(eventId, hook.id, received);
      await this.#options.events.append({ events: [event], atomic: true, idempotency: null });
      return null;
    } catch (error) {
      this.#options.queue.remove(eventId);
      return error instanceof TrotlineError ? error.message : String(error);
    }
  }

  #answerOf(hook: Hook, run: HookRun, say: (text: string) => void): HookAnswer {
    const { responseHeaders: headers } = hook;
    if (run.kind === "crash") return answer(500, "", headers);
    const isShown = hook.includeCommandOutputInResponseOnError && this.#options.allowed.has("command-errors");
    if (run.kind === "missing") return answer(500, isShown ? "" : commandFailedText, headers);
    const { output } = run.result;
    if (problemOf(run.result) === null) return answer(statusOf(hook.successHttpResponseCode, say), output, headers);
    return answer(500, isShown ? output : commandFailedText, headers);
  }
}

function answer(status: number, body: string | Uint8Array, headers: readonly HookHeader[] = []): HookAnswer {
  return { status, headers, body: typeof body === "string" ? Buffer.from(body) : body };
}

const busy = (text: string): HookAnswer =>
  answer(503, text, [{ name: "Retry-After", value: String(busyRetrySeconds) }]);

function statusOf(configured: number, say: (text: string) => void): number {
  if (configured === 0) return 200;
  if (hasStatusText(configured)) return configured;
  say(`the configured return code ${configured} is unknown - defaulting to 200`);
  return 200;
}
