import assert from "node:assert/strict";
import { it } from "node:test";
import { curlOf, typeScriptOf } from "./client-code.ts";

const url = "https://hooks.example.com";

it("names the consumer, and a tenant that is not the default", () => {
  const code = typeScriptOf({ name: "billing", tenant: "default" }, url);
  assert.match(code, /client\.consume\("billing"\)/);
  assert.doesNotMatch(code, /tenant/);
  assert.match(typeScriptOf({ name: "billing", tenant: "acme" }, url), /tenant: "acme"/);
});

it("a name of any letters is one word of the command, and one part of the path", () => {
  const code = curlOf({ name: "a:b", tenant: "it's" }, url);
  assert.match(
    code,
    /'https:\/\/hooks\.example\.com\/v1\/consumers\/a%3Ab\/events\?tenant=it'\\''s&limit=100&wait=30'/,
  );
  assert.match(code, /ack\?tenant=/);
  assert.match(curlOf({ name: "a", tenant: "default" }, url), /consumers\/a\/ack'/);
});
