import { randomUUID, X509Certificate } from 'node:crypto';
import { expect, onTestFinished, vi } from 'vitest';
import { createKmipExecutor } from '../../../src/core/kmip/index.ts';
import type { PayloadCodec } from '../../../src/kmip/payloads/payload-codec.ts';
import { RESULT_REASON } from '../../../src/kmip/tables/enumerations.ts';
import type { KmipVersion } from '../../../src/kmip/version.ts';
import { declareGateway, makeScene, SERVICE, TENANT } from '../../support/core/scenario.ts';
import { startTestCore } from '../../support/core/test-core.ts';
import { clientOf } from '../../support/gateway/key-side.ts';
import { kmipAsker, type Answered, type KmipAsker } from '../../support/gateway/kmip-asker.ts';
import { makeGatewayHome, startRealGateway } from '../../support/gateway/real-gateway.ts';
import { openNative, openPure } from '../../support/providers.ts';
import { captureLog } from './captured-log.ts';

/** A Gateway's executor, and behind its link a Core with its own; both in this process, with TLS between them. */
export async function linkedClients(): Promise<KmipAsker> {
  const provider = await openPure();
  const clock = { now: () => Date.now(), monotonicMs: () => performance.now() };
  const { logger } = captureLog();
  const executor = createKmipExecutor({ provider, clock, newId: randomUUID, logger });
  const core = await startTestCore({ provider, executor });
  const scene = await makeScene(core);
  await declareGateway(core);
  const home = await makeGatewayHome(core.home);
  const side = await startRealGateway(await openNative(), home, core.core.facts.uplinkAddress);
  await vi.waitFor(
    async () => {
      const { link, serviceKeys } = await side.gateway.status();
      expect(link?.state).toBe('linked');
      expect(serviceKeys.some(({ wraps }) => wraps)).toBe(true);
    },
    { timeout: 10_000, interval: 20 },
  );
  const client = {
    ...clientOf(TENANT, SERVICE),
    spiffeId: `spiffe://test/${TENANT}/workload`,
    chain: [new X509Certificate(scene.client.certificatePem).raw],
  };
  const asker = kmipAsker(side, { client, clock, logger });
  onTestFinished(() => {
    expect(asker.faults).toEqual([]);
  });
  return asker;
}

type Writes<Request> = Pick<PayloadCodec<Request, never>, 'operation' | 'encodeRequest'>;

/** A client that sends one item a message. */
export class PlainClient {
  readonly #asker: KmipAsker;
  readonly #version: KmipVersion;

  constructor(asker: KmipAsker, version: KmipVersion) {
    this.#asker = asker;
    this.#version = version;
  }

  /** The response; fails the test when the item failed. */
  async ask<Request, Response, ReadRequest extends Request, ReadResponse extends Response>(
    codec: PayloadCodec<Request, Response, ReadRequest, ReadResponse>,
    request: Request,
  ): Promise<ReadResponse> {
    return (await this.#one(codec, request)).read(codec);
  }

  /** Name of the reason for which the item failed. */
  async refusal<Request>(codec: Writes<Request>, request: Request): Promise<string> {
    const { status, reason } = await this.#one(codec, request);
    expect(status).toBe(1);
    const found = Object.entries(RESULT_REASON).find(([, value]) => value === reason);
    return found?.[0] ?? `reason ${reason}`;
  }

  /** As the C clients ask: with a time, and room for 8 KiB. */
  async #one<Request>(codec: Writes<Request>, request: Request): Promise<Answered> {
    const timeStamp = BigInt(Math.floor(Date.now() / 1000));
    const header = { maximumResponseSize: 8192, timeStamp };
    return await this.#asker.one(this.#version, codec, request, { header });
  }
}
