// A server in which, on SIGUSR2, something fails that nobody handles.
import { runServer } from '../../../src/bin/run-server.ts';
import { loadSettings } from '../../../src/config/index.ts';

process.on('SIGUSR2', () => {
  const failed = Promise.reject(new Error('nobody handles this'));
  failed.finally(() => undefined).catch(() => failed);
});

process.exit(await runServer(loadSettings({ scope: 'server' })));
