import { postgresKind, sharedPostgresKind } from "./postgres-kind.ts";
import { requestsSuite } from "./requests-suite.ts";
import { shardsSuite } from "./shards-suite.ts";
import { sharedConsumersSuite } from "./shared-consumers-suite.ts";
import { conformanceSuites } from "./suites.ts";

conformanceSuites(postgresKind);
shardsSuite(sharedPostgresKind);
sharedConsumersSuite(sharedPostgresKind);
requestsSuite(sharedPostgresKind);
