import type { Client } from '../../../src/client/index.ts';
import { loadSettings, type LoadedSettings } from '../../../src/config/index.ts';
import type { ExitCode } from '../../../src/errors/index.ts';
import type { CliContext } from '../../../src/cli/context.ts';
import { runCli } from '../../../src/cli/run.ts';

/** What a command line did. */
export interface Outcome {
  readonly exit: ExitCode;
  readonly out: string;
  readonly bytes: Buffer;
  readonly error: string;
}

/** Parts of a context that a test replaces. */
export type Parts = Partial<CliContext> & {
  /** Environment the settings are read from. */
  readonly env?: Readonly<Record<string, string>>;
  readonly client?: Partial<Client>;
};

/** Runs a command line without a process, a server or an environment. */
export async function run(
  args: readonly string[],
  { env = {}, client, ...parts }: Parts = {},
): Promise<Outcome> {
  const out: Buffer[] = [];
  let error = '';
  const unexpected = (what: string) => (): never => {
    throw new Error(`${what} was not expected`);
  };
  const exit = await runCli(args, {
    writeOut: (data) => out.push(Buffer.from(data)),
    writeError: (text) => (error += text),
    readInput: unexpected('reading standard input'),
    connect:
      client === undefined
        ? unexpected('connecting')
        : () => ({ close: () => Promise.resolve(), ...client }) as Client,
    connectKmip: unexpected('connecting to a KMIP server'),
    loadSettings: (options): LoadedSettings => loadSettings({ env, ...options }),
    reportProvider: unexpected('starting the core'),
    reportNodeTls: () => Promise.resolve(undefined),
    runServer: unexpected('starting a server'),
    runGateway: unexpected('starting a gateway'),
    runCore: unexpected('starting a core'),
    restoreCore: unexpected('restoring a core'),
    callLocal: unexpected('calling a local socket'),
    facts: { version: '1.2.3', node: '24.0.0', openssl: () => Promise.resolve('3.5.0') },
    ...parts,
  });
  const bytes = Buffer.concat(out);
  return { exit, out: bytes.toString('utf8'), bytes, error };
}
