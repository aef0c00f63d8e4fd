import { createHash } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { connect } from '../../src/client/index.ts';
import { startBroker, type BrokerProcess } from '../support/programs.ts';

const CONNECTIONS = 10;
const HASHES = 100;

const SERVERS = [
  ['grpc-js', []],
  ['native', []],
  ['native', ['--data-plane-threads', '2']],
] as const;

describe.each(SERVERS)('over %s %j, many connections with many calls', (transport, further) => {
  let broker: BrokerProcess;
  beforeAll(async () => {
    broker = await startBroker({
      args: ['--log-requests', 'off', '--transport', transport, ...further],
    });
  });
  afterAll(async () => {
    await broker.stop();
  });

  it('are all answered, and rightly', async () => {
    const clients = Array.from({ length: CONNECTIONS }, () => connect({ socket: broker.socket }));
    const inputs = Array.from({ length: HASHES }, (_, index) => `input ${index}`);
    const hashes = await Promise.all(
      clients.flatMap((client) =>
        inputs.map(async (input) => {
          const { hex } = await client.hashData({ profile: 'Default', input });
          return hex === createHash('sha3-512').update(input).digest('hex');
        }),
      ),
    );
    await Promise.all(clients.map((client) => client.close()));
    expect(hashes).toHaveLength(CONNECTIONS * HASHES);
    expect(hashes.every(Boolean)).toBe(true);
  });
});
