import assert from "node:assert/strict";
import { test } from "node:test";
import { HostsFile, parseHosts } from "./hosts-file.ts";

test("names are found with every address that is listed for them, whatever the case and the spaces", () => {
  const hosts = parseHosts(
    "# comment\n127.0.0.1\tlocalhost  Me.Local # 10.0.0.9 not.this\r\n::1 localhost\n\nnonsense\n10.0.0.5 me.local me.local\n",
  );
  assert.deepEqual(
    [...hosts],
    [
      ["localhost", ["127.0.0.1", "::1"]],
      ["me.local", ["127.0.0.1", "10.0.0.5"]],
    ],
  );
});

test("a file that is not there lists nothing", async () => {
  assert.deepEqual(await new HostsFile("/nowhere/hosts").addressesOf("localhost"), []);
});
