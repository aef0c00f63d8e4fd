// What is in the images, looked at from outside.

import { lstatSync, readFileSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { projectRoot } from '../../paths.mjs';
import { sha256File } from '../../stamp.mjs';
import { imageName, TARGETS } from '../build.mjs';
import { expect, expectEqual } from '../expect.mjs';

/** Compressed, in bytes; what a registry stores and a node pulls. */
const LARGEST = 110 * 1000 * 1000;
const USER = 65532;
/** What the program may write, and what is its own besides. */
const OWNED = [
  'run/crypto-broker',
  'var/cache/crypto-broker',
  'var/lib/crypto-broker',
  'var/lib/crypto-broker-key',
];

/** Where each keeps what must outlive it. */
const STATE = {
  broker: [],
  gateway: ['/var/lib/crypto-broker', '/var/lib/crypto-broker-key'],
  core: ['/var/lib/crypto-broker'],
};

/** @param {import('../site.mjs').Site} site @param {import('../../check-list.mjs').CheckList} list */
export async function checkImages(site, list) {
  const { engine } = site;
  for (const target of TARGETS)
    await list.check(`the ${target} image is configured as documented`, async () => {
      checkConfiguration(configurationOf(engine, imageName(target)), target);
    });
  await list.check('an image has less than 110 MB compressed', async () => {
    const { total, layers } = compressedSize(engine, imageName('gateway'));
    const megabytes = (bytes) => (bytes / 1e6).toFixed(1);
    const figure = `${megabytes(total)} MB (layers ${layers.map(megabytes).join(' + ')})`;
    expect(total < LARGEST, figure);
    return figure;
  });
  const root = mount(engine, imageName('gateway'));
  try {
    await list.check(
      'an image has no shell, no set-user-id file, nothing that others may write',
      async () => checkFiles(root),
    );
    await list.check('nothing of the machine that built it is in an image', async () => {
      checkTraces(root);
    });
    await list.check(
      'scanners find the packages that files were taken of, with their licences',
      async () => checkPapers(root),
    );
    await list.check('fips.so is there twice, unaltered, and not as one file', async () => {
      checkModules(root);
    });
  } finally {
    unmount(engine, imageName('gateway'));
  }
}

function configurationOf(engine, image) {
  return JSON.parse(engine.out('podman', ['image', 'inspect', image]))[0];
}

function checkConfiguration({ Config: config, HealthCheck: healthOf, Healthcheck }, target) {
  const { version } = JSON.parse(readFileSync(join(projectRoot, 'package.json'), 'utf8'));
  expectEqual(config.User, `${USER}:${USER}`, 'the user');
  expectEqual(config.StopSignal, 'SIGTERM', 'the signal to stop');
  const program = ['/usr/bin/node', '/opt/crypto-broker/dist/bin/cryptobroker.js'];
  expectEqual(config.Entrypoint, program, 'the entry point');
  expectEqual(config.Cmd, [target === 'broker' ? 'server' : target], 'the arguments');
  const health = config.Healthcheck ?? Healthcheck ?? healthOf;
  expect(health?.Test?.[0] === 'CMD', 'there is no health check without a shell');
  expectEqual(health.Test[1], '/usr/bin/cryptobroker', 'the program that checks the health');
  const state = STATE[target];
  expectEqual(Object.keys(config.Volumes).sort(), ['/run/crypto-broker', ...state], 'the volumes');
  const labels = Object.fromEntries(
    Object.entries(config.Labels).map(([name, value]) => [
      name.replace('org.opencontainers.image.', ''),
      value,
    ]),
  );
  expectEqual(labels.version, version, 'the version in the label');
  expectEqual(labels.licenses, 'Apache-2.0', 'the licence in the label');
  for (const name of ['title', 'description']) expect(labels[name], `there is no label ${name}`);
  expect(
    config.Env.includes('CRYPTO_BROKER_FIPS_MODULE_DIR='),
    'an image with our own module must name no other one',
  );
}

/** The sizes of the layers as they are pushed to a registry. */
function compressedSize(engine, image) {
  const place = join(engine.scratch, 'oci');
  const options = ['--quiet', '--dest-compress-format', 'gzip', '--dest-compress-level', '6'];
  engine.out('skopeo', ['copy', ...options, `containers-storage:${image}`, `oci:${place}:size`], {
    timeoutMs: 300_000,
  });
  const blob = (digest) => join(place, 'blobs', ...digest.split(':'));
  const index = JSON.parse(readFileSync(join(place, 'index.json'), 'utf8'));
  const manifest = JSON.parse(readFileSync(blob(index.manifests[0].digest), 'utf8'));
  const layers = manifest.layers.map(({ digest }) => statSync(blob(digest)).size);
  return { layers, total: layers.reduce((sum, size) => sum + size, 0) };
}

/** Where the image's files can be looked at. */
export function mount(engine, image) {
  return engine.out('podman', ['image', 'mount', image]);
}

export function unmount(engine, image) {
  engine.ask('podman', ['image', 'unmount', image]);
}

/**
 * Every entry of a tree, by its path below `root`.
 * @param {string} root
 * @returns {Generator<{path: string, stat: import('node:fs').Stats}>}
 */
export function* entriesBelow(root, inside = '') {
  for (const name of readdirSync(join(root, inside)).sort()) {
    const path = join(inside, name);
    const stat = lstatSync(join(root, path));
    yield { path, stat };
    if (stat.isDirectory()) yield* entriesBelow(root, path);
  }
}

function checkFiles(root) {
  const executables = [];
  for (const { path, stat } of entriesBelow(root)) {
    const own = OWNED.some((place) => path === place || path.startsWith(`${place}/`));
    expectEqual([stat.uid, stat.gid], own ? [USER, USER] : [0, 0], `the owner of /${path}`);
    if (stat.isSymbolicLink()) continue;
    expect((stat.mode & 0o6000) === 0, `/${path} runs as its owner, whoever starts it`);
    expect((stat.mode & 0o002) === 0 || path === 'tmp', `/${path} may be written by everybody`);
    if (stat.isFile() && (stat.mode & 0o111) !== 0) executables.push(path);
    expect(
      !stat.isFile() || !/(^|\/)(sh|bash|dash|busybox|env|apt|dpkg|npm)$/.test(path),
      `there is /${path}`,
    );
  }
  const programs = executables.filter((path) => path.startsWith('usr/bin/'));
  expectEqual(programs, ['usr/bin/node'], 'what can be run');
}

/** Words that could only come from the machine that builds. */
function checkTraces(root) {
  const words = [projectRoot, 'cafile', '/cache/crypto-broker', '_authToken'];
  const ours = join(root, 'opt/crypto-broker');
  for (const { path, stat } of entriesBelow(ours)) {
    if (!stat.isFile() || path.startsWith('node_modules')) continue;
    const bytes = readFileSync(join(ours, path));
    for (const word of words)
      expect(!bytes.includes(word), `/opt/crypto-broker/${path} names ${word}`);
  }
  for (const place of ['root', 'cache', 'build', 'run/secrets'])
    expect(
      lstatSync(join(root, place), { throwIfNoEntry: false }) === undefined,
      `there is /${place}`,
    );
}

function checkPapers(root) {
  const names = readdirSync(join(root, 'var/lib/dpkg/status.d'));
  for (const name of ['base-files', 'ca-certificates', 'libc6', 'libstdc++6'])
    expect(names.includes(name), `nothing is known of ${name}`);
  for (const name of names) {
    const text = readFileSync(join(root, 'var/lib/dpkg/status.d', name), 'utf8');
    expect(/^Package: \S+$/m.test(text) && /^Version: \S+$/m.test(text), `${name} has no version`);
    statSync(join(root, 'usr/share/doc', name, 'copyright'));
  }
  return names.join(', ');
}

function checkModules(root) {
  const directory = join(root, 'opt/crypto-broker/prebuilds', `linux-${process.arch}`);
  const manifest = JSON.parse(readFileSync(join(directory, 'manifest.json'), 'utf8'));
  const place = `var/cache/crypto-broker/node-fips-${manifest.fipsSha256.slice(0, 16)}`;
  const first = join(directory, 'fips.so');
  const second = join(root, place, 'fips.so');
  expectEqual(sha256File(first), manifest.fipsSha256, 'the SHA-256 of the module');
  expectEqual(sha256File(second), manifest.fipsSha256, 'the SHA-256 of the copy for Node');
  expect(statSync(first).ino !== statSync(second).ino, 'both are one file');
}
