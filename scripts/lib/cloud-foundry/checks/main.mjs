// All checks of the droplet. Its argument, as JSON: where the root file system and the droplet are. Needs the product's Node
// and dist/.

import { CheckList } from '../../check-list.mjs';
import { checkBroker } from './broker.mjs';
import { checkGateway } from './gateway.mjs';
import { checkGoExample } from './go-example.mjs';
import { Site } from '../site.mjs';

const GROUPS = [
  ['the Node example with the Broker as its sidecar', checkBroker],
  ['the Go example with the Broker as its sidecar', checkGoExample],
  ['the Gateway', checkGateway],
];

for (const signal of ['SIGINT', 'SIGTERM']) {
  process.once(signal, () => void Site.closeAll().finally(() => process.exit(1)));
}

const place = JSON.parse(process.argv[2] ?? '{}');
const list = new CheckList((line) => console.log(line));
for (const [title, run] of GROUPS) {
  console.log(`\n${title}`);
  await run(list, place).catch((error) =>
    // What cannot even be set up is one failure, and the other groups still run.
    list.check('the container is set up', () => Promise.reject(error)),
  );
}
console.log(`\n${list.summary}`);
process.exitCode = list.failed === 0 ? 0 : 1;
