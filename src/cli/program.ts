import { Command } from 'commander';
import { COMMANDS } from './commands/index.ts';
import type { CommandContext } from './context.ts';

const HELP = `
Examples:
  $ cryptobroker server                          run the Broker; Ctrl-C ends it
  $ cryptobroker health --wait                   wait until it serves
  $ cryptobroker hash-data "some text"           hash by the profile Default
  $ cryptobroker sign-certificate --csr app.csr --ca-cert ca.pem --ca-key ca-key.pem
  $ cryptobroker profiles list                   what profiles there are
  $ cryptobroker kmip create --get --out data.key   a data key from a Gateway
  $ cryptobroker gateway status                  how the Gateway is, and for how long it serves without its Core
  $ cryptobroker core key list acme              what data keys the Core knows
  $ cryptobroker fips                            what answers, and how it proved itself
  $ cryptobroker help hash-data                  more about one command

Data goes to standard output, messages to standard error. An error is printed with a stable code and with what to do next.

Exit codes:
  0   ok
  1   failed: the server refused the request, did not answer, or is not serving
  2   the command line is wrong
  3   a setting or a profile is wrong
  4   the server cannot listen
  70  the self-check or the FIPS provider failed`;

/**
 * The command line as commander sees it. Every command is known by name, so that help and suggestions are complete;
 * only those that `args` mentions are loaded in full.
 */
export async function buildProgram(
  args: readonly string[],
  context: CommandContext,
): Promise<Command> {
  const program = new Command('cryptobroker')
    .description(
      'Crypto for applications, in a process beside them: hashes and certificates by profiles, from an OpenSSL FIPS provider.',
    )
    .version(context.facts.version, '-V, --version', 'print the version and exit')
    .helpCommand('help [command]', 'show help for a command')
    .addHelpText('after', HELP)
    .showHelpAfterError('see `cryptobroker help`, or --help after a command')
    .configureOutput({
      writeOut: context.writeOut,
      writeErr: context.writeError,
    })
    .exitOverride();
  for (const { name, summary, load } of COMMANDS) {
    const command = program.command(name).summary(summary);
    if (args.includes(name)) (await load(args))(command, context);
  }
  return program;
}
