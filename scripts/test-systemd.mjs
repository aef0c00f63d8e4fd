#!/usr/bin/env node
// `npm run test:systemd`: the units of deploy/systemd under a systemd of their own.

import { join } from 'node:path';
import { CheckList } from './lib/check-list.mjs';
import { runAsProgram } from './lib/cli.mjs';
import { openEngine } from './lib/container/engine.mjs';
import { withLock } from './lib/lock.mjs';
import { ensurePackages } from './lib/packages.mjs';
import { cacheDir } from './lib/paths.mjs';
import { prepareCheckout } from './lib/prepared-checkout.mjs';
import { isDebian } from './lib/prerequisites.mjs';
import { Steps, explain } from './lib/steps.mjs';
import { Machine } from './lib/systemd/machine.mjs';

const HELP = `Usage: node scripts/test-systemd.mjs

Boots a Debian 12 with systemd in a container, installs the product and the units of deploy/systemd there as their README says, and
looks at what they promise: socket activation, the sandbox as the kernel sees it, who may call, kill and restart without a lost
call, keys as credentials, a data key by KMIP. Takes a minute; the first run makes the system with mmdebstrap. Needs root.

  --help   this text

Ends with \`N passed, N failed, N skipped\`.`;

/** @param {{steps?: Steps}} [options] @returns {Promise<{passed: number, failed: number, skipped: number}>} */
async function testSystemd({ steps = new Steps() } = {}) {
  const list = new CheckList((line) => steps.line(line));
  if (process.getuid?.() !== 0 || !isDebian()) {
    steps.warn('the systemd units are SKIPPED: booting a system needs root and Debian');
    return { passed: 0, failed: 0, skipped: 1 };
  }
  try {
    await steps.step('packages', 'system packages', (step) =>
      ensurePackages('container', step, steps),
    );
    await withLock(
      join(cacheDir('container'), 'lock'),
      'testing the systemd units',
      () => bootAndCheck(steps, list),
      (text) => steps.line(text),
    );
  } catch (error) {
    explain(error);
    list.failed += 1;
  }
  return list;
}

async function bootAndCheck(steps, list) {
  const engine = openEngine();
  let machine;
  try {
    machine = await steps.step('systemd', 'a system with systemd', (step) =>
      Machine.boot(engine, step),
    );
    const { systemdChecks } = await import('./lib/systemd/checks.mjs');
    await systemdChecks(machine, list, engine.scratch);
  } finally {
    machine?.remove();
    engine.close();
  }
}

await runAsProgram(import.meta.url, HELP, {}, async () => {
  const elsewhere = await prepareCheckout(import.meta.url);
  if (elsewhere !== undefined) return elsewhere;
  const { passed, failed, skipped } = await testSystemd();
  console.log(`${passed} passed, ${failed} failed, ${skipped} skipped`);
  return failed === 0 ? 0 : 1;
});
