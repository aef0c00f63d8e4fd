import { rmSync } from 'node:fs';
import { BrokerError } from '../../errors/index.ts';
import type { BoundSocket, SocketBinder } from '../transport.ts';
import { publishSocket } from './publish.ts';
import { reasonOf, unusable } from './socket-directory.ts';
import { sidePath } from './socket-path.ts';
import { fileIdentity, type FileIdentity } from './socket-state.ts';

export interface UnixListenerOptions {
  readonly path: string;
  readonly binder: Pick<SocketBinder, 'bind'>;
}

const MAX_TEMPORARY_NAMES = 100;

/** A listening Unix domain socket under a path of its own. */
export class UnixListener {
  readonly path: string;
  readonly #socket: BoundSocket;
  readonly #file: FileIdentity;

  private constructor(path: string, socket: BoundSocket, file: FileIdentity) {
    this.path = path;
    this.#socket = socket;
    this.#file = file;
  }

  /**
   * Binds, listens and publishes. The socket is bound under a name beside `path` and gets its own name when it
   * listens: nobody ever meets a socket there that does not answer. Throws SOCKET_IN_USE, SOCKET_PATH_OCCUPIED,
   * SOCKET_DIRECTORY_UNUSABLE.
   */
  static async open({ path, binder }: UnixListenerOptions): Promise<UnixListener> {
    const { socket, temporary } = await bindBeside(binder, path);
    try {
      const file = fileIdentity(temporary);
      if (file === undefined) throw unusable(path, 'the new socket has vanished');
      await publishSocket(temporary, path);
      return new UnixListener(path, socket, file);
    } catch (error) {
      socket.close();
      throw error;
    } finally {
      rmSync(temporary, { force: true });
    }
  }

  /** Serves connections, those first that came before. */
  serve(): void {
    this.#socket.serve();
  }

  /**
   * Takes the path away; until `close` we listen on. As long as we listen, no other server takes the path for dead, so
   * what is removed is ours. If something else stands there by now, it is left alone. Never throws.
   */
  withdraw(): void {
    const found = tryIdentity(this.path);
    if (found?.inode === this.#file.inode && found.device === this.#file.device) {
      rmSync(this.path, { force: true });
    }
  }

  /** Takes the path away and stops listening; connections that were accepted live on. Never throws. */
  close(): void {
    this.withdraw();
    this.#socket.close();
  }
}

function tryIdentity(path: string): FileIdentity | undefined {
  try {
    return fileIdentity(path);
  } catch {
    return undefined;
  }
}

/** Listens under a fresh name in the directory of `path`. */
async function bindBeside(
  binder: Pick<SocketBinder, 'bind'>,
  path: string,
): Promise<{ readonly socket: BoundSocket; readonly temporary: string }> {
  for (let index = 0; index < MAX_TEMPORARY_NAMES; index += 1) {
    const temporary = sidePath(path, `bind ${process.pid} ${index}`);
    try {
      return { socket: await binder.bind(temporary), temporary };
    } catch (error) {
      if (error instanceof BrokerError) throw error;
      if (reasonOf(error) !== 'EADDRINUSE') throw unusable(path, reasonOf(error), error);
    }
  }
  throw unusable(path, 'it is full of unfinished sockets');
}
