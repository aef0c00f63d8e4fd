import type { BoundSocket, SocketBinder } from '../transport.ts';
import { prepareSocketDirectory, type SocketDirectory } from './socket-directory.ts';
import { checkSocketPath } from './socket-path.ts';
import { inspectSocket, refusalOf } from './socket-state.ts';
import { UnixListener } from './unix-listener.ts';

export interface UnixListenersOptions {
  readonly paths: readonly string[];
  /** Listening descriptors that this process was started with, served beside the paths. */
  readonly inherited?: readonly number[];
  readonly allowSharedDirectory: boolean;
  /** The user this process runs as. */
  readonly uid: number;
  readonly binder: SocketBinder;
}

/** Sockets that listen, as one. */
export interface OpenedListeners {
  /** For the operator: directories that were accepted although others may write them. */
  readonly warnings: readonly string[];
  /** Serves the connections of all of them. */
  serve(): void;
  /** Takes all paths away, then stops listening: see `UnixListener`. Inherited sockets have no path of ours. */
  close(): void;
}

/**
 * Opens all sockets or none. Every path is looked at before the first is touched, so a live server at any of them leaves
 * the whole file system as it was; what fails later is undone.
 */
export async function openUnixListeners(options: UnixListenersOptions): Promise<OpenedListeners> {
  const { binder, inherited = [] } = options;
  const paths = [...new Set(options.paths)];
  for (const path of paths) checkSocketPath(path);
  for (const path of paths) {
    const refusal = refusalOf(path, await inspectSocket(path));
    if (refusal !== undefined) throw refusal;
  }
  const directories: SocketDirectory[] = [];
  const listeners: UnixListener[] = [];
  const adopted: BoundSocket[] = [];
  const warnings: string[] = [];
  const close = (): void => {
    for (const listener of listeners) listener.withdraw();
    for (const socket of [...listeners, ...adopted]) socket.close();
  };
  try {
    for (const descriptor of inherited) adopted.push(await binder.inherit(descriptor));
    for (const path of paths) {
      const directory = prepareSocketDirectory(path, {
        allowShared: options.allowSharedDirectory,
        uid: options.uid,
      });
      directories.push(directory);
      if (directory.warning !== undefined) warnings.push(`socket ${path}: ${directory.warning}`);
    }
    for (const path of paths) listeners.push(await UnixListener.open({ binder, path }));
  } catch (error) {
    close();
    for (const directory of directories.reverse()) directory.undo();
    throw error;
  }
  return {
    warnings,
    serve: () => {
      for (const socket of [...listeners, ...adopted]) socket.serve();
    },
    close,
  };
}
