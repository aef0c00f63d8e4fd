import { createCore } from '../../../src/core/index.ts';
import { captureLog } from '../../integration/support/captured-log.ts';
import { coreOptions, type CoreHome } from './test-core.ts';

/** A Core as a process of its own, for tests that kill it: `core-main.ts <home as JSON>`. Prints its address when it serves. */
const home = JSON.parse(process.argv[2] ?? '') as CoreHome;
const core = createCore(await coreOptions(home, captureLog()));
await core.start();
console.log(core.facts.uplinkAddress);
