import { randomBytes } from "node:crypto";
import { type Command, Option } from "commander";
import { integer } from "../../config/option-kinds.ts";
import { limits } from "../../core/limits.ts";
import { presets } from "../../inbound/schemes/presets.ts";
import type { Scheme } from "../../inbound/schemes/scheme.ts";
import { samplesOf } from "../../inbound/simulate/samples.ts";
import { type Skipped, type Step, stepsOf } from "../../inbound/simulate/simulate.ts";
import { type Variant, variantNames, variants } from "../../inbound/simulate/variant.ts";
import { addClientFlags, type ClientFlags, clientCommand } from "../client-command.ts";
import { exitCodes } from "../exit-codes.ts";
import { listFlag, textFlag, valueFlag } from "../flags.ts";
import { rowPrinter } from "../print-list.ts";
import { sendAsProvider } from "../send-as-provider.ts";
import { inSession, type Session } from "../session.ts";
import type { Column } from "../table.ts";
import { type Aim, type AimFlags, findAim, requireScheme, sampleFor } from "../trigger-aim.ts";
import { UsageError } from "../usage-error.ts";
import { secretFileFlag } from "./endpoint-signing-flags.ts";
import { settingFlag } from "./source-settings.ts";

interface Flags extends ClientFlags, AimFlags {
  readonly variant?: readonly string[];
  readonly timeoutMs?: number;
  readonly list?: boolean;
}

/** How long is waited where the provider does not say how long it does. */
const deadlineMsDefault = 10_000;

interface Row {
  readonly variant: Variant;
  readonly outcome: "passed" | "failed" | "skipped";
  readonly event: string | null;
  readonly delivery_id: string | null;
  readonly expected: string | null;
  readonly status: number | null;
  readonly duration_ms: number | null;
  readonly deadline_ms: number | null;
  readonly why: string | null;
}

const columns: readonly Column<Row>[] = [
  { title: "VARIANT", widthMin: Math.max(...variantNames.map((name) => name.length)), of: (row) => row.variant },
  { title: "OUTCOME", of: (row) => row.outcome },
  { title: "EXPECTED", of: (row) => row.expected },
  { title: "STATUS", of: (row) => row.status },
  { title: "MS", of: (row) => (row.duration_ms === null ? null : `${row.duration_ms} of ${row.deadline_ms}`) },
  { title: "WHY", of: (row) => row.why ?? row.event ?? "" },
];

/** `trotline trigger`: plays a provider, and says what the receiver survived. */
export function triggerCommand(): Command {
  const command = clientCommand("trigger", {
    summary: "send a receiver what a provider would, and more",
    example: "trotline trigger github push --to http://127.0.0.1:3000/hooks --secret-file secret --variant all",
  })
    .argument("[scheme]", "whose requests, such as github; left out, the scheme of the --source")
    .argument("[event]", "the provider's word for what happened, such as push")
    .addOption(textFlag("--to <url>", "the receiver, as its URL is written at the provider"))
    .addOption(textFlag("--source <name>", "a source of the server, which says URL, scheme and secret"))
    .addOption(secretFileFlag("holds the secret that the receiver verifies with", limits.sourceSecretLength))
    .addOption(textFlag("--secret <secret>", "the same, for all to see who see the command line"))
    .addOption(textFlag("--signing-key-file <path>", "keeps the pair of keys of a scheme with a public one"))
    .addOption(settingFlag())
    .addOption(textFlag("--data <path>", "file with the body; the id, type and time are put into it"))
    .addOption(listFlag("--variant <names>", `of ${variantNames.join(", ")}, or all; genuine if absent`))
    .addOption(
      valueFlag("--timeout-ms", integer({ min: 1, max: 600_000 }), "how long is waited, in place of the provider's"),
    )
    .addOption(new Option("--list", "list schemes, events and variants, and send nothing"));
  return addClientFlags(command).action((scheme: string | undefined, event: string | undefined, flags: Flags) =>
    inSession(flags, (session) =>
      flags.list ? printSchemes(session, scheme) : trigger(session, { scheme, event, flags }),
    ),
  );
}

interface Wanted {
  readonly scheme: string | undefined;
  readonly event: string | undefined;
  readonly flags: Flags;
}

