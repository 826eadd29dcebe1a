/** Connections to PostgreSQL that are encrypted, as `sslmode` says. */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { chmod, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, it } from "node:test";
import { Connection } from "../../src/log/postgres/connection.ts";
import { openDatabase } from "../../src/log/postgres/open-database.ts";
import { parseStoreUrl } from "../../src/log/postgres/store-url.ts";
import { silent } from "../conformance/store-kinds.ts";
import { type PostgresServer, startPostgres } from "../postgres/a-postgres-server.ts";
import { testCertificate, testKey } from "./test-certificate.ts";

let folder: string;
let server: PostgresServer;
let plain: PostgresServer;

before(async () => {
  folder = await mkdtemp(join(tmpdir(), "trotline-tls-"));
  const certificate = join(folder, "certificate.pem");
  const key = join(folder, "key.pem");
  await writeFile(certificate, testCertificate);
  await writeFile(key, testKey, { mode: 0o600 });
  await chmod(folder, 0o755);
  if (process.getuid?.() === 0) spawnSync("chown", ["nobody", key]);
  server = await startPostgres({ settings: ["ssl=on", `ssl_cert_file=${certificate}`, `ssl_key_file=${key}`] });
  plain = await startPostgres();
});
after(async () => {
  await server.remove();
  await plain.remove();
  await rm(folder, { recursive: true, force: true });
});

/** Whether the connection that such a URL leads to is encrypted. */
async function isEncrypted(to: PostgresServer, parameters: string, host = "127.0.0.1"): Promise<boolean> {
  const url = parseStoreUrl(`${to.url().replace("127.0.0.1", host)}?${parameters}`);
  const [address] = url.addresses;
  assert.ok(address);
  const connection = new Connection({ url, address, settings: {}, onClose: () => {} });
  try {
    const [row] = await connection.run("SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()", [], false);
    return row?.ssl === true;
  } finally {
    connection.destroy();
  }
}

it("is encrypted where it is asked for, and not where it is not", async () => {
  const ca = `sslrootcert=${join(folder, "certificate.pem")}`;
  assert.equal(await isEncrypted(server, "sslmode=disable"), false);
  assert.equal(await isEncrypted(server, "sslmode=prefer"), true);
  assert.equal(await isEncrypted(plain, "sslmode=prefer"), false);
  assert.equal(await isEncrypted(server, "sslmode=require"), true);
  assert.equal(await isEncrypted(server, `sslmode=verify-full&${ca}`, "localhost"), true);
});

it("a certificate that is not trusted, or is another host's, is refused where it is to be verified", async () => {
  const ca = `sslrootcert=${join(folder, "certificate.pem")}`;
  await assert.rejects(isEncrypted(server, "sslmode=verify-full", "localhost"), {
    code: "DEPTH_ZERO_SELF_SIGNED_CERT",
  });
  await assert.rejects(isEncrypted(server, `sslmode=verify-full&${ca}`), { code: "ERR_TLS_CERT_ALTNAME_INVALID" });
  await assert.rejects(isEncrypted(plain, "sslmode=require"));
});

it("the start says so", async () => {
  const url = `${server.url().replace("127.0.0.1", "localhost")}?sslmode=verify-full`;
  await assert.rejects(openDatabase({ url, logger: silent }), { code: "store-unreachable", message: /self-signed/ });
  const missing = `${server.url()}?sslmode=verify-full&sslrootcert=/no/such/file`;
  await assert.rejects(openDatabase({ url: missing, logger: silent }), { code: "config-invalid-value" });
});
