import { prepareSocketDirectory, type SocketDirectory } from './socket-directory.ts';
import { checkSocketPath } from './socket-path.ts';
import { inspectSocket, refusalOf } from './socket-state.ts';
import { UnixListener } from './unix-listener.ts';

export interface UnixListenersOptions {
  readonly paths: readonly string[];
  readonly allowSharedDirectory: boolean;
  /** The user this process runs as. */
  readonly uid: number;
  readonly maxConnections: number;
  readonly onFault: (error: Error) => void;
}

export interface OpenedListeners {
  readonly listeners: readonly UnixListener[];
  /** For the operator: directories that were accepted although others may write them. */
  readonly warnings: readonly string[];
}

/**
 * Opens all sockets or none. Every path is looked at before the first is touched, so a live server at any of them leaves
 * the whole file system as it was; what fails later is undone.
 */
export async function openUnixListeners(options: UnixListenersOptions): Promise<OpenedListeners> {
  const paths = [...new Set(options.paths)];
  for (const path of paths) checkSocketPath(path);
  for (const path of paths) {
    const refusal = refusalOf(path, await inspectSocket(path));
    if (refusal !== undefined) throw refusal;
  }
  const directories: SocketDirectory[] = [];
  const listeners: UnixListener[] = [];
  const warnings: string[] = [];
  try {
    for (const path of paths) {
      const directory = prepareSocketDirectory(path, {
        allowShared: options.allowSharedDirectory,
        uid: options.uid,
      });
      directories.push(directory);
      if (directory.warning !== undefined) warnings.push(`socket ${path}: ${directory.warning}`);
    }
    for (const path of paths) listeners.push(await UnixListener.open({ ...options, path }));
    return { listeners, warnings };
  } catch (error) {
    for (const listener of listeners) listener.close();
    for (const directory of directories.reverse()) directory.undo();
    throw error;
  }
}
