import { memoryKind } from "./store-kinds.ts";
import { conformanceSuites } from "./suites.ts";

conformanceSuites(memoryKind);
