import type { CliContext } from '../cli/context.ts';
import { runCli } from '../cli/run.ts';
import { EXIT } from '../errors/index.ts';
import { programFacts } from './program-facts.ts';

// What a command does not need is not loaded: a probe runs `health` every few seconds.
const context: CliContext = {
  writeOut: (data) => process.stdout.write(data),
  writeError: (text) => process.stderr.write(text),
  readInput: () => process.stdin,
  connect: async (options) => (await import('../client/index.ts')).connect(options),
  loadSettings: async (options) => (await import('../config/index.ts')).loadSettings(options),
  reportNodeTls: async (settings) => (await import('./node-tls.ts')).secureNodeTls(settings),
  reportProvider: async (settings) => {
    const { startProvider } = await import('./server-provider.ts');
    const { provider } = await startProvider(settings, () => performance.now());
    return provider.report();
  },
  runServer: async (loaded) => (await import('./run-server.ts')).runServer(loaded),
  runGateway: async (loaded) => (await import('./run-gateway.ts')).runGateway(loaded),
  runCore: async (loaded) => (await import('./run-core.ts')).runCore(loaded),
  restoreCore: async (backup, dataDirectory) => {
    (await import('./run-core.ts')).restoreCore(backup, dataDirectory);
  },
  connectKmip: async (options, settings) => {
    (await import('./node-tls.ts')).secureNodeTls(settings);
    return (await import('../kmip-client/index.ts')).connectKmip(options);
  },
  callLocal: async (socket, method, request) =>
    (await import('../cli/local/call-local.ts')).callLocal(socket, method, request),
  facts: programFacts(),
};

// Whoever reads our output may stop early: `cryptobroker profiles list | head -1`.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error;
  process.exit(EXIT.failed);
});

// Ends here rather than when the last connection has said goodbye: on Linux what was written to standard output has left.
process.exit(await runCli(process.argv.slice(2), context));
