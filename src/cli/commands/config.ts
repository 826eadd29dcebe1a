import { Command } from "commander";
import { type OptionKey, optionList, shownValue } from "../../config/options.ts";
import { addConfigFlags, resolveFlags } from "../config-options.ts";

/** `trotline config`: what would be in force, and where each value comes from. */
export function configCommand(): Command {
  const command = new Command("config").description("print the effective options and where each comes from");
  return addConfigFlags(command).action(async (flags: Record<string, string>) => {
    const { config, sources } = await resolveFlags(flags);
    const rows = optionList.map(([key, option]) => {
      const value = shownValue(option, config[key as OptionKey]);
      return [option.name, value === "" ? "(empty)" : value, sources[key]];
    });
    const widths = [0, 1].map((column) => Math.max(...rows.map((row) => (row[column] ?? "").length)));
    const lines = rows.map((row) => row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join("  "));
    process.stdout.write(`${lines.join("\n")}\n`);
  });
}
