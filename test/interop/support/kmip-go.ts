import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { buildGoProgram, type Built } from './go-programs.ts';
import type { KmipFiles } from './kmip-files.ts';
import { runPlan, startPeer, type KmipPeer } from './kmip-peer.ts';
import type { KmipPlan, KmipRun } from './kmip-tasks.ts';

const SOURCE = join(import.meta.dirname, 'kmip-go');

/** Builds the program around ovh/kmip-go; a second time it is there already. */
export function buildKmipGo(name: 'server' | 'client'): Built {
  const sources = ['go.mod', 'go.sum', join(name, 'main.go')].map((file) =>
    readFileSync(join(SOURCE, file)),
  );
  const key = createHash('sha256').update(Buffer.concat(sources)).digest('hex').slice(0, 16);
  return buildGoProgram(join(`kmip-go-${name}`, key), name, SOURCE, (directory) => [
    ...['build', '-trimpath', '-o', join(directory, name)],
    `./${name}`,
  ]);
}

/** Starts an in-memory kmip-go server (KMIP 1.0 to 1.4, TLS 1.2 and 1.3). */
export function startKmipGoServer(path: string, files: KmipFiles): Promise<KmipPeer> {
  const { cert, key } = files.server;
  return startPeer({ command: [path, files.ca, cert, key] });
}

/** Has the kmip-go client carry out a plan; it negotiates when the plan names no version. */
export function runKmipGoClient(path: string, plan: KmipPlan): Promise<KmipRun> {
  return runPlan({ command: [path] }, plan);
}
