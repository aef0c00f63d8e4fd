#!/usr/bin/env node
// Runs the droplet as Cloud Foundry would, as far as one machine without Cloud Foundry can.

import { join } from 'node:path';
import { ensureRoot } from './lib/cloud-foundry/root.mjs';
import { runAsProgram } from './lib/cli.mjs';
import { findNode } from './lib/find-node.mjs';
import { runInForeground } from './lib/foreground.mjs';
import { ensurePackages } from './lib/packages.mjs';
import { projectRoot } from './lib/paths.mjs';
import { isDebian } from './lib/prerequisites.mjs';
import { capture } from './lib/run.mjs';
import { Steps } from './lib/steps.mjs';
import { packDroplet } from './pack-cf.mjs';
import { prepare } from './setup.mjs';

const CHECKS = join(projectRoot, 'scripts', 'lib', 'cloud-foundry', 'checks', 'main.mjs');

const HELP = `npm run test:cf [-- OPTIONS]

Packs the droplet (npm run pack:cf) and runs it: user 2000 with no capability, in a Debian 12 root file system that cannot be
written, without network, started by the launcher's own sequence. The example applications in Node and Go, each with the
Broker as its sidecar, and a Gateway, with the commands of the manifests: started late, killed, restarted, stopped, moved,
tampered with. Ends with \`N passed, N failed, N skipped\`.

It needs Debian or a descendant, for bubblewrap and mmdebstrap; both are installed when this user may. The root file system
is made once and kept. Go is optional.

What it does not have: a Cloud Foundry. Staging, routing, the platform's health checks and log transport, limits by cgroup
and the stacks' own file systems are not in it; programs are held to the stacks' libraries by what they ask for.

  --as-built   test what is built, without bringing the checkout up to date first
  --help       this text`;

/** Why the droplet cannot run on this machine, if so. */
function obstacle() {
  if (process.platform !== 'linux') return 'this is not Linux';
  if (!isDebian())
    return 'this is not Debian, whose packages the root file system is made of (bubblewrap, mmdebstrap)';
  return undefined;
}

/** Whether a container can be made here at all: some machines allow no user namespaces. */
function noContainer(root) {
  const probe = ['--unshare-user', '--unshare-net', '--ro-bind', root, '/', '--proc', '/proc'];
  return capture('bwrap', [...probe, '/bin/true']) === undefined;
}

function skipped(reason) {
  console.log(`! SKIPPED: the droplet was not run: ${reason}`);
  console.log('0 passed, 0 failed, 1 skipped');
  return 0;
}

await runAsProgram(import.meta.url, HELP, { 'as-built': { type: 'boolean' } }, async (options) => {
  const reason = obstacle();
  if (reason) return skipped(reason);
  const steps = new Steps();
  if (!options['as-built']) await prepare({ steps });
  await steps.step('cf-packages', 'tools for the container', (step) =>
    ensurePackages('cloud-foundry', step, steps),
  );
  const root = await steps.step('cf-root', 'Debian root file system', ensureRoot);
  if (noContainer(root))
    return skipped('bubblewrap may make no user namespace here (`bwrap --unshare-user …`)');
  const { dir: droplet } = await packDroplet({ steps });
  return runInForeground(findNode(), [CHECKS, JSON.stringify({ root, droplet })]);
});
