import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, rmdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { HISTORIC_SOCKETS } from '../../../src/config/index.ts';
import { ROOT } from '../../support/programs.ts';

/** A right to use the fixed paths of the released clients, for as long as it is not released. */
export interface HistoricPaths {
  /** What a command line must begin with to see them. */
  readonly prefix: readonly string[];
  release(): void;
}

/**
 * The released clients know only fixed paths below /tmp, where a Broker of this machine may be listening. A command is
 * therefore given a /tmp of its own, in a mount namespace; where the kernel allows none, the real paths are used if
 * nothing is there, under a lock. Otherwise the reason why neither can be had.
 */
export function claimHistoricPaths(): HistoricPaths | string {
  for (const prefix of NAMESPACES) {
    if (spawnSync(prefix[0] ?? '', [...prefix.slice(1), 'true']).status === 0) {
      return { prefix, release: () => undefined };
    }
  }
  return lockRealPaths();
}

/**
 * Covers /tmp, and shows what the tests need of it again at the same place: the checkout and the running Node may be
 * there. /mnt is only used on the way.
 */
const COVER_TMP = `
set -e
keep="$1"; node="$2"; shift 2
mount -t tmpfs -o mode=0700 tmpfs /mnt
for dir in "$keep" "$node"; do
  case "$dir" in /tmp/*) mkdir -p "/mnt$dir"; mount --rbind "$dir" "/mnt$dir" ;; esac
done
mount -t tmpfs -o mode=1777 tmpfs /tmp
for dir in "$keep" "$node"; do
  case "$dir" in /tmp/*) mkdir -p "$dir"; mount --rbind "/mnt$dir" "$dir" ;; esac
done
exec "$@"`;

const NAMESPACES = [[], ['--map-root-user']].map((user) => [
  ...['unshare', '--mount', '--propagation', 'private', ...user],
  ...['/bin/sh', '-c', COVER_TMP, 'sh', ROOT, dirname(process.execPath)],
]);

const LOCK = '/tmp/.crypto-broker-interop.lock';

function lockRealPaths(): HistoricPaths | string {
  try {
    mkdirSync(LOCK);
  } catch {
    return `another test run holds ${LOCK} (remove it if there is none)`;
  }
  const folders = HISTORIC_SOCKETS.map(dirname).filter((path) => !existsSync(path));
  const release = (): void => {
    for (const path of [...folders, LOCK]) if (existsSync(path)) rmdirSync(path);
  };
  const taken = HISTORIC_SOCKETS.find((path) => existsSync(path));
  if (taken === undefined) return { prefix: [], release };
  release();
  return `${taken} exists, and no mount namespace can be made`;
}
