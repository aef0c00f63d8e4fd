import { linkSync, renameSync, unlinkSync } from 'node:fs';
import { BrokerError } from '../../errors/index.ts';
import { reasonOf, unusable } from './socket-directory.ts';
import { sidePath } from './socket-path.ts';
import { fileIdentity, inspectSocket, refusalOf, type FileIdentity } from './socket-state.ts';

/** How often the state of a path may change under us before we believe that somebody else is at work there. */
const MAX_ROUNDS = 8;
/** Servers that may have died one after the other while taking over from each other. */
const MAX_CLAIMS = 8;

/**
 * Gives a listening socket, bound at `temporary`, the name `path`. Of several processes that try at the same time
 * exactly one succeeds; the others get SOCKET_IN_USE, and a live socket is never replaced.
 *
 * A free name is taken by link(2), which fails when the name exists. A dead socket cannot be taken that way, and
 * unlinking it first would let two processes remove one after the other: the second would remove the first one's new
 * socket. Therefore whoever wants to replace a dead socket first has to publish its own socket under a name made from
 * the identity of the dead one: the claim. There is one winner, by the same rules; it looks again whether the dead
 * socket still stands at `path`, which from then on nobody else may change, and puts its claim there by rename(2). A
 * claim is itself a listening socket, so one whose holder has died is recognised like any dead socket. No lock outlives
 * its process, and nothing depends on process numbers, which differ between containers that share a directory.
 *
 * Every socket we publish listens already, so "refuses connections" means "dead" at all times. Throws SOCKET_IN_USE,
 * SOCKET_PATH_OCCUPIED, SOCKET_DIRECTORY_UNUSABLE.
 */
export async function publishSocket(temporary: string, path: string, claims = 0): Promise<void> {
  for (let round = 0; round < MAX_ROUNDS; round += 1) {
    if (linkIfFree(temporary, path)) return;
    const state = await inspectSocket(path);
    const refusal = refusalOf(path, state);
    if (refusal !== undefined) throw refusal;
    if (state.kind === 'stale' && claims < MAX_CLAIMS) {
      const claim = sidePath(path, claimSeed(state.file));
      await publishClaim(temporary, claim, path, claims + 1);
      if (replaceIfSame(path, state.file, claim)) return;
    }
  }
  throw new BrokerError('SOCKET_IN_USE', 'another server is starting there', {
    field: `socket ${path}`,
  });
}

/** A claim that is taken means that another server is replacing the same socket: the error is about `path`. */
async function publishClaim(
  temporary: string,
  claim: string,
  path: string,
  claims: number,
): Promise<void> {
  try {
    await publishSocket(temporary, claim, claims);
  } catch (error) {
    if (!(error instanceof BrokerError) || error.code !== 'SOCKET_IN_USE') throw error;
    throw new BrokerError('SOCKET_IN_USE', 'another server is starting there', {
      field: `socket ${path}`,
    });
  }
}

function replaceIfSame(path: string, dead: FileIdentity, claim: string): boolean {
  const found = fileIdentity(path);
  const same =
    found?.inode === dead.inode && found.device === dead.device && found.changed === dead.changed;
  try {
    if (same) renameSync(claim, path);
    else unlinkSync(claim);
    return same;
  } catch (error) {
    unlinkSync(claim);
    throw unusable(path, reasonOf(error), error);
  }
}

function linkIfFree(temporary: string, path: string): boolean {
  try {
    linkSync(temporary, path);
    return true;
  } catch (error) {
    if (reasonOf(error) === 'EEXIST') return false;
    throw unusable(path, reasonOf(error), error);
  }
}

function claimSeed(file: FileIdentity): string {
  return `replace ${file.device} ${file.inode} ${file.changed}`;
}
