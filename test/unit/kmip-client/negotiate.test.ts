import { describe, expect, it } from 'vitest';
import { negotiate } from '../../../src/kmip-client/negotiate.ts';
import { discoverVersions } from '../../../src/kmip/payloads/discover-versions.ts';
import { OPERATION } from '../../../src/kmip/tables/enumerations.ts';
import { TtlvReader } from '../../../src/kmip/ttlv/reader.ts';
import { failureOf } from '../../support/failures.ts';
import { MAX_RESPONSE, respond, scripted, TIMEOUT_MS, type Script } from './support.ts';

const limits = { timeoutMs: TIMEOUT_MS, maxResponse: MAX_RESPONSE };
const operation = OPERATION.discoverVersions;

const answering =
  (...versions: readonly (readonly [number, number])[]): Script =>
  () =>
    respond(11, [
      {
        operation,
        status: 0,
        payload: (writer) => {
          discoverVersions.encodeResponse(
            writer,
            { versions: versions.map(([major, minor]) => ({ major, minor })) },
            11,
          );
        },
      },
    ]);

describe('version negotiation', () => {
  it('asks in 1.1 for every version known here, the newest first', async () => {
    const { connection, requests } = scripted(answering([1, 4]));
    await negotiate(connection, limits);
    const [request] = requests;
    expect(request?.header.version).toBe(11);
    const reader = new TtlvReader(request?.items[0]?.payload ?? new Uint8Array());
    expect(
      discoverVersions.decodeRequest(reader, 11).versions.map(({ major, minor }) => [major, minor]),
    ).toEqual([
      [2, 1],
      [2, 0],
      [1, 4],
      [1, 3],
      [1, 2],
      [1, 1],
      [1, 0],
    ]);
  });

  it.each([
    [
      'the first that the server names',
      [
        [1, 3],
        [2, 0],
      ],
      13,
    ],
    [
      'not one that is unknown here',
      [
        [3, 0],
        [1, 9],
        [2, 1],
      ],
      21,
    ],
  ] as const)('takes %s', async (_, versions, expected) => {
    const { connection } = scripted(answering(...versions));
    await expect(negotiate(connection, limits)).resolves.toBe(expected);
  });

  it.each([
    ['does not support the operation', respond(11, [{ operation, status: 1, reason: 0x05 }])],
    ['does not know the version asked in', respond(10, [{ status: 1, reason: 0x04 }])],
  ])('falls back to 1.0 when the server %s', async (_, answer) => {
    const { connection } = scripted(() => answer);
    await expect(negotiate(connection, limits)).resolves.toBe(10);
  });

  it('fails when nothing is in common', async () => {
    for (const versions of [[], [[3, 0]]] as const) {
      const { connection } = scripted(answering(...versions));
      expect(await failureOf(() => negotiate(connection, limits))).toMatchObject({
        code: 'KMIP_VERSION_UNSUPPORTED',
      });
    }
  });

  it('fails when the server refuses for another reason', async () => {
    const { connection } = scripted(() => respond(11, [{ operation, status: 1, reason: 0x0c }]));
    expect(await failureOf(() => negotiate(connection, limits))).toMatchObject({
      code: 'KMIP_FAILED',
      message: 'discover Versions refused, permission denied',
    });
  });
});
