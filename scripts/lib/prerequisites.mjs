// What the machine itself must have, and why. Looked for by file, not by package, so that it is quick and works on
// every distribution; the Debian packages are what we install or ask for.

import { existsSync, readdirSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { capture } from './run.mjs';

/**
 * @typedef {'start' | 'test' | 'bench' | 'cloud-foundry' | 'chart' | 'container'} Purpose
 *
 * @typedef {object} Prerequisite
 * @property {string} name for people, on a system that is not Debian
 * @property {string} reason
 * @property {string[][]} packages Debian packages: alternatives, the best first
 * @property {Purpose[]} purposes
 * @property {boolean} [optional] without it something is skipped
 * @property {() => boolean} present
 */

/** @type {Purpose[]} */
const ALWAYS = ['start', 'test', 'bench', 'cloud-foundry'];

/** @type {Prerequisite[]} */
const PREREQUISITES = [
  {
    name: 'a C and C++20 compiler (gcc, g++)',
    reason: 'compiles OpenSSL, nghttp2 and the addon',
    packages: [['g++']],
    purposes: ALWAYS,
    present: () => commands(process.env.CC || 'gcc', process.env.CXX || 'g++'),
  },
  {
    name: 'make',
    reason: 'runs these builds',
    packages: [['make']],
    purposes: ALWAYS,
    present: () => commands('make'),
  },
  {
    name: 'perl',
    reason: "OpenSSL's Configure is written in it",
    packages: [['perl']],
    purposes: ALWAYS,
    // Debian's perl-base, which every system has, is a perl without these.
    present: () =>
      capture('perl', ['-MFindBin', '-MIPC::Cmd', '-MPod::Usage', '-e', '1']) !== undefined,
  },
  {
    name: 'python3',
    reason: 'node-gyp is written in it',
    packages: [['python3']],
    purposes: ALWAYS,
    present: () => commands('python3'),
  },
  {
    name: 'binutils (nm, readelf, strip)',
    reason: 'strips the addon and checks what it is linked with',
    packages: [['binutils']],
    purposes: ALWAYS,
    present: () => commands('nm', 'readelf', 'strip'),
  },
  {
    name: 'tar and gzip',
    reason: 'unpack the source of OpenSSL and nghttp2',
    packages: [['tar', 'gzip']],
    purposes: ALWAYS,
    present: () => commands('tar', 'gzip'),
  },
  {
    name: 'dpkg-source',
    reason: "unpacks and patches Debian's sources of them",
    packages: [['dpkg-dev']],
    purposes: ALWAYS,
    present: () => commands('dpkg-source') || !isDebian(),
  },
  {
    name: 'cmake',
    reason: 'builds nghttp2 and the native tests',
    packages: [['cmake']],
    purposes: ALWAYS,
    present: () => commands('cmake'),
  },
  {
    name: 'GoogleTest',
    reason: 'the native tests are written with it',
    packages: [['libgtest-dev']],
    purposes: ['test'],
    present: () => header('gtest/gtest.h'),
  },
  {
    name: 'protoc, the protobuf compiler',
    reason: 'makes src/generated from proto/ again, to compare',
    packages: [['protobuf-compiler']],
    purposes: ['test'],
    present: () => commands('protoc'),
  },
  {
    name: 'clang with its runtime libraries',
    reason: 'runs the fuzzers, which are skipped without it',
    packages: [
      ['clang-19', 'libclang-rt-19-dev'],
      ['clang', 'libclang-rt-19-dev'],
      ['clang', 'libclang-rt-14-dev'],
    ],
    purposes: ['test'],
    optional: true,
    present: () => findFuzzingClang() !== undefined,
  },
  {
    name: 'valgrind',
    reason: 'counts the instructions of the hot paths; not compared without it',
    packages: [['valgrind']],
    purposes: ['test'],
    optional: true,
    present: () => commands('valgrind'),
  },
  {
    name: 'the NIST test vectors (package cryptography-vectors)',
    reason: 'the CAVP vector tests read them, and are skipped without them',
    packages: [['python3-cryptography-vectors']],
    purposes: ['test'],
    optional: true,
    present: () => existsSync('/usr/lib/python3/dist-packages/cryptography_vectors'),
  },
  {
    name: 'the openssl command',
    reason: 'checks our certificates from outside; those tests are skipped without it',
    packages: [['openssl']],
    purposes: ['test'],
    optional: true,
    present: () => commands('openssl'),
  },
  {
    name: 'unshare or bubblewrap',
    reason: 'gives a test its own view of the file system; such tests are skipped without it',
    packages: [['bubblewrap']],
    purposes: ['test'],
    optional: true,
    present: () => commands('unshare') || commands('bwrap'),
  },
  {
    name: 'bubblewrap',
    reason: 'makes the container that the droplet runs in',
    packages: [['bubblewrap']],
    purposes: ['cloud-foundry'],
    present: () => commands('bwrap'),
  },
  {
    name: 'mmdebstrap',
    reason: 'makes the root file system of containers',
    packages: [['mmdebstrap']],
    purposes: ['cloud-foundry', 'container'],
    present: () => commands('mmdebstrap'),
  },
  {
    name: 'nsenter (util-linux)',
    reason: 'starts processes in that container',
    packages: [['util-linux']],
    purposes: ['cloud-foundry'],
    present: () => commands('nsenter'),
  },
  {
    name: 'buildah',
    reason: 'builds the images',
    packages: [['buildah']],
    purposes: ['container'],
    present: () => commands('buildah'),
  },
  {
    name: 'podman with runc',
    reason: 'runs them; other runtimes refuse the cgroups of many machines',
    // netavark makes networks by iptables, and Debian's package does not ask for it.
    packages: [['podman', 'runc', 'netavark', 'aardvark-dns', 'iptables']],
    purposes: ['container'],
    present: () =>
      commands('podman', 'runc', 'iptables') && existsSync('/usr/lib/podman/aardvark-dns'),
  },
  {
    name: 'podman-compose',
    reason: 'runs deploy/docker/compose.yaml, which is skipped without it',
    packages: [['podman-compose']],
    purposes: ['container'],
    optional: true,
    present: () => commands('podman-compose'),
  },
  {
    name: 'skopeo',
    reason: 'tells how large they are in a registry',
    packages: [['skopeo']],
    purposes: ['container'],
    present: () => commands('skopeo'),
  },
  {
    name: 'the openssl command',
    reason: 'makes the certificates that the containers are tested with',
    packages: [['openssl']],
    purposes: ['container'],
    present: () => commands('openssl'),
  },
  {
    name: 'podman with runc and catatonit',
    reason: 'runs a pod of the chart, which is skipped without them',
    packages: [['podman', 'runc', 'catatonit']],
    purposes: ['chart'],
    optional: true,
    present: () => commands('podman', 'runc', 'catatonit'),
  },
];

/** @returns {boolean} whether packages are Debian's (or a descendant's) */
export function isDebian() {
  return existsSync('/etc/debian_version') && commands('dpkg', 'apt-get');
}

/**
 * What is missing for this purpose.
 * @param {Purpose} purpose
 * @returns {{required: Prerequisite[], optional: Prerequisite[]}}
 */
export function missing(purpose) {
  const absent = PREREQUISITES.filter((item) => item.purposes.includes(purpose) && !item.present());
  return {
    required: absent.filter((item) => !item.optional),
    optional: absent.filter((item) => item.optional),
  };
}

/**
 * A clang that comes with libFuzzer: newest first.
 * @returns {string | undefined} absolute path of clang++
 */
export function findFuzzingClang() {
  const versions = list('/usr/lib')
    .map((name) => /^llvm-(\d+)$/.exec(name)?.[1])
    .filter((version) => version !== undefined)
    .sort((a, b) => Number(b) - Number(a));
  for (const version of versions) {
    const root = `/usr/lib/llvm-${version}`;
    const compiler = join(root, 'bin', 'clang++');
    const runtimes = list(join(root, 'lib', 'clang')).flatMap((name) =>
      list(join(root, 'lib', 'clang', name, 'lib', 'linux')),
    );
    const machine = process.arch === 'arm64' ? 'aarch64' : 'x86_64';
    if (existsSync(compiler) && runtimes.includes(`libclang_rt.fuzzer-${machine}.a`))
      return compiler;
  }
  return undefined;
}

/** Whether all of these can be run. @param {...string} names */
function commands(...names) {
  const path = (process.env.PATH ?? '').split(delimiter);
  return names.every((name) =>
    name.includes('/') ? existsSync(name) : path.some((dir) => existsSync(join(dir, name))),
  );
}

function header(name) {
  return ['/usr/include', '/usr/local/include'].some((dir) => existsSync(join(dir, name)));
}

function list(dir) {
  try {
    return readdirSync(dir);
  } catch {
    return [];
  }
}
