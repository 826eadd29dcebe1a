import assert from "node:assert/strict";
import { it } from "node:test";
import { parseStoreUrl } from "./store-url.ts";

it("takes a URL apart, and shows it without what is secret", () => {
  const one = parseStoreUrl("postgres://me:s%40crit@db.example:6543/hooks?sslmode=require&prepare=false");
  assert.deepEqual(one.addresses, [{ host: "db.example", port: 6543 }]);
  assert.equal(one.clientUrl, "postgres://me:s%40crit@localhost/hooks?prepare=false");
  assert.deepEqual([one.shown, one.tls, one.ca], ["db.example:6543/hooks", "require", null]);
});

it("takes several hosts, addresses of IPv6 and sockets of this machine", () => {
  const several = parseStoreUrl("postgresql://a,b:5433,[::1]:5434/x?sslmode=verify-full&sslrootcert=system");
  assert.deepEqual(several.addresses, [
    { host: "a", port: 5432 },
    { host: "b", port: 5433 },
    { host: "::1", port: 5434 },
  ]);
  assert.deepEqual(
    [several.tls, several.ca, several.clientUrl],
    ["verify-full", null, "postgresql://localhost/x".replace("ql", "")],
  );
  const socket = parseStoreUrl("postgres://me@/hooks?host=/run/postgresql&port=6000");
  assert.deepEqual(socket.addresses, [{ path: "/run/postgresql/.s.PGSQL.6000" }]);
  assert.deepEqual(parseStoreUrl("postgres://").addresses, [{ host: "localhost", port: 5432 }]);
});

it("refuses what cannot be meant, and never repeats it", () => {
  for (const text of [
    "mysql://me:hunter2@host/x",
    "postgres://me:hunter2@ho st/x",
    "postgres://me:hunter2%zz@host/x",
    "postgres://me:hunter2@host:70000/x",
    "postgres://me:hunter2@host:0/x",
    "postgres://host/x?password=hunter2",
    "postgres://me:hunter2@host/x?sslmode=maybe",
    "postgres://me:hunt/er2@host/x",
    "postgres://me:12/hunter2@host/x",
    "postgres://me:12?hunter2@host/x",
    "postgres://me:hunter2@/x?host=db.example",
    "postgres://me:hunter2@host/x?port=6543",
    "postgres://me:hunter2@host/x?sslrootcert=/no/such/file",
    "host/x",
    "",
  ]) {
    assert.throws(
      () => parseStoreUrl(text),
      (error: Error & { code?: string }) =>
        error.code === "config-invalid-value" && !error.message.includes("hunt") && error.cause === undefined,
      text,
    );
  }
});
