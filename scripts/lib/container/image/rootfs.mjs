// Runs while the image is built, in its stage `runtime`: gathers the files of the system that the program needs, and no
// others.
//
//   node rootfs.mjs OUT    OUT/rootfs is the image's file system without our own files; OUT/writable/run and
//                          OUT/writable/lib have an empty directory for each place that the program writes
//
// There is no shell, no package manager and no C library that somebody else chose: what is here is Node, the shared
// libraries it asks for, CA certificates, and the papers of each package that a file was taken of, where scanners look.

import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  realpathSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';

/** Who the program is. Orchestrators that ask for a user who is not root ask by number. */
const USER = 65532;

const PASSWD = `root:x:0:0:root:/:/sbin/nologin
nonroot:x:${USER}:${USER}:nonroot:/home/nonroot:/sbin/nologin
nobody:x:65534:65534:nobody:/nonexistent:/sbin/nologin
`;
const GROUP = `root:x:0:
nonroot:x:${USER}:
nogroup:x:65534:
`;
/** Names are asked of /etc/hosts and of DNS; without this file the C library asks DNS first. */
const NSSWITCH = 'hosts: files dns\n';

/** Sockets; vault or store; and the sealing key, for those who keep it on another volume than the vault. */
const WRITABLE = ['run/crypto-broker', 'lib/crypto-broker', 'lib/crypto-broker-key'];

const CA_BUNDLE = '/etc/ssl/certs/ca-certificates.crt';
const OS_RELEASE = '/usr/lib/os-release';

/**
 * The files that the dynamic linker loads for a program, as ldd(1) names them; the kernel's own page is none.
 * @param {string} listing
 * @returns {string[]}
 */
export function librariesIn(listing) {
  const missing = /^\s*(\S+) => not found/m.exec(listing)?.[1];
  if (missing !== undefined) throw new Error(`${missing} is not in the base image`);
  return [...listing.matchAll(/^\s*(?:\S+ => )?(\/\S+) \(0x[0-9a-f]+\)$/gm)].map(
    ([, path]) => path,
  );
}

/**
 * The packages that files belong to, as `dpkg-query --search` names them.
 * @param {string} listing
 * @returns {string[]}
 */
export function packagesIn(listing) {
  const names = listing
    .split('\n')
    .filter((line) => line.includes(': '))
    .flatMap((line) => line.slice(0, line.lastIndexOf(': ')).split(', '));
  return [...new Set(names)].sort();
}

function gather(out) {
  const root = join(out, 'rootfs');
  const directories = [
    'etc',
    'tmp',
    'run',
    'usr/bin',
    'usr/lib',
    'usr/lib64',
    'var/cache',
    'var/lib',
  ];
  for (const directory of directories) mkdirSync(join(root, directory), { recursive: true });
  chmodSync(join(root, 'tmp'), 0o1777);
  for (const name of ['bin', 'lib', 'lib64']) symlinkSync(`usr/${name}`, join(root, name));

  const node = process.execPath;
  copy(node, join(root, 'usr/bin/node'), 0o755);
  run('strip', ['--strip-all', join(root, 'usr/bin/node')]);
  // A shebang in the product's launchers asks env(1) for Node. Here the one Node has a place of its own.
  symlinkSync('/opt/crypto-broker/bin/cryptobroker.mjs', join(root, 'usr/bin/cryptobroker'));

  const libraries = librariesIn(run('ldd', [node]));
  for (const path of libraries) {
    // /lib is /usr/lib here as in Debian, so that a library has one place whichever way it is asked for.
    const place = path.replace(/^(\/usr)?\//, '/usr/');
    copy(realpathSync(path), join(root, place), 0o755);
  }
  copy(CA_BUNDLE, join(root, CA_BUNDLE));
  copy(OS_RELEASE, join(root, OS_RELEASE));
  symlinkSync('../usr/lib/os-release', join(root, 'etc/os-release'));
  for (const [name, text] of Object.entries({
    passwd: PASSWD,
    group: GROUP,
    'nsswitch.conf': NSSWITCH,
  }))
    writeFileSync(join(root, 'etc', name), text, { mode: 0o644 });

  keepPapers(root, [...libraries.map((path) => realpathSync(path)), OS_RELEASE]);
  const licence = join(dirname(dirname(node)), 'LICENSE');
  if (existsSync(licence)) copy(licence, join(root, 'usr/share/doc/node/LICENSE'));

  for (const place of WRITABLE) mkdirSync(join(out, 'writable', place), { recursive: true });
}

/** What a package manager would know of the packages, and their licences. The CA bundle is made by a script and belongs to none. */
function keepPapers(root, files) {
  const packages = packagesIn(
    `${run('dpkg-query', ['--search', ...files])}\nca-certificates: ${CA_BUNDLE}`,
  );
  mkdirSync(join(root, 'var/lib/dpkg/status.d'), { recursive: true });
  for (const qualified of packages) {
    const name = qualified.split(':')[0];
    writeFileSync(
      join(root, 'var/lib/dpkg/status.d', name),
      run('dpkg-query', ['--status', qualified]),
      { mode: 0o644 },
    );
    const copyright = join('/usr/share/doc', name, 'copyright');
    // Some share the folder of another package by a link.
    if (existsSync(copyright)) copy(realpathSync(copyright), join(root, copyright));
  }
}

function copy(from, to, mode = 0o644) {
  mkdirSync(dirname(to), { recursive: true });
  copyFileSync(from, to);
  chmodSync(to, mode);
}

function run(command, args) {
  return execFileSync(command, args, { encoding: 'utf8', env: { ...process.env, LC_ALL: 'C' } });
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  const [out, ...more] = process.argv.slice(2);
  if (out === undefined || more.length > 0 || (existsSync(out) && readdirSync(out).length > 0)) {
    console.error(`usage: node ${basename(process.argv[1])} EMPTY-DIRECTORY`);
    process.exit(2);
  }
  process.umask(0o022);
  gather(out);
}
