#!/usr/bin/env node
// Starts Trotline. Written so that an old Node can read it too, and say what is wrong: no syntax of this decade.
var major = Number(process.versions.node.split(".")[0]);

if (major < 24) {
  // biome-ignore lint/style/useTemplate: an old Node reads this
  console.error("Trotline needs Node 24 or newer; this is " + process.version + " (" + process.execPath + ").");
  process.exitCode = 1;
} else {
  start();
}

function start() {
  var module = process.getBuiltinModule("node:module");
  var fs = process.getBuiltinModule("node:fs");
  var cache;
  if (process.env.NODE_COMPILE_CACHE === undefined && process.env.NODE_DISABLE_COMPILE_CACHE === undefined) {
    cache = module.enableCompileCache();
    // The call is for this thread; worker threads learn of it from the environment.
    if (cache.directory !== undefined) process.env.NODE_COMPILE_CACHE = cache.directory;
  }
  // In the repository the sources run as they are, whatever was built before; the package has `dist` alone.
  var sources = new URL("../src/cli/main.ts", import.meta.url);
  var main = fs.existsSync(sources) ? sources : new URL("../dist/cli/main.js", import.meta.url);
  import(main.href).then((loaded) => loaded.main(process.argv.slice(2)));
}
