import type { Command } from 'commander';
import type { CommandContext } from '../context.ts';
import { pairs } from '../table.ts';

interface VersionFlags {
  readonly json?: true;
}

export function defineVersion(command: Command, context: CommandContext): void {
  command.description(
    'Prints the versions of this program, of Node, and of the OpenSSL that the native core was built with. `cryptobroker fips` ' +
      'loads the core and proves what answers.',
  );
  command.option('--json', 'print one JSON object');
  command.addHelpText(
    'after',
    `
Examples:
  $ cryptobroker version
  $ cryptobroker version --json | jq -r .openssl`,
  );
  command.action(async (flags: VersionFlags) => {
    const { version, node } = context.facts;
    const openssl = await context.facts.openssl();
    context.writeOut(
      flags.json
        ? `${JSON.stringify({ version, node, openssl: openssl ?? null })}\n`
        : pairs([
            ['crypto-broker', version],
            ['node', node],
            ['openssl', openssl ?? 'the native core is not built'],
          ]),
    );
  });
}
