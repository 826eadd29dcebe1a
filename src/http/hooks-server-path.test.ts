import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { hookIdOf, hooksPath } from "./hooks-server-path.ts";

describe("the path of a request to a hook", () => {
  it("is unescaped, slashes too", () => {
    assert.deepEqual(hooksPath("/hooks/a%2Fb%20c?x=1"), { kind: "path", path: "/hooks/a/b c" });
    assert.deepEqual(hooksPath("/hooks/%C3%A9"), { kind: "path", path: "/hooks/é" });
  });

  it("leads to the clean one where it is not clean, with the query as it came", () => {
    const places: Record<string, string> = {
      "/hooks//a?x=%20y&z": "/hooks/a?x=%20y&z",
      "/a//b%2Fc%20d": "/a/b/c%20d",
      "/hooks/../x%2F..": "/",
      "/hooks/%2e%2e/e": "/e",
      "/hooks/./a/": "/hooks/a/",
      "//": "/",
      "http://host/a//b": "http://host/a/b",
      "/a//(b)é": "/a/%28b%29%C3%A9",
    };
    for (const [target, location] of Object.entries(places)) {
      const latin1 = Buffer.from(target).toString("latin1");
      assert.deepEqual(hooksPath(latin1), { kind: "redirect", location }, target);
    }
  });

  it("cannot have a percent sign that escapes nothing", () => {
    for (const target of ["/hooks/%zz", "/hooks/a%", "/%4"]) assert.equal(hooksPath(target).kind, "malformed");
    assert.equal(hooksPath("/hooks/a?%zz").kind, "path");
  });

  it("is the server's own where it is an asterisk", () => assert.equal(hooksPath("*").kind, "server"));

  it("has the hook's id behind the prefix, with slashes or without, empty too", () => {
    assert.equal(hookIdOf("/hooks/a/b", "hooks"), "a/b");
    assert.equal(hookIdOf("/hooks/", "hooks"), "");
    assert.equal(hookIdOf("/hooks", "hooks"), null);
    assert.equal(hookIdOf("/hook/a", "hooks"), null);
    assert.equal(hookIdOf("/a", ""), "a");
    assert.equal(hookIdOf("/x/y/a", "x/y"), "a");
    assert.equal(hookIdOf("/hooks/a\nb", "hooks"), null);
  });
});
