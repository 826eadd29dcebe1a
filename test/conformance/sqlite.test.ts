import { sqliteKind } from "./store-kinds.ts";
import { conformanceSuites } from "./suites.ts";

conformanceSuites(sqliteKind);
