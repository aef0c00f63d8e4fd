import { createHash, getFips } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { BrokerError } from '../errors/index.ts';
import { hexDigest, type ModuleCopy } from './module-copy.ts';

/** What Node's own TLS runs on. */
export interface NodeFipsReport {
  readonly openssl: string;
  readonly modulePath: string;
  readonly sha256: string;
}

/** What is needed of the process, so that tests can stand in for it. */
export interface NodeProcess {
  readonly execPath: string;
  readonly execArgv: readonly string[];
  readonly argv: readonly string[];
  readonly openssl: string;
  /** Replaces the process by another program: same pid, same open files. */
  readonly replace: (file: string, args: readonly string[]) => never;
}

const FORCE = '--force-fips';
const CONFIGURATION = '--openssl-config=';

/**
 * Makes sure that Node's own OpenSSL, and with it every TLS connection, runs on the FIPS provider of `copy`. Called first
 * thing by a program that speaks TLS: a Node that was not started so is replaced by one that is; one that was is checked.
 * SELF_CHECK_FAILED when it was and is not in FIPS mode after all, or on another module.
 */
export function enterNodeFips(copy: ModuleCopy, node: NodeProcess): NodeFipsReport {
  const wanted = `${CONFIGURATION}${copy.configurationPath}`;
  if (!node.execArgv.includes(FORCE) || !node.execArgv.includes(wanted)) {
    const others = node.execArgv.filter(
      (argument) => argument !== FORCE && !argument.startsWith(CONFIGURATION),
    );
    node.replace(node.execPath, [node.execPath, ...others, wanted, FORCE, ...node.argv.slice(1)]);
  }
  return checkNodeFips(copy, node);
}

function checkNodeFips(copy: ModuleCopy, node: NodeProcess): NodeFipsReport {
  if (getFips() !== 1) failed('Node is not in FIPS mode although it was started so');
  if (answersMd5()) failed('Node offers MD5 although it is in FIPS mode');
  const mapped = mappedModules();
  if (!mapped.includes(copy.modulePath)) failed('Node did not load its copy of fips.so');
  // The file as it is now: it was not exchanged between copying and loading.
  if (hexDigest(readFileSync(copy.modulePath)) !== copy.sha256) {
    failed("Node's copy of fips.so changed while it was being loaded");
  }
  return { openssl: node.openssl, modulePath: copy.modulePath, sha256: copy.sha256 };
}

function answersMd5(): boolean {
  try {
    createHash('md5');
    return true;
  } catch {
    return false;
  }
}

/** Files named fips.so that are mapped into this process (proc(5)). */
function mappedModules(): readonly string[] {
  const maps = readFileSync('/proc/self/maps', 'utf8').split('\n');
  return maps.flatMap((line) => /^(?:\S+\s+){5}(\/.*fips\.so)$/.exec(line)?.[1] ?? []);
}

function failed(message: string): never {
  throw new BrokerError('SELF_CHECK_FAILED', message);
}
