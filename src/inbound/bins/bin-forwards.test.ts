import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { forwardedHeaders, forwardUrl } from "./bin-forwards.ts";

describe("where a request of a bin is forwarded", () => {
  it("has the path below the bin, and the query, behind the URL that was given", () => {
    const cases = [
      ["http://localhost:3000/hook", "/in/abc", "http://localhost:3000/hook"],
      ["http://localhost:3000/hook", "/in/abc/", "http://localhost:3000/hook"],
      ["http://localhost:3000/hook/", "/in/abc/x/y?a=1", "http://localhost:3000/hook/x/y?a=1"],
      ["http://localhost:3000", "/in/abc//evil.example", "http://localhost:3000//evil.example"],
      ["http://localhost:3000/h?own=1#part", "/in/abc?a=%20&a", "http://localhost:3000/h?own=1&a=%20&a"],
      ["http://localhost:3000/h", "/in/abc?to=http://a/?b", "http://localhost:3000/h?to=http://a/?b"],
      ["http://localhost:3000", "/in/abc@evil.example/", "http://localhost:3000"],
      ["http://localhost:3000/h", "/in/abc/../..%2f..\\.%2e/admin?a", "http://localhost:3000/h/admin?a"],
      ["http://localhost:3000/h", "http://evil.example/in/abc/x?a", "http://localhost:3000/h/x?a"],
    ];
    for (const [url = "", target = "", expected] of cases) assert.equal(forwardUrl(url, target), expected, target);
  });

  it("gets the headers in their order with their duplicates, but not those of the connection", () => {
    const came = [
      "Host",
      "a",
      "X-A",
      "1",
      "Connection",
      "close, X-Hop",
      "x-hop",
      "h",
      "X-A",
      "2",
      "Content-Length",
      "3",
    ];
    assert.deepEqual(forwardedHeaders([...came, "Proxy-Authorization", "p", "Cookie", "c"]), [
      ...["X-A", "1", "X-A", "2", "Cookie", "c"],
    ]);
  });
});
