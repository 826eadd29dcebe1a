/** Builds an app for a test: on a memory store, with nothing set but what the test is about. */
import { type App, type AppOptions, createApp } from "../../src/app.ts";

const quiet = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };

export function anApp(options: Partial<AppOptions> = {}): Promise<App> {
  return createApp({
    store: "memory",
    logger: process.env.TEST_LOG ? console : quiet,
    allowAddresses: ["loopback"],
    retentionAgeMs: 30 * 86_400_000,
    retentionBytesMax: null,
    attemptsAgeMs: 30 * 86_400_000,
    eventBytesMax: 256 * 1024,
    tailBytesMax: 64 * 1024 * 1024,
    capacity: { perProcess: 1024, perTenant: 512, perOrigin: 256 },
    shutdownGraceMs: 2000,
    adminKey: null,
    ...options,
  });
}

/** Publishes one event of this type through the publisher. */
export async function publish(app: App, event: object | object[], keyId = "key_test") {
  return app.publisher.publish(Buffer.from(JSON.stringify(event)), { keyId, idempotencyKey: null });
}
