/**
 * Loads the client library into a context that has the language and the web's globals, and nothing of Node, and runs it
 * there. A process of its own, because modules in contexts need a flag: `--experimental-vm-modules`.
 */
import { readFileSync } from "node:fs";
import { stripTypeScriptTypes } from "node:module";
import { join } from "node:path";
import vm from "node:vm";

/** Everything that the library may use of its platform. */
const webGlobals = {
  AbortController,
  AbortSignal,
  TextDecoder,
  TextEncoder,
  URL,
  URLSearchParams,
  atob,
  clearTimeout,
  crypto,
  fetch,
  performance,
  queueMicrotask,
  setTimeout,
};

const sdk = join(import.meta.dirname, "../../src/sdk");
const context = vm.createContext({ ...webGlobals });
const modules = new Map<string, vm.SourceTextModule>();

function load(specifier: string): vm.SourceTextModule {
  const [, file] = /^\.\/([\w-]+\.ts)$/.exec(specifier) ?? [];
  if (file === undefined) throw new Error(`the library imports ${specifier}`);
  const known = modules.get(file);
  if (known !== undefined) return known;
  const code = stripTypeScriptTypes(readFileSync(join(sdk, file), "utf8"));
  const module = new vm.SourceTextModule(code, { context, identifier: file });
  modules.set(file, module);
  return module;
}

const program = new vm.SourceTextModule(readFileSync(process.argv[2] ?? "", "utf8"), {
  context,
  identifier: "program",
});
Object.assign(context, { input: JSON.parse(process.argv[3] ?? "{}"), print: (text: string) => console.log(text) });
await program.link((specifier) => load(specifier));
await program.evaluate();
