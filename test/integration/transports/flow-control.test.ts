import { status } from '@grpc/grpc-js';
import { describe, expect, it } from 'vitest';
import { DEFAULT_WINDOW, FLAG, LARGEST_WINDOW, SETTING } from '../../../src/client/lean/frames.ts';
import { SignCertificateRequest } from '../../../src/generated/cryptobroker/server_view.ts';
import { HashDataResponse } from '../../../src/generated/cryptobroker/crypto_broker.ts';
import { makeThrowawayCa, makeThrowawayRequest } from '../../../src/x509/throwaway.ts';
import { frame, settingsFrame, windowFrame } from '../../support/http2/frames.ts';
import type { WireConnection } from '../../support/http2/wire-connection.ts';
import { hashRequest, SIGN_CERTIFICATE } from '../support/grpc-caller.ts';
import { framed } from '../support/raw-http2.ts';
import type { TestBrokerOptions } from '../support/test-broker.ts';
import { TRANSPORTS } from '../support/transports.ts';
import { answered, BODY, startWireBroker } from './support/wire.ts';

const MIB = 1024 * 1024;
const KEY = { algorithm: 'ECDSA', bits: 384 } as const;

/** Answers every short hash with this many characters: no method of the server's has replies so large. */
function replies(characters: number): TestBrokerOptions {
  return {
    provider: (pure) => ({
      ...pure,
      digests: { ...pure.digests, hex: () => 'a'.repeat(characters) },
    }),
  };
}

function received(connection: WireConnection, stream: number): number {
  return Buffer.concat(connection.stream(stream).body).length;
}

/** Opens a stream's window step by step, each when the one before is used up. */
async function readSlowly(connection: WireConnection, stream: number, step: number): Promise<void> {
  let allowed = 0;
  const state = connection.stream(stream);
  while (!state.ended) {
    allowed += step;
    connection.send(windowFrame(stream, step));
    await connection.until(
      () => state.ended || received(connection, stream) === allowed,
      'as much as there is room for',
    );
    expect(received(connection, stream)).toBeLessThanOrEqual(allowed);
  }
}

