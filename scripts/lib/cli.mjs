// What every script here does the same way: know whether it was started or imported, read its options, and end with
// an explanation instead of a stack trace.

import { realpathSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { explain } from './steps.mjs';

/**
 * Runs `main` when the script was started directly, and does nothing when it was imported.
 * @param {string} url the script's import.meta.url
 * @param {string} help
 * @param {Record<string, {type: 'boolean' | 'string', multiple?: boolean}>} options besides --help
 * @param {(values: Record<string, any>, positionals: string[]) => Promise<number | void>} main its number is the exit code
 */
export async function runAsProgram(url, help, options, main) {
  if (!process.argv[1] || fileURLToPath(url) !== realpathSync(process.argv[1])) return;
  let parsed;
  try {
    parsed = parseArgs({
      options: { ...options, help: { type: 'boolean', short: 'h' } },
      allowPositionals: true,
    });
  } catch (error) {
    console.error(`${error.message}\n\n${help}`);
    process.exitCode = 2;
    return;
  }
  if (parsed.values.help) {
    console.log(help);
    return;
  }
  try {
    process.exitCode = (await main(parsed.values, parsed.positionals)) ?? 0;
  } catch (error) {
    explain(error);
    process.exitCode = 1;
  }
}
