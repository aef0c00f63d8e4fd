// A Debian root file system to run the droplet in, made once per user. Neither of Cloud Foundry's stacks can be had from a
// package registry; Debian 12 has the same libstdc++ as cflinuxfs4 and a glibc that is one release newer, which is why
// elf-gate.mjs looks at what the programs ask for.

import { existsSync, mkdirSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { makeDebianRoot } from '../debian-root.mjs';
import { withLock } from '../lock.mjs';
import { cacheDir } from '../paths.mjs';
import { hashInputs } from '../stamp.mjs';

const SUITE = 'bookworm';
const LEFT_OUT = ['man', 'locale', 'doc'].map((name) => `path-exclude=/usr/share/${name}/*`);

/**
 * @param {import('../steps.mjs').Step} step
 * @returns {Promise<string>} a directory that nobody writes to
 */
export async function ensureRoot(step) {
  const home = cacheDir('cloud-foundry');
  const key = hashInputs({ SUITE, LEFT_OUT, arch: process.arch }).slice(0, 12);
  const root = join(home, `root-${SUITE}-${key}`);
  return withLock(`${root}.lock`, 'making a root file system', async () => {
    if (!existsSync(root)) await makeRoot(root, step);
    return root;
  });
}

async function makeRoot(root, step) {
  const fresh = `${root}.new`;
  const tarball = `${root}.tar`;
  rmSync(fresh, { recursive: true, force: true });
  mkdirSync(fresh);
  step.advice =
    'The package mirror must answer (`apt-get update`); another user than root needs user namespaces and entries in /etc/subuid.';
  step.begin('Debian 12, about half a minute');
  try {
    await makeDebianRoot(step, tarball, { suite: SUITE, leftOut: LEFT_OUT });
    step.say('unpacking');
    // Everything belongs to us, so that we can remove it; the container sees it read-only.
    await step.run('tar', ['-xf', tarball, '-C', fresh, '--no-same-owner', '--exclude=./dev/*']);
    mkdirSync(join(fresh, 'home', 'vcap'), { recursive: true });
    renameSync(fresh, root);
  } finally {
    rmSync(tarball, { force: true });
    rmSync(fresh, { recursive: true, force: true });
  }
}
