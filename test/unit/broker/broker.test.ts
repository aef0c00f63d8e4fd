import { describe, expect, it } from 'vitest';
import { createBroker, type Broker } from '../../../src/broker/broker.ts';
import { BrokerError } from '../../../src/errors/index.ts';
import type { BoundSocket, ServerParts, Transport } from '../../../src/grpc/transport.ts';
import { captureLog, type CapturedLog } from '../../integration/support/captured-log.ts';
import { snapshot } from '../../support/data-plane/fake-transport.ts';
import { expectFailure } from '../../support/failures.ts';
import { openPure } from '../../support/providers.ts';

/** A transport that does nothing but take down what is done to it. */
class FakeTransport implements Transport {
  readonly name = 'native';
  readonly steps: string[] = [];
  /** What serving an inherited socket ends with. */
  refusal: BrokerError | undefined;

  bind(): Promise<BoundSocket> {
    return Promise.reject(new Error('not in this test'));
  }

  inherit(descriptor: number): Promise<BoundSocket> {
    this.steps.push(`inherit ${descriptor}`);
    return Promise.resolve({
      serve: () => {
        if (this.refusal !== undefined) throw this.refusal;
        this.steps.push(`serve ${descriptor}`);
      },
      close: () => {
        this.steps.push(`close ${descriptor}`);
      },
    });
  }

  drain(milliseconds: number): Promise<{ cutOff: number }> {
    this.steps.push(`drain ${milliseconds}`);
    return Promise.resolve({ cutOff: 0 });
  }

  stats(): ReturnType<Transport['stats']> {
    return { connections: 0, runningCalls: 0, finishedCalls: 0, lostRecords: 0 };
  }

  counters(): ReturnType<Transport['counters']> {
    return [];
  }
}

interface Scene {
  readonly broker: Broker;
  readonly transport: FakeTransport;
  readonly parts: ServerParts;
  readonly log: CapturedLog;
  readonly coreFaults: readonly BrokerError[];
  /** Sets the clock that never goes back, in milliseconds. */
  readonly at: (milliseconds: number) => void;
}

async function makeBroker(): Promise<Scene> {
  const transport = new FakeTransport();
  const log = captureLog();
  const coreFaults: BrokerError[] = [];
  const given: ServerParts[] = [];
  let time = 0;
  const broker = createBroker({
    provider: await openPure(),
    policies: snapshot([]),
    logger: log.logger,
    clock: { now: () => 0, monotonicMs: () => time },
    newIncident: () => 'id-1',
    sockets: { paths: [], inherited: [3, 4], allowSharedDirectory: false, uid: 0 },
    transport: (parts) => {
      given.push(parts);
      return transport;
    },
    limits: { maxConcurrentStreams: 1, maxConnections: 1, poolThreads: 1, poolQueue: 1 },
    logCalls: true,
    onCoreFault: (error) => coreFaults.push(error),
  });
  const [parts] = given;
  if (parts === undefined) throw new Error('no transport was made');
  const at = (milliseconds: number): void => void (time = milliseconds);
  return { broker, transport, parts, log, coreFaults, at };
}

describe('the Broker', () => {
  it('serves inherited sockets when it is SERVING, and takes them down before it waits for calls', async () => {
    const { broker, transport, parts } = await makeBroker();
    parts.health.observe((status) => transport.steps.push(status));
    await broker.start();
    await broker.stop(500);
    expect(transport.steps).toEqual([
      ...['NOT_SERVING', 'inherit 3', 'inherit 4', 'SERVING', 'serve 3', 'serve 4'],
      ...['NOT_SERVING', 'close 3', 'close 4', 'drain 500'],
    ]);
  });

  it('leaves nothing behind when a socket turns out to be none', async () => {
    const { broker, transport } = await makeBroker();
    transport.refusal = new BrokerError('SOCKET_INHERITED_UNUSABLE', 'not a listening socket');
    await expectFailure(() => broker.start(), 'SOCKET_INHERITED_UNUSABLE');
    expect(transport.steps.slice(-3)).toEqual(['close 3', 'close 4', 'drain 0']);
  });

  it('gives the transport every method, reflection among them', async () => {
    const { parts } = await makeBroker();
    expect(parts.services).toEqual(['CryptoBroker.CryptoGrpc', 'grpc.health.v1.Health']);
    expect(parts.methods.map(({ path }) => path)).toEqual(
      expect.arrayContaining([
        '/CryptoBroker.CryptoGrpc/HashData',
        '/grpc.health.v1.Health/Watch',
        '/grpc.reflection.v1.ServerReflection/ServerReflectionInfo',
      ]),
    );
  });

  it('logs what failed inside the transport, and ends when the FIPS module is out of service', async () => {
    const { parts, log, coreFaults } = await makeBroker();
    parts.onIncident({ path: '/a.B/C', id: 'i-1', cause: 'it broke' });
    expect(coreFaults).toEqual([]);
    const coreFault = new BrokerError('SELF_CHECK_FAILED', 'out of service');
    parts.onIncident({ path: '/a.B/C', id: 'i-2', cause: 'out of service', coreFault });
    expect(coreFaults).toEqual([coreFault]);
    expect(log.withMessage('call failed inside the server')).toMatchObject([
      { incident: 'i-1', cause: 'it broke' },
      { incident: 'i-2' },
    ]);
  });

  it('logs each kind of fault once a second', async () => {
    const { parts, log, at } = await makeBroker();
    for (const milliseconds of [0, 10, 999, 1000, 1500]) {
      at(milliseconds);
      parts.onFault('too many resets');
      parts.onFault('cannot accept a connection', new Error('accept EMFILE'));
    }
    expect(log.withMessage('too many resets')).toHaveLength(2);
    expect(log.withMessage('cannot accept a connection')).toMatchObject([
      { error: 'accept EMFILE' },
      { error: 'accept EMFILE' },
    ]);
  });
});
