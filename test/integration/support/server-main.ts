// The server as a process of its own, configured by its environment alone.
import { runServer } from '../../../src/bin/run-server.ts';
import { loadSettings } from '../../../src/config/index.ts';

process.exit(await runServer(loadSettings({ scope: 'server' })));
