import { execFileSync } from 'node:child_process';

/** A Node by absolute path and version. */
export interface NodeProgram {
  readonly path: string;
  readonly version: string;
  readonly major: number;
}

/** The Node that `node` means on this machine's PATH, which need not be the one that runs the tests; undefined: none. */
export function pathNode(): NodeProgram | undefined {
  try {
    const text = execFileSync('node', [
      '-p',
      'JSON.stringify([process.execPath, process.versions.node])',
    ]);
    const [path, version] = JSON.parse(text.toString()) as [string, string];
    return { path, version, major: Number.parseInt(version, 10) };
  } catch {
    return undefined;
  }
}
