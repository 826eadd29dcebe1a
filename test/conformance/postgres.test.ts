import { postgresKind } from "./postgres-kind.ts";
import { conformanceSuites } from "./suites.ts";

conformanceSuites(postgresKind);