describe.each(TRANSPORTS)('over %s:', (transport) => {
  describe('replies', () => {
    it('wait for a window of nothing to open, and then come octet by octet', async () => {
      const { connect } = await startWireBroker(transport);
      const connection = await connect({ settings: [[SETTING.initialWindowSize, 0]] });
      const stream = connection.start({ body: BODY });
      await connection.until(() => connection.stream(stream).headers.size > 0, 'the headers');
      await connection.ping();
      expect(received(connection, stream)).toBe(0);
      await readSlowly(connection, stream, 1);
      expect(answered(await connection.outcome(stream))).toBe(true);
      expect(connection.longestData).toBe(1);
    });

    it('of a certificate that is longer than a frame arrive whole', async () => {
      const now = Math.floor(Date.now() / 1000);
      const ca = await makeThrowawayCa({ key: KEY, now });
      const { csrPem } = await makeThrowawayRequest({ key: KEY });
      const request = SignCertificateRequest.encode({
        profile: 'Default',
        csr: Buffer.from(csrPem),
        caPrivateKey: Buffer.from(ca.keyPem),
        caCert: Buffer.from(ca.certificatePem),
        metadata: undefined,
        validNotBefore: undefined,
        validNotAfter: undefined,
        subject: undefined,
        crlDistributionPoints: Array.from({ length: 16 }, (_, index) =>
          `http://${index}.example/`.padEnd(2048, 'x'),
        ),
        outputFormat: 1,
      }).finish();
      const { connect } = await startWireBroker(transport);
      const connection = await connect({ settings: [[SETTING.initialWindowSize, 0]] });
      const stream = connection.start({ path: SIGN_CERTIFICATE, body: framed(request) });
      await readSlowly(connection, stream, 3000);
      const outcome = await connection.outcome(stream);
      expect(outcome).toMatchObject({ status: status.OK });
      expect(outcome.reply?.length).toBeGreaterThan(2 * 16_384);
      expect(outcome.reply?.includes('-----END CERTIFICATE-----')).toBe(true);
    });

    it('of 3 MiB arrive whole at a reader that is slow', async () => {
      const { connect } = await startWireBroker(transport, replies(3 * MIB));
      const connection = await connect({ settings: [[SETTING.initialWindowSize, 0]] });
      connection.send(windowFrame(0, LARGEST_WINDOW - DEFAULT_WINDOW));
      const stream = connection.start({ body: BODY });
      await readSlowly(connection, stream, 100_000);
      const { reply } = await connection.outcome(stream);
      const { hashValue } = HashDataResponse.decode(reply ?? Buffer.alloc(0));
      expect(hashValue?.value === 'a'.repeat(3 * MIB)).toBe(true);
    });

    it('share the window of the connection, and none is forgotten', async () => {
      const { connect } = await startWireBroker(transport, replies(50_000));
      const connection = await connect({ settings: [] });
      const streams = Array.from({ length: 10 }, () => connection.start({ body: BODY }));
      const all = (): number =>
        streams.reduce((sum, stream) => sum + received(connection, stream), 0);
      await connection.until(() => all() === DEFAULT_WINDOW, 'the window to be full');
      await connection.ping();
      expect(all()).toBe(DEFAULT_WINDOW);
      connection.send(windowFrame(0, LARGEST_WINDOW - DEFAULT_WINDOW));
      for (const stream of streams) {
        const { status: code, reply } = await connection.outcome(stream);
        expect(code).toBe(status.OK);
        expect(reply?.length).toBeGreaterThan(50_000);
      }
    });

    it('stop when SETTINGS make their windows negative, and go on when those are open again (RFC 9113 §6.9.2)', async () => {
      const { connect } = await startWireBroker(transport, replies(100_000));
      const connection = await connect({ settings: [[SETTING.initialWindowSize, 40_000]] });
      connection.send(windowFrame(0, LARGEST_WINDOW - DEFAULT_WINDOW));
      const stream = connection.start({ body: BODY });
      await connection.until(() => received(connection, stream) === 40_000, '40,000 octets');
      connection.send(
        settingsFrame([[SETTING.initialWindowSize, 10]]),
        windowFrame(stream, 39_990),
      );
      await connection.ping();
      expect(received(connection, stream)).toBe(40_000);
      connection.send(settingsFrame([[SETTING.initialWindowSize, 1_000_000]]));
      expect((await connection.outcome(stream)).status).toBe(status.OK);
    });

    it('keep to the frame size of their reader (RFC 9113 §4.2)', async () => {
      const { connect } = await startWireBroker(transport, replies(100_000));
      const usual = await connect();
      await usual.call({ body: BODY });
      expect(usual.longestData).toBeLessThanOrEqual(16_384);
      const wide = await connect({
        settings: [
          [SETTING.maxFrameSize, 2 ** 24 - 1],
          [SETTING.initialWindowSize, LARGEST_WINDOW],
        ],
      });
      wide.send(windowFrame(0, LARGEST_WINDOW - DEFAULT_WINDOW));
      expect((await wide.call({ body: BODY })).status).toBe(status.OK);
    });

    it('that their reader resets half-way leave the connection as it was', async () => {
      const { connect, broker } = await startWireBroker(transport, replies(MIB));
      const connection = await connect({ settings: [] });
      for (let round = 0; round < 20; round += 1) {
        const stream = connection.start({ body: BODY });
        await connection.until(() => received(connection, stream) > 0, 'the beginning of a reply');
        await connection.ping();
        connection.reset(stream, 8);
        await connection.ping();
        const taken = received(connection, stream);
        if (taken > 0) connection.send(windowFrame(0, taken));
      }
      connection.send(
        windowFrame(0, MIB * 2),
        settingsFrame([[SETTING.initialWindowSize, MIB * 2]]),
      );
      expect((await connection.call({ body: BODY })).reply?.length).toBeGreaterThan(MIB);
      await broker.stop(10_000);
    });

    it('whose reader closes one window too far are reset, with the stream or the connection', async () => {
      const { connect } = await startWireBroker(transport);
      for (const frames of [
        (stream: number) => [windowFrame(stream, 0)],
        (stream: number) => [windowFrame(stream, 0x7fffffff), windowFrame(stream, 0x7fffffff)],
      ]) {
        const connection = await connect();
        const stream = connection.start({ body: BODY.subarray(0, 6), end: false });
        connection.send(...frames(stream), frame('data', FLAG.endStream, stream, BODY.subarray(6)));
        const outcome = await connection.outcome(stream);
        expect(outcome.http).toBeUndefined();
        expect((outcome.reset ?? 0) + (outcome.goAway ?? 0)).toBeGreaterThan(0);
        expect(answered(await (await connect()).call({ body: BODY }))).toBe(true);
      }
    });
  });

  describe('requests', () => {
    it('of the largest size come through the windows of the server, several at once', async () => {
      const { connect } = await startWireBroker(transport);
      const connection = await connect();
      const body = framed(hashRequest('Default', Buffer.alloc(MIB)));
      const streams = Array.from({ length: 8 }, () => connection.start({ body }));
      for (const stream of streams) {
        expect((await connection.outcome(stream)).status).toBe(status.OK);
      }
    });

    it('beyond the windows of the server end the stream or the connection, and no other one', async () => {
      const { connect } = await startWireBroker(transport);
      const connection = await connect();
      const bystander = await connect();
      await connection.until(() => connection.settings.size > 0, 'SETTINGS');
      await connection.ping();
      const stream = connection.start({ body: framed(BODY, { length: 4 * MIB }), end: false });
      // Five times what any window of ours has.
      const flood = frame('data', 0, stream, Buffer.alloc(16_384));
      for (let sent = 0; sent < 24 * MIB && !connection.closed; sent += MIB) {
        connection.send(...Array.from({ length: 64 }, () => flood));
        await new Promise((resolve) => setImmediate(resolve));
        if (connection.stream(stream).ended || connection.stream(stream).reset !== undefined) break;
      }
      const outcome = await connection.outcome(stream);
      expect(outcome.status).not.toBe(status.OK);
      expect(answered(await bystander.call({ body: BODY }))).toBe(true);
    });

    it('that are thrown away give their window back', async () => {
      const { connect } = await startWireBroker(transport);
      const connection = await connect();
      // Together far more than the window of the connection.
      for (let round = 0; round < 30; round += 1) {
        const stream = connection.start({ path: '/none', end: false });
        await connection.sendBody(stream, Buffer.alloc(MIB));
        expect((await connection.outcome(stream)).status).toBe(status.UNIMPLEMENTED);
      }
      expect(answered(await connection.call({ body: BODY }))).toBe(true);
      const large = framed(hashRequest('Default', Buffer.alloc(MIB)));
      const whole = await connection.call({ body: large });
      expect(whole).toMatchObject({ status: status.OK });
    });
  });
});