async function trigger(session: Session, { scheme: name, event, flags }: Wanted): Promise<number> {
  const chosen = chosenVariants(flags.variant);
  // The scheme of a source need not be said.
  const isEvent = flags.source !== undefined && name !== undefined && event === undefined && !presets.has(name);
  const aim = await findAim(session, isEvent ? undefined : name, flags);
  const { scheme } = aim;
  if (!isEvent && name !== undefined && name !== scheme.name) {
    throw new UsageError(`The source's scheme is \`${scheme.name}\`, not \`${name}\`.`);
  }
  const sample = sampleFor(scheme.name, isEvent ? name : event, flags);
  noteKeys(session, aim, flags);
  const rows = rowPrinter(session, columns);
  const counts = { passed: 0, failed: 0, skipped: 0 };
  const complaints: string[] = [];
  const random = { bytes: (count: number) => randomBytes(count) };
  const simulation = { ...aim, sample, variants: chosen, random, wallMs: () => Date.now() };
  for await (const step of stepsOf(simulation)) {
    const row = "request" in step ? await sent(step, { session, scheme, flags }) : skippedRow(step);
    if (session.signal.aborted) break;
    counts[row.outcome] += 1;
    if (row.outcome === "failed") complaints.push(`${row.variant}: ${row.why}`);
    await rows.print([row]);
  }
  // The table's last column is cut to the terminal.
  if (session.output.isTable) complaints.forEach(session.note);
  const skipped = counts.skipped === 0 ? "" : ` ${counts.skipped} cannot be with this scheme.`;
  const total = counts.passed + counts.failed;
  if (session.output.isTable) session.note(`The receiver survived ${counts.passed} of ${total}.${skipped}`);
  return counts.failed > 0 || total === 0 ? exitCodes.failed : exitCodes.ok;
}

function chosenVariants(names: readonly string[] = ["genuine"]): readonly Variant[] {
  if (names.includes("all")) return variantNames;
  for (const name of names) {
    if (!Object.hasOwn(variants, name)) {
      throw new UsageError(`There is no variant \`${name}\`; there is ${variantNames.join(", ")}, and all.`);
    }
  }
  if (names.length === 0) throw new UsageError("--variant is empty.");
  return names as readonly Variant[];
}

async function sent(
  step: Step,
  { session, scheme, flags }: { session: Session; scheme: Scheme; flags: Flags },
): Promise<Row> {
  const deadlineMs = flags.timeoutMs ?? scheme.answerDeadlineMs ?? deadlineMsDefault;
  const answer = await sendAsProvider(step.request, { deadlineMs, signal: session.signal });
  const why = "failure" in answer ? answer.failure : step.complaint(answer);
  return {
    variant: step.variant,
    outcome: why === null ? "passed" : "failed",
    event: step.event,
    delivery_id: step.deliveryId,
    expected: step.expected,
    status: "failure" in answer ? null : answer.status,
    duration_ms: answer.durationMs,
    deadline_ms: deadlineMs,
    why,
  };
}

const skippedRow = ({ variant, why }: Skipped): Row => ({
  variant,
  outcome: "skipped",
  event: null,
  delivery_id: null,
  expected: null,
  status: null,
  duration_ms: null,
  deadline_ms: null,
  why,
});

/** What the receiver has to know before it can believe anything. Private keys are never shown. */
function noteKeys({ note }: Session, { scheme, secret, isPublic }: Aim, { signingKeyFile }: Flags): void {
  if (scheme.secret === null) {
    note(`\`${scheme.name}\` signs with what receivers fetch from it: one that does so refuses what is signed here.`);
  } else if (isPublic) {
    const kept = signingKeyFile === undefined ? "of this run alone; --signing-key-file keeps one" : "of the file";
    note(`The receiver verifies with this public key, ${kept}: ${secret}`);
  }
}

interface Listed {
  readonly scheme: string;
  readonly events: readonly string[];
  readonly handshake: boolean;
  readonly answer_deadline_ms: number | null;
}

const listColumns: readonly Column<Listed>[] = [
  { title: "SCHEME", of: ({ scheme }) => scheme },
  { title: "DEADLINE MS", of: (listed) => listed.answer_deadline_ms },
  { title: "HANDSHAKE", of: ({ handshake }) => (handshake ? "yes" : "no") },
  { title: "EVENTS", of: ({ events }) => events.join(", ") },
];

async function printSchemes(session: Session, name: string | undefined): Promise<void> {
  const schemes = name === undefined ? [...presets.values()] : [requireScheme(name)];
  const listed = schemes.map((scheme) => ({
    scheme: scheme.name,
    events: samplesOf(scheme.name).map(({ type }) => type),
    handshake: scheme.handshake !== null,
    answer_deadline_ms: scheme.answerDeadlineMs,
  }));
  await rowPrinter(session, listColumns).print(listed);
}
