import assert from "node:assert/strict";
import { it } from "node:test";
import { UsageError } from "../usage-error.ts";
import { localUrl, readLocalUrl } from "./local-url.ts";

it("what stands below a source's path, and the query, are put behind the user's URL", () => {
  for (const [to, target, expected] of [
    ["http://a/hook", "/in/gh", "http://a/hook"],
    ["http://a/hook", "/in/gh/", "http://a/hook/"],
    ["http://a/hook", "/in/gh/x/y", "http://a/hook/x/y"],
    ["http://a/hook/", "/in/gh/x", "http://a/hook/x"],
    ["http://a/", "/in/gh", "http://a/"],
    ["http://a/hook?own=1", "/in/gh/x?a=b?c&a=%26", "http://a/hook/x?own=1&a=b?c&a=%26"],
    ["http://a/hook?own=1", "/in/gh", "http://a/hook?own=1"],
    ["http://a/hook", "/in/gh?", "http://a/hook"],
    ["http://a/hook", "/in/gh//x//", "http://a/hook//x//"],
    ["http://a/hook", "/in/gh/x#y/z?a#b", "http://a/hook/x#y/z?a#b"],
    ["http://a/hook", "HTTP://b@c:1/in/gh/x?y", "http://a/hook/x?y"],
  ]) {
    assert.equal(localUrl(to ?? "", target ?? ""), expected, target);
  }
});

it("a sender does not lead out of the user's path", () => {
  for (const target of ["/in/gh/../admin", "/in/gh/%2e%2E/./admin", "/in/gh/.%2e/admin", "/in/gh/x/../../../admin"]) {
    const url = localUrl("http://a/hook", target);
    assert.match(new URL(url).pathname, /^\/hook\/(x\/)?admin$/);
  }
});

it("nor does a path that only some servers read as leading out: by other separators, or with parameters", () => {
  for (const [path, expected] of [
    ["/..\\..\\admin", "/admin"],
    ["/x\\..\\../y", "/x\\y"],
    ["/x%2f..%2F%2e%2e%5c.%5Cadmin", "/x%2fadmin"],
    ["/..;/..;a=b%2f..;/admin;c", "/admin;c"],
    ["/.../..a/a../.;./x%2f", "/.../..a/a../x%2f"],
    ["/..", "/"],
  ]) {
    assert.equal(localUrl("http://a/hook", `/in/gh${path}`).slice("http://a/hook".length), expected, path);
  }
});

it("an URL of the user's is taken as it is written, and has a path", () => {
  assert.equal(readLocalUrl("http://localhost:3000"), "http://localhost:3000/");
  assert.equal(readLocalUrl("http://localhost:3000?a=1"), "http://localhost:3000/?a=1");
  assert.equal(readLocalUrl("HTTPS://[::1]:3000/a%2Fb//c?d"), "HTTPS://[::1]:3000/a%2Fb//c?d");
  for (const text of [
    "localhost:3000",
    "ftp://a/",
    "http://",
    "http://a/#b",
    "http://u@a/",
    "http://:p@a/",
    "http://a/\u00e9",
  ]) {
    assert.throws(() => readLocalUrl(text), UsageError, text);
  }
  const withPassword = () => readLocalUrl("http://u:hunter2@a/");
  assert.throws(
    withPassword,
    (error: Error) => /--header 'Authoriz/.test(error.message) && !/hunter2/.test(error.message),
  );
});
