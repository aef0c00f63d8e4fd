import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'vitest';
import type { TransportName } from '../../../../src/grpc/transport.ts';
import { WireConnection, type WireOptions } from '../../../support/http2/wire-connection.ts';
import { scratchDirectory } from '../../../support/scratch.ts';
import { BrokerProcess } from '../../support/broker-process.ts';
import { answered, BODY } from './wire.ts';

const MIB = 1024 * 1024;

export interface Attack {
  readonly server: BrokerProcess;
  readonly socket: string;
  readonly connect: (options?: WireOptions) => Promise<WireConnection>;
}

/** What an attack may cost the server. */
export interface Bounds {
  /** Resident memory while it goes on and after it, above what there was before. */
  readonly growthMiB?: number;
  /** Lines of the log that are not one finished call each. */
  readonly lines?: number;
  readonly wrapper?: readonly string[];
}

/**
 * Attacks a server in a process of its own. Meanwhile another client makes one call after the other, and every one of
 * them must be answered; afterwards the server must serve, have kept within the bounds, and end well when told to.
 */
export async function attacked(
  transport: TransportName,
  attack: (attack: Attack) => Promise<void>,
  bounds: Bounds = {},
): Promise<void> {
  const socket = join(scratchDirectory(), 'a.sock');
  const server = await BrokerProcess.serving({
    sockets: [socket],
    env: { CRYPTO_BROKER_TRANSPORT: transport },
    ...(bounds.wrapper === undefined ? {} : { wrapper: bounds.wrapper }),
  });
  const connect = async (options?: WireOptions): Promise<WireConnection> =>
    await WireConnection.open(socket, options);
  const healthy = await connect();
  await expectAnswered(healthy, 20);
  const before = residentMiB(server);
  const linesBefore = otherLines(server);

  const state = { over: false };
  const bystander = (async (): Promise<number> => {
    let calls = 0;
    for (; !state.over; calls += 1) await expectAnswered(healthy, 1);
    return calls;
  })();
  // What it finds is for the await below, also when the attack itself fails first.
  bystander.catch(() => undefined);
  await attack({ server, socket, connect });
  const during = residentMiB(server);
  state.over = true;
  expect(await bystander, 'calls of a healthy client').toBeGreaterThan(0);

  await expectAnswered(await connect(), 20);
  const { growthMiB = 120, lines = 12 } = bounds;
  expect(during - before, 'MiB while it went on').toBeLessThan(growthMiB);
  expect(residentMiB(server) - before, 'MiB afterwards').toBeLessThan(growthMiB);
  expect(otherLines(server) - linesBefore, 'lines of the log').toBeLessThanOrEqual(lines);
  server.kill('SIGTERM');
  expect(await server.ended).toEqual({ code: 0, signal: null });
}

async function expectAnswered(connection: WireConnection, calls: number): Promise<void> {
  for (let call = 0; call < calls; call += 1) {
    const outcome = await connection.call({ body: BODY });
    expect(answered(outcome), JSON.stringify(outcome)).toBe(true);
  }
}

function residentMiB(server: BrokerProcess): number {
  const status = readFileSync(`/proc/${server.child.pid ?? 0}/status`, 'utf8');
  return (Number(/VmRSS:\s+(\d+) kB/.exec(status)?.[1]) * 1024) / MIB;
}

function otherLines(server: BrokerProcess): number {
  return server.lines.filter(({ msg }) => msg !== 'finished call').length;
}
