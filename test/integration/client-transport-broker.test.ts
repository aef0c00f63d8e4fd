import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { describe, expect, it, onTestFinished } from 'vitest';
import { connect, type Client } from '../../src/client/index.ts';
import { TRANSPORTS } from '../support/client/transports.ts';
import { startTestBroker } from './support/test-broker.ts';

const CLIENT = fileURLToPath(new URL('../../src/client/index.ts', import.meta.url));

// SHA-256 of 'abc', FIPS 180-4 example.
const ABC = 'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad';

describe.each(TRANSPORTS)('the client by %s and our server', (transport) => {
  async function clientOfBroker(): Promise<{ client: Client; stop: () => Promise<unknown> }> {
    const { socket, broker } = await startTestBroker();
    const client = connect({ socket, transport });
    onTestFinished(async () => {
      await client.close();
    });
    return { client, stop: () => broker.stop(5000) };
  }

  it('agree on hashes, side by side', async () => {
    const { client } = await clientOfBroker();
    expect(await client.health()).toBe('SERVING');
    const hashes = await Promise.all(
      Array.from({ length: 100 }, () => client.hashData({ profile: 'SHA-256', input: 'abc' })),
    );
    expect(new Set(hashes.map(({ hex }) => hex))).toEqual(new Set([ABC]));
  });

  it('agree on the largest input, of which several are under way', async () => {
    const { client } = await clientOfBroker();
    const input = Buffer.alloc(1_048_576, 'a');
    const hashes = await Promise.all(
      Array.from({ length: 8 }, () => client.hashData({ profile: 'SHA-256', input })),
    );
    expect(new Set(hashes.map(({ hex }) => hex)).size).toBe(1);
  });

  it('agree on failures, with code, status and text', async () => {
    const { client } = await clientOfBroker();
    await expect(client.hashData({ profile: 'Nobody', input: 'x' })).rejects.toMatchObject({
      code: 'PROFILE_UNKNOWN',
      status: 'INVALID_ARGUMENT',
      message: 'could not retrieve profile, err: there is no profile: Nobody',
    });
    await expect(client.health({ service: 'nobody' })).rejects.toMatchObject({
      code: 'SERVICE_UNKNOWN',
      status: 'NOT_FOUND',
    });
    await expect(client.benchmarkData()).rejects.toMatchObject({ status: 'UNIMPLEMENTED' });
    await expect(
      client.signCertificate({ profile: 'Default', csr: 'x', caPrivateKey: 'y', caCert: 'z' }),
    ).rejects.toMatchObject({ status: 'INVALID_ARGUMENT' });
    expect(await client.health()).toBe('SERVING');
  });

  it('do not keep the client alive when it has nothing more to ask', async () => {
    const { socket } = await startTestBroker();
    const program = `
      import { connect } from ${JSON.stringify(CLIENT)};
      const client = connect({ socket: process.argv[1], transport: ${JSON.stringify(transport)} });
      process.stdout.write((await client.hashData({ profile: 'SHA-256', input: 'abc' })).hex);`;
    const ended = await promisify(execFile)(
      process.execPath,
      ['--input-type=module', '--eval', program, socket],
      { timeout: 20_000 },
    );
    expect(ended).toMatchObject({ stdout: ABC });
  });

  it('part in peace when the server stops', async () => {
    const { client, stop } = await clientOfBroker();
    const running = Array.from({ length: 20 }, () =>
      client.hashData({ profile: 'SHA-256', input: 'abc' }),
    );
    await client.health();
    await stop();
    for (const { hex } of await Promise.all(running)) expect(hex).toBe(ABC);
    await expect(client.health({ deadlineMs: 100 })).rejects.toMatchObject({
      code: 'UNAVAILABLE',
      message: 'no server answers on the socket',
    });
  });
});
