import type { Command } from 'commander';
import type { CommandContext } from '../context.ts';

/** Gives a command its description, arguments, options, examples and action. */
export type DefineCommand = (command: Command, context: CommandContext) => void;

export interface CommandEntry {
  readonly name: string;
  /** One line in the list of commands. */
  readonly summary: string;
  /**
   * Loads what the command line `args` needs of the command: `health` is run every few seconds by probes and must not pay for
   * the others.
   */
  readonly load: (args: readonly string[]) => Promise<DefineCommand>;
}

/** All commands, in the order of the help text. */
export const COMMANDS: readonly CommandEntry[] = [
  {
    name: 'server',
    summary: 'run the Broker',
    load: async () => (await import('./server.ts')).defineServer,
  },
  {
    name: 'gateway',
    summary: 'run a Krypton Gateway, or look at one and at its vault',
    load: async (args) =>
      isProbe(args)
        ? (await import('../local/health-command.ts')).defineGatewayHealth
        : (await import('./gateway.ts')).defineGateway,
  },
  {
    name: 'core',
    summary: 'run or administer the reference Core',
    load: async (args) =>
      isProbe(args)
        ? (await import('../local/health-command.ts')).defineCoreHealth
        : (await import('./core.ts')).defineCore,
  },
  {
    name: 'kmip',
    summary: 'make, get and govern keys of a KMIP server; dump KMIP messages',
    load: async () => (await import('./kmip.ts')).defineKmip,
  },
  {
    name: 'health',
    summary: 'ask the server whether it serves',
    load: async () => (await import('./health.ts')).defineHealth,
  },
  {
    name: 'hash-data',
    summary: 'hash text, a file or standard input',
    load: async () => (await import('./hash-data.ts')).defineHashData,
  },
  {
    name: 'sign-certificate',
    summary: 'issue a certificate for a CSR',
    load: async () => (await import('./sign-certificate.ts')).defineSignCertificate,
  },
  {
    name: 'benchmark',
    summary: "time the server's crypto core (development servers only)",
    load: async () => (await import('./benchmark.ts')).defineBenchmark,
  },
  {
    name: 'profiles',
    summary: 'list, show and check profiles',
    load: async () => (await import('./profiles.ts')).defineProfiles,
  },
  {
    name: 'fips',
    summary: 'report library, provider, module and self tests',
    load: async () => (await import('./fips.ts')).defineFips,
  },
  {
    name: 'config',
    summary: 'show every setting and where its value comes from',
    load: async () => (await import('./config.ts')).defineConfig,
  },
  {
    name: 'version',
    summary: 'show versions',
    load: async () => (await import('./version.ts')).defineVersion,
  },
];

function isProbe([, subcommand]: readonly string[]): boolean {
  return subcommand === 'health';
}
