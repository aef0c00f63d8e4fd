import {
  chmodSync,
  chownSync,
  existsSync,
  linkSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readlinkSync,
  renameSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { createConnection, createServer, type Server, type Socket } from 'node:net';
import { basename, join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import type { SocketBinder } from '../../src/grpc/transport.ts';
import { netBinder } from '../../src/grpc/unix/net-binder.ts';
import { sidePath } from '../../src/grpc/unix/socket-path.ts';
import { fileIdentity } from '../../src/grpc/unix/socket-state.ts';
import { UnixListener } from '../../src/grpc/unix/unix-listener.ts';
import { openUnixListeners, type OpenedListeners } from '../../src/grpc/unix/unix-listeners.ts';
import { deferred } from '../support/deferred.ts';
import { expectFailure } from '../support/failures.ts';
import { scratchDirectory } from '../support/scratch.ts';

const UID = process.getuid?.() ?? 0;

/** Sockets of node:net whose connections go to `onConnection`. */
function binder(onConnection: (connection: Socket) => void = () => undefined): SocketBinder {
  return netBinder({ maxConnections: 10, onConnection, onFault: () => undefined });
}

async function open(
  paths: readonly string[],
  options: Partial<Parameters<typeof openUnixListeners>[0]> = {},
): Promise<OpenedListeners> {
  const opened = await openUnixListeners({
    ...{ paths, allowSharedDirectory: false, uid: UID, binder: binder() },
    ...options,
  });
  onTestFinished(() => {
    opened.close();
  });
  return opened;
}

/** Another program's server. */
async function otherServer(path: string): Promise<Server> {
  const server = createServer((connection) => connection.destroy());
  await new Promise<void>((resolve) => {
    server.listen({ path }, resolve);
  });
  onTestFinished(() => {
    server.close();
  });
  return server;
}

/** A socket whose server has died: bound, linked to `path`, and its server closed (which removes the first name only). */
async function staleSocket(path: string): Promise<void> {
  const server = await otherServer(`${path}.x`);
  linkSync(`${path}.x`, path);
  await new Promise((resolve) => server.close(resolve));
}

const modeOf = (path: string): number => lstatSync(path).mode & 0o7777;

/** Every name below a directory with its kind, inode and mode: equal before and after means untouched. */
function inventory(directory: string): string[] {
  return readdirSync(directory, { recursive: true, encoding: 'utf8' })
    .sort()
    .map((name) => {
      const stats = lstatSync(join(directory, name));
      return `${name} ${stats.ino} ${stats.mode.toString(8)}`;
    });
}

async function connects(path: string): Promise<boolean> {
  return await new Promise((resolve) => {
    const connection = createConnection({ path });
    connection.once('connect', () => {
      connection.destroy();
      resolve(true);
    });
    connection.once('error', () => {
      resolve(false);
    });
  });
}

describe('a new socket', () => {
  it('has mode 0600 whatever the umask, and leaves no other name behind', async () => {
    const directory = scratchDirectory();
    const before = process.umask(0);
    onTestFinished(() => {
      process.umask(before);
    });
    await open([join(directory, 'a.sock')]);
    expect(modeOf(join(directory, 'a.sock'))).toBe(0o600);
    expect(readdirSync(directory)).toEqual(['a.sock']);
    expect(process.umask(0)).toBe(0);
  });

  it('gets directories of mode 0700 where there are none', async () => {
    const directory = scratchDirectory();
    await open([join(directory, 'x', 'y', 'a.sock')]);
    expect(modeOf(join(directory, 'x'))).toBe(0o700);
    expect(modeOf(join(directory, 'x', 'y'))).toBe(0o700);
  });

  it('is gone after close, and its directory stays', async () => {
    const directory = scratchDirectory();
    const listeners = await open([join(directory, 'x', 'a.sock')]);
    listeners.close();
    expect(readdirSync(join(directory, 'x'))).toEqual([]);
  });

  it('may have a path of 107 bytes, however short its last part, and not one of 108', async () => {
    const directory = scratchDirectory();
    for (const name of ['s', 'ss.sock', 'a-name-of-some-length.sock']) {
      const padding = 107 - Buffer.byteLength(join(directory, 'd', name));
      const path = join(directory, `d${'d'.repeat(padding)}`, name);
      expect(Buffer.byteLength(path)).toBe(107);
      await open([path]);
      expect(await connects(path), name).toBe(true);
      await expectFailure(() => open([`${path}x`]), 'SOCKET_PATH_INVALID');
    }
  });

  it.each([
    'relative.sock',
    './a.sock',
    '',
    '/tmp/',
    '/tmp/../tmp/a.sock',
    '/tmp//a.sock',
    '/tmp/a\0b.sock',
    '\0abstract',
  ])('is refused for the path %j', async (path) => {
    await expectFailure(() => open([path]), 'SOCKET_PATH_INVALID');
  });

  it('is opened once when its path is given twice', async () => {
    const path = join(scratchDirectory(), 'a.sock');
    const bound: string[] = [];
    const plain = binder();
    const counted: SocketBinder = {
      bind: async (at) => {
        bound.push(at);
        return await plain.bind(at);
      },
      inherit: async (descriptor) => await plain.inherit(descriptor),
    };
    await open([path, path], { binder: counted });
    expect(bound).toHaveLength(1);
  });

  it('keeps connections that come before anybody serves them', async () => {
    const path = join(scratchDirectory(), 'a.sock');
    const taken = deferred();
    const listeners = await open([path], {
      binder: binder((connection) => {
        connection.destroy();
        taken.resolve();
      }),
    });
    expect(await connects(path)).toBe(true);
    listeners.serve();
    await taken.promise;
  });
});

describe('a path that is taken', () => {
  it('is not stolen from a live server, and nothing is touched for any path', async () => {
    const directory = scratchDirectory();
    const live = join(directory, 'live.sock');
    const stale = join(directory, 'stale.sock');
    await otherServer(live);
    await staleSocket(stale);
    const before = inventory(directory);
    const paths = [stale, join(directory, 'new', 'a.sock'), live];
    await expectFailure(() => open(paths), 'SOCKET_IN_USE');
    expect(inventory(directory)).toEqual(before);
    expect(await connects(live)).toBe(true);
  });

  it('is taken over from a server that has died', async () => {
    const path = join(scratchDirectory(), 'a.sock');
    await staleSocket(path);
    expect(await connects(path)).toBe(false);
    await open([path]);
    expect(await connects(path)).toBe(true);
    expect(modeOf(path)).toBe(0o600);
    expect(readdirSync(join(path, '..'))).toEqual(['a.sock']);
  });

  it.each([
    [
      'a file',
      (path: string) => {
        writeFileSync(path, 'precious');
      },
    ],
    [
      'a directory',
      (path: string) => {
        mkdirSync(path);
      },
    ],
    [
      'a symbolic link to nothing',
      (path: string) => {
        symlinkSync('/nonexistent', path);
      },
    ],
  ])('is refused when %s stands there, which stays', async (_, make) => {
    const directory = scratchDirectory();
    const path = join(directory, 'a.sock');
    make(path);
    const before = inventory(directory);
    await expectFailure(() => open([path]), 'SOCKET_PATH_OCCUPIED');
    expect(inventory(directory)).toEqual(before);
  });

  it('is refused when it is a symbolic link to a dead socket', async () => {
    const directory = scratchDirectory();
    await staleSocket(join(directory, 'real.sock'));
    symlinkSync('real.sock', join(directory, 'a.sock'));
    await expectFailure(() => open([join(directory, 'a.sock')]), 'SOCKET_PATH_OCCUPIED');
    expect(readlinkSync(join(directory, 'a.sock'))).toBe('real.sock');
  });

  it('is not removed at close when something else has come to stand there', async () => {
    const directory = scratchDirectory();
    const path = join(directory, 'a.sock');
    const listeners = await open([path]);
    renameSync(path, join(directory, 'moved.sock'));
    await otherServer(path);
    listeners.close();
    expect(await connects(path)).toBe(true);
  });
});

describe('a directory', () => {
  it('is refused when others may write it, and accepted with a warning when that is allowed', async () => {
    for (const mode of [0o777, 0o770, 0o702]) {
      const directory = join(scratchDirectory(), 'shared');
      mkdirSync(directory);
      chmodSync(directory, mode);
      const path = join(directory, 'a.sock');
      await expectFailure(() => open([path]), 'SOCKET_DIRECTORY_INSECURE');
      expect(readdirSync(directory)).toEqual([]);
      const { warnings } = await open([path], { allowSharedDirectory: true });
      expect(warnings).toEqual([`socket ${path}: others may write its directory`]);
    }
  });

  it('is accepted when it is sticky, as /tmp is', async () => {
    const directory = join(scratchDirectory(), 'sticky');
    mkdirSync(directory);
    chmodSync(directory, 0o1777);
    expect((await open([join(directory, 'a.sock')])).warnings).toEqual([]);
  });

  it.skipIf(UID !== 0)('is refused when it belongs to somebody else', async () => {
    const directory = join(scratchDirectory(), 'theirs');
    mkdirSync(directory, { mode: 0o755 });
    chownSync(directory, 12345, 12345);
    await expectFailure(() => open([join(directory, 'a.sock')]), 'SOCKET_DIRECTORY_INSECURE');
  });

  it('is refused when it cannot be: a file is in the way, or the kernel has its own ideas', async () => {
    const directory = scratchDirectory();
    writeFileSync(join(directory, 'file'), '');
    await expectFailure(
      () => open([join(directory, 'file', 'a.sock')]),
      'SOCKET_DIRECTORY_UNUSABLE',
    );
    await expectFailure(
      () => open([join(directory, 'file', 'b', 'a.sock')]),
      'SOCKET_DIRECTORY_UNUSABLE',
    );
    await expectFailure(() => open(['/proc/self/a.sock']), 'SOCKET_DIRECTORY_UNUSABLE');
  });

  it('that was made for a start that fails is removed again', async () => {
    const directory = scratchDirectory();
    const paths = [
      join(directory, 'x', 'y', 'a.sock'),
      join(directory, 'z', 'b.sock'),
      '/proc/self/c.sock',
    ];
    await expectFailure(() => open(paths), 'SOCKET_DIRECTORY_UNUSABLE');
    expect(readdirSync(directory)).toEqual([]);
  });
});

describe('several starts at once', () => {
  /** Opens the same path many times at once and returns the winners. */
  async function race(
    path: string,
    starters: number,
    onConnection?: (connection: Socket) => void,
  ): Promise<UnixListener[]> {
    const attempts = Array.from({ length: starters }, () =>
      UnixListener.open({ path, binder: binder(onConnection) }),
    );
    const results = await Promise.allSettled(attempts);
    const winners = results.flatMap((result) =>
      result.status === 'fulfilled' ? [result.value] : [],
    );
    onTestFinished(() => {
      for (const winner of winners) winner.close();
    });
    for (const result of results) {
      if (result.status === 'rejected')
        expect(result.reason).toMatchObject({ code: 'SOCKET_IN_USE' });
    }
    return winners;
  }

  it('have one winner at a free path', async () => {
    const path = join(scratchDirectory(), 'a.sock');
    expect(await race(path, 10)).toHaveLength(1);
    expect(readdirSync(join(path, '..'))).toEqual(['a.sock']);
    expect(await connects(path)).toBe(true);
  });

  it('have one winner at a dead socket, who can be reached there', async () => {
    for (let round = 0; round < 20; round += 1) {
      const directory = scratchDirectory();
      const path = join(directory, 'a.sock');
      await staleSocket(path);
      let taken = false;
      const [winner, ...others] = await race(path, 5, (connection) => {
        taken = true;
        connection.destroy();
      });
      expect(others).toEqual([]);
      winner?.serve();
      expect(await connects(path)).toBe(true);
      await new Promise((resolve) => setImmediate(resolve));
      expect(taken).toBe(true);
      expect(readdirSync(directory), 'no claim is left').toEqual(['a.sock']);
    }
  });

  /** The name that whoever replaces the dead socket at `path` has to hold. */
  function claimFor(path: string): string {
    const dead = fileIdentity(path);
    return sidePath(path, `replace ${dead?.device} ${dead?.inode} ${dead?.changed}`);
  }

  it('leave a dead socket to the starter that has claimed it', async () => {
    const directory = scratchDirectory();
    const path = join(directory, 'a.sock');
    await staleSocket(path);
    await otherServer(claimFor(path));
    const before = inventory(directory);
    await expectFailure(() => open([path]), 'SOCKET_IN_USE');
    expect(inventory(directory)).toEqual(before);
  });

  it('get past the claim of a starter that died while it took over', async () => {
    const directory = scratchDirectory();
    const path = join(directory, 'a.sock');
    await staleSocket(path);
    const claim = claimFor(path);
    await staleSocket(claim);
    const [winner, ...others] = await race(path, 3);
    expect(winner).toBeDefined();
    expect(others).toEqual([]);
    expect(await connects(path)).toBe(true);
    expect(existsSync(join(directory, basename(claim)))).toBe(false);
  });
});
