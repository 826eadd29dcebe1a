/** What the texts of an event may be, wherever an event comes from, each with the rest of the sentence that says so. */
import { isEventId, isEventType, isSubject, isTenant, isVersion } from "./event.ts";
import { limits } from "./limits.ts";

export interface TextRule {
  readonly isValid: (text: string) => boolean;
  readonly rule: string;
}

export const eventTextRules = {
  id: { isValid: isEventId, rule: `1 to ${limits.eventIdLength} letters, digits and _ : -` },
  tenant: {
    isValid: isTenant,
    rule: `1 to ${limits.tenantLength} letters, digits and _ . : -, beginning with a letter or digit`,
  },
  type: {
    isValid: isEventType,
    rule:
      "text of parts divided by full stops, each of letters, digits and _ : / -, at most " +
      `${limits.eventTypeLength} characters`,
  },
  subject: { isValid: isSubject, rule: `1 to ${limits.subjectLength} printable characters` },
  version: { isValid: isVersion, rule: `1 to ${limits.versionLength} printable characters` },
} as const satisfies Record<string, TextRule>;
