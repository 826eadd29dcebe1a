/** One server and one browser for a file of tests of the dashboard. */
import { after, before, type TestContext } from "node:test";
import type { Browser } from "playwright-core";
import { type Answer, type AskOptions, aServer, type TestServer } from "../flows/a-server.ts";
import { aBrowser, type Opened, openPage, type PageOptions } from "./a-browser.ts";

type ServerSettings = NonNullable<Parameters<typeof aServer>[1]>;

export interface Dashboard {
  readonly server: TestServer;
  readonly browser: Browser;
  ask(methodAndPath: string, options?: AskOptions): Promise<Answer>;
  /** A page of the dashboard, signed in with the admin key unless told otherwise. */
  open(
    context: Pick<TestContext, "after">,
    options?: Partial<PageOptions> & { readonly path?: string },
  ): Promise<Opened>;
}

/** Called where a file or a `describe` begins: starts before its tests, and ends after them. */
export function aDashboard(settings: ServerSettings = {}): Dashboard {
  const ends: (() => unknown)[] = [];
  const context = { after: (end?: unknown) => void ends.push(end as () => unknown) } as Pick<TestContext, "after">;
  let running: { readonly browser: Browser; readonly server: TestServer } | null = null;
  before(async () => {
    running = { browser: await aBrowser(context), server: await aServer(context, settings) };
  });
  after(async () => {
    for (const end of ends.reverse()) await end();
  });
  const parts = (): NonNullable<typeof running> => {
    if (running === null) throw new Error("the dashboard has not started");
    return running;
  };
  return {
    get server() {
      return parts().server;
    },
    get browser() {
      return parts().browser;
    },
    ask: (methodAndPath, options) => parts().server.ask(methodAndPath, options),
    async open(test, { path = "/", ...options } = {}) {
      const { server, browser } = parts();
      const opened = await openPage(browser, test, { url: server.url, key: server.key, ...options });
      if (path !== "/") await opened.page.goto(server.url + path);
      return opened;
    },
  };
}
