/**
 * The direction of imports, one rule for each arrow that must not be:
 *
 *   cli, receiver → http → app → outbound, inbound, feed, observe
 *     → registry, log (its ports and tail) → platform → core
 *   config and sdk stand on the ground; ui → sdk
 */
const rank = [
  ["cli"],
  ["receiver.ts", "receiver"],
  ["http"],
  ["app.ts", "app-readings.ts", "app-store.ts", "app-move.ts"],
  ["outbound", "inbound", "feed", "observe"],
  ["registry"],
  ["log"],
  ["platform"],
  ["core"],
];

const path = (names) =>
  `^src/(${names.map((name) => (name.endsWith(".ts") ? name.replace(".", "\\.") : `${name}/`)).join("|")})`;

const downwards = rank.slice(1).map((names, index) => ({
  name: `${names.join("-").replace(".ts", "")}-imports-down`,
  comment: "Imports run down only: what is below must be understood, tested and replaced without what is above.",
  severity: "error",
  from: { path: path(names) },
  to: { path: path(rank.slice(0, index + 1).flat()) },
}));

const tests = "\\.test\\.ts$";

export default {
  forbidden: [
    {
      name: "no-cycles",
      comment: "Files in a cycle can only be understood together.",
      severity: "error",
      from: { path: "^(src|bench|demo|scripts)/" },
      to: { circular: true },
    },
    {
      name: "no-cycles-when-tests-run",
      comment: "The parts of a test's harness may name each other's types, but none may need the other to run.",
      severity: "error",
      from: { path: "^test/" },
      to: { circular: true, viaOnly: { dependencyTypesNot: ["type-only"] } },
    },
    ...downwards,
    {
      name: "commands-and-the-kit-do-not-know-each-other",
      comment: "One is for those who run a server, the other for those who have one.",
      severity: "error",
      from: { path: "^src/cli/" },
      to: { path: "^src/receiver(\\.ts$|/)" },
    },
    {
      name: "the-kit-has-no-server",
      comment: "Of http it takes how bodies are read and problems told; the server is the embedding program's.",
      severity: "error",
      from: { path: "^src/receiver(\\.ts$|/)", pathNot: tests },
      to: { path: "^src/http/", pathNot: "^src/http/(received-body|problem|http-limits)\\.ts$" },
    },
    {
      name: "core-imports-nothing",
      comment: "Rules take the time, chance and what was read as arguments, so that a thousand days run in a second.",
      severity: "error",
      from: { path: "^src/core/", pathNot: tests },
      to: { pathNot: "^src/core/" },
    },
    {
      name: "stages-do-not-know-each-other",
      comment: "Sending, receiving, feeding and observing meet in app.ts alone.",
      severity: "error",
      from: { path: "^src/(outbound|inbound|feed|observe)/", pathNot: tests },
      to: { path: "^src/(outbound|inbound|feed|observe)/", pathNot: "^src/$1/" },
    },
    {
      name: "only-app-names-a-store",
      comment:
        "Everyone else speaks to the ports in src/log, so that any store serves. A move is between two that are named.",
      severity: "error",
      from: { path: "^src/", pathNot: ["^src/app-(move|store)\\.ts$", "^src/log/(memory|sqlite|postgres)/", tests] },
      to: { path: "^src/log/(memory|sqlite|postgres)/" },
    },
    {
      name: "stores-do-not-know-each-other",
      comment: "What two stores share is the port and its conformance suite.",
      severity: "error",
      from: { path: "^src/log/(memory|sqlite|postgres)/" },
      to: { path: "^src/log/(memory|sqlite|postgres)/", pathNot: "^src/log/$1/" },
    },
    {
      name: "log-does-not-know-the-registry",
      comment: "The registry keeps its records through a port of the log's, not the other way round.",
      severity: "error",
      from: { path: "^src/log/" },
      to: { path: "^src/registry/" },
    },
    {
      name: "config-stands-on-the-ground",
      comment: "Options are one table that needs no running part; it may cite limits and errors.",
      severity: "error",
      from: { path: "^src/config/", pathNot: tests },
      to: { path: "^src/", pathNot: "^src/(config|core)/" },
    },
    {
      name: "sdk-stands-on-the-ground",
      comment: "It runs in browsers and edge runtimes, without dependency.",
      severity: "error",
      from: { path: "^src/sdk/", pathNot: tests },
      to: { pathNot: "^src/sdk/" },
    },
    {
      name: "ui-knows-the-sdk-alone",
      comment: "The dashboard speaks the public interface, as everybody else does. It is bundled, with what it needs.",
      severity: "error",
      from: { path: "^src/ui/", pathNot: tests },
      to: { path: "^src/", pathNot: "^src/(ui|sdk)/" },
    },
    {
      name: "nobody-imports-the-ui",
      comment: "It runs in browsers.",
      severity: "error",
      from: { path: "^src/", pathNot: ["^src/ui/", tests] },
      to: { path: "^src/ui/" },
    },
    {
      name: "platform-is-the-door",
      comment: "Sockets, names and HTTP clients are reached through src/platform alone, where they are guarded.",
      severity: "error",
      from: { path: "^src/", pathNot: ["^src/(platform|http|cli|testing|receiver)/", tests] },
      to: { path: "^(node:)?(net|tls|http|https|http2|dns|dns/promises|child_process|dgram)$|node_modules/undici/" },
    },
    {
      name: "src-needs-no-test",
      comment: "The package has neither tests nor benches.",
      severity: "error",
      from: { path: "^src/", pathNot: tests },
      to: { path: ["^(test|bench|demo|scripts)/", tests] },
    },
    {
      name: "no-development-dependency",
      comment: "What runs at a user's must be installed at a user's.",
      severity: "error",
      from: { path: "^src/", pathNot: ["^src/ui/", tests] },
      to: { dependencyTypes: ["npm-dev"] },
    },
    {
      name: "everything-resolves",
      comment: "An import that leads nowhere fails at run time. What oracles need is installed when they run.",
      severity: "error",
      from: { pathNot: "^(test/oracles|bench/queues)/" },
      to: { couldNotResolve: true },
    },
  ],
  options: {
    parser: "swc",
    tsPreCompilationDeps: true,
    doNotFollow: { path: "node_modules" },
    enhancedResolveOptions: {
      extensions: [".ts", ".tsx", ".js", ".json"],
      exportsFields: ["exports"],
      conditionNames: ["import", "node", "default"],
    },
  },
};
