// A Debian system booted by systemd in a container, for as long as a test takes. The container is privileged: what is tested is the
// sandbox that systemd makes inside of it.

import { cpSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { findNode } from '../../../bin/lib/find-node.mjs';
import { makeDebianRoot } from '../debian-root.mjs';
import { projectRoot } from '../paths.mjs';
import { writeProductTree } from '../product-tree.mjs';

/** The Debian of this project's machines: systemd 252. */
const SUITE = 'bookworm';
const IMAGE = 'localhost/crypto-broker:systemd-base';
const NAME = 'crypto-broker-systemd-test';
const BOOT_MS = 60_000;

/** Where the README puts the program. */
const PROGRAM = '/opt/crypto-broker/bin/cryptobroker.mjs';

export class Machine {
  #engine;

  constructor(engine) {
    this.#engine = engine;
  }

  /**
   * Boots it with the product and the units as the README installs them.
   * @param {import('../container/engine.mjs').Engine} engine
   * @param {import('../steps.mjs').Step} step
   * @returns {Promise<Machine>}
   */
  static async boot(engine, step) {
    step.begin();
    await ensureImage(engine, step);
    step.say('writing the product');
    const tree = join(engine.scratch, 'product');
    await writeProductTree(tree, { node: findNode() });
    const units = join(engine.scratch, 'units');
    cpSync(join(projectRoot, 'deploy', 'systemd'), units, { recursive: true });
    const machine = new Machine(engine);
    machine.remove();
    step.say('booting');
    engine.out('podman', [
      ...[
        'run',
        '--detach',
        '--name',
        NAME,
        '--systemd=always',
        '--privileged',
        '--network',
        'none',
      ],
      // As many files as the units ask for; naming one limit takes the defaults of the others away.
      ...['nofile=16384:16384', 'nproc=1024:1024', 'memlock=8388608:8388608'].flatMap((limit) => [
        '--ulimit',
        limit,
      ]),
      ...['--volume', `${tree}:/opt/crypto-broker:ro`],
      ...['--volume', `${findNode()}:/usr/bin/node:ro`],
      ...['--volume', `${units}:/units:ro`],
      ...[IMAGE, '/lib/systemd/systemd'],
    ]);
    try {
      await machine.#booted();
      return machine;
    } catch (error) {
      machine.remove();
      throw error;
    }
  }

  async #booted() {
    const deadline = performance.now() + BOOT_MS;
    for (;;) {
      const { stdout } = this.ask('systemctl', 'is-system-running');
      // Units of a real machine fail in a container; ours are not among them yet.
      if (/^(running|degraded)$/m.test(stdout)) break;
      if (performance.now() > deadline) throw new Error(`systemd has not come up: ${stdout}`);
      await sleep(200);
    }
    // As systemd itself does on a real machine: credentials are mounts that services must see.
    this.do('mount', '--make-rshared', '/');
  }

  /** Runs a command inside and returns how it ended. @param {...string} command */
  ask(...command) {
    return this.#engine.ask('podman', ['exec', NAME, ...command]);
  }

  /** Runs a command that must succeed, and returns what it printed. @param {...string} command */
  do(...command) {
    return this.#engine.out('podman', ['exec', NAME, ...command]);
  }

  /** Runs lines of a shell as root; the first that fails ends them. @param {string} script */
  sh(script) {
    return this.do('/bin/sh', '-euc', script);
  }

  /** `cryptobroker …`. @param {...string} args */
  cryptobroker(...args) {
    return this.ask('node', PROGRAM, ...args);
  }

  /** Copies a directory of the host into it. @param {string} from @param {string} to */
  copy(from, to) {
    this.#engine.out('podman', ['cp', from, `${NAME}:${to}`]);
  }

  /** Starts a command that goes on, and resolves with how it ended. @param {...string} command */
  start(...command) {
    return this.#engine.run('podman', ['exec', NAME, ...command]);
  }

  /** The process of a service. @param {string} service */
  mainPid(service) {
    return Number(this.do('systemctl', 'show', '--property=MainPID', '--value', service));
  }

  /** Messages of a service, without systemd's own. @param {string} service */
  journal(service) {
    return this.do('journalctl', '--unit', service, '--output=cat', '--no-pager');
  }

  remove() {
    this.#engine.ask('podman', ['rm', '--force', '--time', '5', '--ignore', NAME]);
  }
}

/** Made once, and kept in the store. */
async function ensureImage(engine, step) {
  if (engine.ask('podman', ['image', 'exists', IMAGE]).status === 0) return;
  step.say(`mmdebstrap (${SUITE} with systemd)`);
  const tarball = join(engine.scratch, 'systemd.tar');
  await makeDebianRoot(step, tarball, { suite: SUITE, include: ['systemd', 'libstdc++6'] });
  engine.out('podman', ['import', tarball, IMAGE], { timeoutMs: 300_000 });
  rmSync(tarball);
}
