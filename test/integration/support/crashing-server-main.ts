// A server in which, on SIGUSR2, something fails that nobody handles: an error, or what the word in its environment says.
import { BrokerError } from '../../../src/errors/index.ts';
import { runServer } from '../../../src/bin/run-server.ts';
import { loadSettings } from '../../../src/config/index.ts';

process.on('SIGUSR2', () => {
  const failed = Promise.reject(
    process.env['CRASH_WITH'] === 'self-check'
      ? new BrokerError('SELF_CHECK_FAILED', 'the FIPS module is out of service')
      : new Error('nobody handles this'),
  );
  failed.finally(() => undefined).catch(() => failed);
});

process.exit(await runServer(loadSettings({ scope: 'server' })));
