/** What was typed cannot be meant. Ends with the exit code 2, and names the help of the command. */
export class UsageError extends Error {
  override readonly name = "UsageError";
}
