#!/usr/bin/env node
// Starts Trotline. Written so that an old Node can read it too, and say what is wrong.
var major = Number(process.versions.node.split(".")[0]);

if (major < 24) {
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
  // The package has `dist`; in the repository the sources run as they are.
  var packaged = new URL("../dist/cli/main.js", import.meta.url);
  var main = fs.existsSync(packaged) ? packaged : new URL("../src/cli/main.ts", import.meta.url);
  import(main.href).then((loaded) => loaded.main(process.argv.slice(2)));
}
