import { CommanderError } from 'commander';
import { EXIT, type ExitCode } from '../errors/index.ts';
import type { CliContext } from './context.ts';
import { buildProgram } from './program.ts';
import { reportError } from './report-error.ts';

/** Runs one command line, without the names of the program, and returns its exit code. Never throws. */
export async function runCli(args: readonly string[], context: CliContext): Promise<ExitCode> {
  let exit: ExitCode = EXIT.ok;
  const exitWith = (code: ExitCode): void => {
    exit = code;
  };
  try {
    const program = await buildProgram(args, { ...context, exitWith });
    await program.parseAsync([...args], { from: 'user' });
    return exit;
  } catch (error) {
    // Commander has printed its help or its complaint already.
    if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.ok : EXIT.usage;
    return reportError(error, context.writeError);
  }
}
