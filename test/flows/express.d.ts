/** What tests use of Express, whose types are a package of their own. */
declare module "express" {
  import type { IncomingMessage, RequestListener, ServerResponse } from "node:http";

  interface Request extends IncomingMessage {
    readonly originalUrl: string;
    readonly body: unknown;
  }
  interface Response extends ServerResponse {
    send(body: string): void;
    json(body: unknown): void;
  }
  type Handler = (request: Request, response: Response, next: (error?: unknown) => void) => void;
  type Verify = (request: Request, response: Response, bytes: Buffer) => void;
  interface Application extends RequestListener {
    use(path: string, ...handlers: Handler[]): this;
    use(...handlers: Handler[]): this;
    get(path: string, handler: Handler): this;
    post(path: string, handler: Handler): this;
    listen(port: number): import("node:http").Server;
  }
  function express(): Application;
  namespace express {
    function json(options?: { readonly verify?: Verify }): Handler;
    function raw(options: { readonly type: string }): Handler;
  }
  export default express;
}
