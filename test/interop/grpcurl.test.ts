import { createHash } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { announceSkip } from '../support/environment.ts';
import { runProgram, startBroker, type BrokerProcess } from '../support/programs.ts';
import { buildGrpcurl } from './support/go-programs.ts';

const grpcurl = buildGrpcurl();
if ('missing' in grpcurl) announceSkip('grpcurl', grpcurl.missing);

describe.skipIf('missing' in grpcurl).each(['grpc-js', 'native'])(
  'grpcurl, over %s,',
  (transport) => {
    let broker: BrokerProcess;

    beforeAll(async () => {
      broker = await startBroker({ args: ['--transport', transport] });
    });
    afterAll(async () => {
      await broker.stop();
    });

    /** Runs `grpcurl ...options -plaintext -unix SOCKET ...target` and returns what it prints. */
    async function call(
      target: readonly string[],
      options: readonly string[] = [],
    ): Promise<string> {
      const program = 'path' in grpcurl ? grpcurl.path : '';
      const { exit, out, error } = await runProgram([
        program,
        ...options,
        '-plaintext',
        '-unix',
        broker.socket,
        ...target,
      ]);
      expect({ exit, error }).toEqual({ exit: 0, error: '' });
      return out.toString();
    }

    it('lists the services by reflection', async () => {
      const services = (await call(['list'])).trim().split('\n');
      expect(services).toEqual(
        expect.arrayContaining(['CryptoBroker.CryptoGrpc', 'grpc.health.v1.Health']),
      );
      expect(await call(['list', 'CryptoBroker.CryptoGrpc'])).toBe(
        'CryptoBroker.CryptoGrpc.HashData\nCryptoBroker.CryptoGrpc.SignCertificate\n',
      );
    });

    it('describes a service', async () => {
      expect(await call(['describe', 'CryptoBroker.CryptoGrpc'])).toContain(
        'rpc HashData ( .CryptoBroker.HashDataRequest ) returns ( .CryptoBroker.HashDataResponse );',
      );
    });

    it('describes a request', async () => {
      const text = await call(['describe', 'CryptoBroker.HashDataRequest']);
      expect(text).toContain('bytes input = 2;');
      expect(text).toContain('outputFormat = 4;');
    });

    it('calls health and HashData', async () => {
      expect(JSON.parse(await call(['grpc.health.v1.Health/Check']))).toEqual({
        status: 'SERVING',
      });
      const request = {
        profile: 'Default',
        input: Buffer.from('abc').toString('base64'),
        metadata: { id: 'by-hand' },
      };
      const answer: unknown = JSON.parse(
        await call(['CryptoBroker.CryptoGrpc/HashData'], ['-d', JSON.stringify(request)]),
      );
      expect(answer).toMatchObject({
        hashAlgorithm: 'sha3-512',
        hashValueHex: createHash('sha3-512').update('abc').digest('hex'),
        descriptor: { profile: 'Default', operation: 'HashData', algorithm: 'sha3-512' },
        metadata: { id: 'by-hand' },
      });
    });
  },
);
