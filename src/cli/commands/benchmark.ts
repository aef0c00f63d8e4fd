import type { Command } from 'commander';
import type { BenchmarkTiming } from '../../client/index.ts';
import { BrokerError } from '../../errors/index.ts';
import { addClientOptions, withClient, type ClientFlags } from '../client-command.ts';
import type { CommandContext } from '../context.ts';
import { table } from '../table.ts';

interface BenchmarkFlags extends ClientFlags {
  readonly json?: true;
}

export function defineBenchmark(command: Command, context: CommandContext): void {
  command.description(
    "Times the server's crypto core, without transport, on one thread. Only a server in development mode does that: " +
      '`cryptobroker server --dev`.',
  );
  command.option('--json', 'print {"results": [{"name": …, "avgTime": nanoseconds}, …]}');
  addClientOptions(command);
  command.addHelpText(
    'after',
    `
Examples:
  $ cryptobroker server --dev &
  $ cryptobroker benchmark --wait
  $ cryptobroker benchmark --json`,
  );
  command.action(async (flags: BenchmarkFlags) => {
    const results = await withClient(context, flags, async (client, options) => {
      try {
        return (await client.benchmarkData(options)).results;
      } catch (error) {
        throw closedMethod(error) ?? error;
      }
    });
    context.writeOut(flags.json ? `${JSON.stringify({ results })}\n` : asTable(results));
  });
}

/** Servers other than ours say only that there is no such method; for this one the reason is known. */
function closedMethod(error: unknown): BrokerError | undefined {
  if (!(error instanceof BrokerError) || error.code !== 'METHOD_UNKNOWN') return undefined;
  return new BrokerError('METHOD_CLOSED', 'this server does not serve the development methods', {
    cause: error,
  });
}

const NANOSECONDS_PER_SECOND = 1e9;

function asTable(results: readonly BenchmarkTiming[]): string {
  const rows = results.map(({ name, avgTime }) => [
    name,
    String(avgTime),
    avgTime > 0 ? String(Math.round(NANOSECONDS_PER_SECOND / avgTime)) : '',
  ]);
  return table(
    [{ title: 'NAME' }, { title: 'NS', align: 'right' }, { title: 'OPS/S', align: 'right' }],
    rows,
  );
}
