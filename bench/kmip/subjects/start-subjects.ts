import { mkdirSync } from 'node:fs';
import { join } from 'node:path';

import type { SubjectName } from '../cases.ts';
import type { BenchCertificates } from './certificates.ts';
import { startEcho } from './echo.ts';
import { startGateway, type GatewaySubject } from './gateway.ts';
import { startKmipGo, startPykmip, type Peer } from './peers.ts';
import type { Subject } from './subject.ts';

export interface Subjects {
  readonly gateway: GatewaySubject;
  readonly byName: ReadonlyMap<SubjectName, Subject>;
  /** What could not be had, and why. */
  readonly missing: ReadonlyMap<SubjectName, string>;
  stop(): Promise<void>;
}

export interface SubjectsOptions {
  readonly directory: string;
  readonly certificates: BenchCertificates;
  readonly names: ReadonlySet<SubjectName>;
  readonly profile: string | undefined;
}

/** Starts everything that is measured, one after the other. What was started is stopped when another does not start. */
export async function startSubjects(options: SubjectsOptions): Promise<Subjects> {
  const { directory, certificates, names, profile } = options;
  const byName = new Map<SubjectName, Subject>();
  const missing = new Map<SubjectName, string>();
  const stop = async (): Promise<void> => {
    await Promise.all([...byName.values()].map((subject) => subject.stop()));
  };
  const add = (name: SubjectName, peer: Peer): void => {
    if ('missing' in peer) missing.set(name, peer.missing);
    else byName.set(name, peer);
  };
  try {
    if (profile !== undefined) mkdirSync(profile, { recursive: true });
    const gateway = await startGateway({
      directory: join(directory, 'gateway'),
      certificates,
      log: 'log',
      nodeFlags: profile === undefined ? [] : ['--cpu-prof', `--cpu-prof-dir=${profile}`],
    });
    byName.set('gateway', gateway);
    if (names.has('gateway-quiet')) {
      const place = join(directory, 'gateway-quiet');
      add('gateway-quiet', await startGateway({ directory: place, certificates, log: 'quiet' }));
    }
    add('kmip-go', await startKmipGo(directory, certificates, 'log'));
    if (names.has('kmip-go-quiet')) {
      add('kmip-go-quiet', await startKmipGo(directory, certificates, 'quiet'));
    }
    add('pykmip', await startPykmip(directory, certificates));
    add('echo', await startEcho(directory, certificates));
    return { gateway, byName, missing, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}
