// One holder at a time, across processes, without anything left behind by a crash.
//
// The lock is a file that names its holder. It appears whole (written elsewhere, then hard-linked into place),
// so a reader never sees half a name. A holder that is gone is recognised by its process id together with that
// process's start time: the id alone may belong to somebody else by now.

import {
  linkSync,
  mkdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { dirname } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

const POLL_MS = 200;
const HEARTBEAT_MS = 5_000;
/** A holder we cannot look at (another container sharing this directory) counts as gone after this silence. */
const SILENCE_MS = 60_000;

/** @type {Map<string, number>} locks this process holds, so that a step may call another that takes the same one */
const held = new Map();

/**
 * Runs a function while holding a lock.
 * @template T
 * @param {string} path the lock file
 * @param {string} purpose what the holder does, for whoever waits
 * @param {() => Promise<T>} work
 * @param {(text: string) => void} [onWait] told once who holds it
 * @returns {Promise<T>}
 */
export async function withLock(path, purpose, work, onWait) {
  if (!held.has(path)) await acquire(path, purpose, onWait);
  held.set(path, (held.get(path) ?? 0) + 1);
  const beat = setInterval(() => touch(path), HEARTBEAT_MS);
  beat.unref();
  try {
    return await work();
  } finally {
    clearInterval(beat);
    const depth = (held.get(path) ?? 1) - 1;
    if (depth > 0) {
      held.set(path, depth);
    } else {
      held.delete(path);
      rmSync(path, { force: true });
    }
  }
}

async function acquire(path, purpose, onWait) {
  mkdirSync(dirname(path), { recursive: true });
  let told = false;
  for (;;) {
    if (create(path, { ...identity(), purpose, since: new Date().toISOString() })) return;
    const holder = read(path);
    if (holder && isGone(holder, path)) {
      breakLock(path, holder);
      continue;
    }
    if (holder && !told) {
      told = true;
      onWait?.(
        `waiting for process ${holder.pid} (${holder.purpose}, since ${holder.since}); lock file ${path}`,
      );
    }
    await sleep(POLL_MS);
  }
}

function create(path, content) {
  const draft = `${path}.${process.pid}.${process.hrtime.bigint()}`;
  writeFileSync(draft, JSON.stringify(content));
  try {
    linkSync(draft, path);
    return true;
  } catch (error) {
    if (error.code === 'EEXIST') return false;
    throw error;
  } finally {
    rmSync(draft, { force: true });
  }
}

/**
 * Removes the lock of a holder that is gone. Two waiters may come to that conclusion at the same moment, and the
 * slower one must not remove the lock which the faster one has taken since: hence a second, very short lock.
 */
function breakLock(path, judged) {
  const guard = `${path}.break`;
  if (!create(guard, identity())) {
    if (ageMs(guard) > 10_000) rmSync(guard, { force: true });
    return;
  }
  try {
    const now = read(path);
    if (
      now &&
      now.pid === judged.pid &&
      now.started === judged.started &&
      now.since === judged.since
    ) {
      rmSync(path, { force: true });
    }
  } finally {
    rmSync(guard, { force: true });
  }
}

function read(path) {
  try {
    return JSON.parse(readFileSync(path, 'utf8'));
  } catch {
    return undefined;
  }
}

function isGone(holder, path) {
  if (holder.namespace !== identity().namespace) return ageMs(path) > SILENCE_MS;
  return startTime(holder.pid) !== holder.started;
}

function ageMs(path) {
  try {
    return Date.now() - statSync(path).mtimeMs;
  } catch {
    return 0;
  }
}

function touch(path) {
  try {
    utimesSync(path, new Date(), new Date());
  } catch {
    // Somebody removed the file by hand; the work itself goes on.
  }
}

function identity() {
  return { pid: process.pid, started: startTime(process.pid), namespace: pidNamespace() };
}

/**
 * When a process started, in clock ticks since boot; undefined when there is no such process.
 * @param {number} pid
 * @returns {string | undefined}
 */
function startTime(pid) {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    // The second field is the program's name in brackets and may itself hold spaces and brackets.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return fields[0] === 'Z' ? undefined : fields[19];
  } catch {
    return undefined;
  }
}

function pidNamespace() {
  try {
    return `${readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim()} ${readlinkSync('/proc/self/ns/pid')}`;
  } catch {
    return 'unknown';
  }
}
