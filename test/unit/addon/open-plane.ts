import { join } from 'node:path';

import { Client, credentials, Metadata, type ServiceError } from '@grpc/grpc-js';
import { onTestFinished } from 'vitest';

import type { NativeAddon, NativeHandle } from '../../../src/addon/addon.ts';
import {
  SCRIPT_EVENTS,
  type NativeDataPlaneExports,
  type NativeDataPlaneOptions,
  type NativeProfilePolicy,
  type ScriptEventKind,
} from '../../../src/addon/data-plane.ts';
import { startedAddon } from '../crypto/native/raw-addon.ts';
import { scratchDirectory } from '../../support/scratch.ts';

export const addon = startedAddon() as NativeAddon & NativeDataPlaneExports;

export const HASH_DATA = '/CryptoBroker.CryptoGrpc/HashData';
export const UNARY = '/test.Script/Unary';
export const SECRET = '/test.Script/Secret';
export const STREAM = '/test.Script/Stream';

export const SHA_256: NativeProfilePolicy = {
  name: 'Default',
  hashData: { digest: 0, algorithm: 'sha-256', asyncAbove: 1024 },
};

/** Options of a plane with a script method of each kind. */
export function planeOptions(
  changes: Partial<Record<keyof NativeDataPlaneOptions, unknown>> = {},
): NativeDataPlaneOptions {
  return {
    methods: [
      { path: UNARY, kind: 0, secret: false },
      { path: SECRET, kind: 0, secret: true },
      { path: STREAM, kind: 2, secret: false },
    ],
    services: ['CryptoBroker.CryptoGrpc'],
    maxConcurrentStreams: 1024,
    maxConnections: 64,
    threads: 1,
    logCalls: true,
    service: 'test',
    onWork: () => undefined,
    ...changes,
  } as NativeDataPlaneOptions;
}

/** An event as the script sees it. */
export interface TakenEvent {
  readonly kind: ScriptEventKind | undefined;
  readonly token: number;
  readonly method: number;
  readonly deadline: number;
  readonly message: Uint8Array | undefined;
}

export function takeEvents(plane: NativeHandle): TakenEvent[] {
  const flat = addon.dataPlaneTakeEvents(plane);
  const events: TakenEvent[] = [];
  for (let at = 0; at < flat.length; at += 7) {
    const [kind, token, method, deadline, message] = flat.slice(at, at + 7);
    events.push({
      kind: SCRIPT_EVENTS[kind as number],
      token: token as number,
      method: method as number,
      deadline: deadline as number,
      message: message as Uint8Array | undefined,
    });
  }
  return events;
}

/** A plane that serves, a client of it, and all it has said; both end with the test. */
export interface OpenPlane {
  readonly plane: NativeHandle;
  readonly path: string;
  readonly client: Client;
  /** Taken so far, as they come. */
  readonly events: TakenEvent[];
  readonly lines: () => Record<string, unknown>[];
  readonly faults: string[];
  readonly unary: (path: string, request: Uint8Array, timeoutMs?: number) => Promise<Uint8Array>;
}

export function openPlane(
  changes: Parameters<typeof planeOptions>[0] = {},
  onEvent: (event: TakenEvent, plane: NativeHandle) => void = () => undefined,
): OpenPlane {
  const events: TakenEvent[] = [];
  const faults: string[] = [];
  let text = '';
  const onWork = (): void => {
    for (const event of takeEvents(plane)) {
      events.push(event);
      onEvent(event, plane);
    }
    text += addon.dataPlaneTakeLines(plane, 1024 * 1024);
    faults.push(...addon.dataPlaneTakeFaults(plane));
  };
  const plane = addon.dataPlaneStart(planeOptions({ onWork, ...changes }));
  onTestFinished(() => {
    addon.dataPlaneClose(plane);
  });
  addon.dataPlaneInstallPolicies(plane, [SHA_256]);
  const path = join(scratchDirectory(), 'a.sock');
  addon.dataPlaneListen(plane, addon.listenUnix(path, 16));
  const client = new Client(`unix:${path}`, credentials.createInsecure());
  onTestFinished(() => {
    client.close();
  });
  return {
    plane,
    path,
    client,
    events,
    faults,
    lines: () =>
      text
        .split('\n')
        .filter((line) => line !== '')
        .map((line) => JSON.parse(line) as Record<string, unknown>),
    unary: async (method, request, timeoutMs = 10_000) =>
      await new Promise((resolve, reject) => {
        client.makeUnaryRequest(
          method,
          (bytes: Uint8Array) => Buffer.from(bytes),
          (bytes: Buffer) => new Uint8Array(bytes),
          request,
          new Metadata(),
          { deadline: Date.now() + timeoutMs },
          (error: ServiceError | null, response?: Uint8Array) => {
            if (error !== null) reject(error);
            else resolve(response ?? new Uint8Array(0));
          },
        );
      }),
  };
}

/** A HashDataRequest by hand: profile 1, input 2. */
export function hashRequest(profile: string, input: Uint8Array): Uint8Array {
  const name = Buffer.from(profile);
  return Buffer.concat([Buffer.from([0x0a, name.length]), name, field(0x12, input)]);
}

function field(tag: number, value: Uint8Array): Buffer {
  const length: number[] = [];
  let rest = value.length;
  for (; rest > 127; rest >>>= 7) length.push((rest & 127) | 128);
  return Buffer.concat([Buffer.from([tag, ...length, rest]), value]);
}
