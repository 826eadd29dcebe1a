/** For programs that embed Trotline: the app without its server, and the server for it. */
export { type App, type AppOptions, createApp } from "./app.ts";
export { type ErrorCode, errorCatalogue, TrotlineError } from "./core/errors.ts";
export {
  type Handler,
  type HandlerContext,
  type HandlerEvent,
  HandlerFailure,
  type HandlerFailureOptions,
  type HandlerResult,
} from "./core/handler.ts";
