#!/usr/bin/env node
// The name under which manifests and scripts know the Open Crypto Broker's server: `cryptobroker server`.
import { launch } from './lib/launch.mjs';

await launch(['server', ...process.argv.slice(2)]);
