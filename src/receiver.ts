/** For programs that receive webhooks: verify → store → 2xx → handle, in the program's own server. */
export type { App } from "./app.ts";
export { type ErrorCode, TrotlineError } from "./core/errors.ts";
export { HandlerFailure, type HandlerFailureOptions } from "./core/handler.ts";
export type { Logger } from "./core/ports.ts";
export { createReceiver, type Receiver } from "./receiver/create-receiver.ts";
export type { DeadLetter, DeadLetterQuery, RetryOutcome } from "./receiver/dead-letters.ts";
export type { FetchOrigin } from "./receiver/fetch-requests.ts";
export type { Handle, HandleContext } from "./receiver/handle.ts";
export type { NodeRequest } from "./receiver/node-requests.ts";
export type { OrderBy } from "./receiver/order-by.ts";
export type { ReceivedEvent } from "./receiver/received-event.ts";
export type { ReceiverOptions, ReceiverSource } from "./receiver/receiver-options.ts";
