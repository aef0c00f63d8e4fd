import {
  HashDataResponse,
  SignCertificateResponse,
} from '../../src/generated/cryptobroker/crypto_broker.ts';
import { methodTable } from '../../src/broker/method-table.ts';
import { hashDataHandler } from '../../src/broker/methods/hash-data.ts';
import { signCertificateHandler } from '../../src/broker/methods/sign-certificate.ts';
import { WorkQueue } from '../../src/broker/work-queue.ts';
import type { CryptoProvider } from '../../src/crypto/provider.ts';
import { HealthRegistry } from '../../src/grpc/health-registry.ts';
import type { CallContext, UnaryMethod } from '../../src/grpc/method.ts';
import { loadProfiles } from '../../src/profile/index.ts';
import {
  BENCH_PROFILES,
  certificateMessage,
  hashInput,
  hashMessage,
  PATHS,
} from '../broker/messages.ts';
import type { CertificateFixture, FixtureName } from './fixtures.ts';
import type { Operation, Trial } from './trial.ts';

/** Milliseconds; a certificate takes as long to be compiled as in the trials of certificates. */
const WARM_UP = { hash: 300, certificate: 1000 } as const;

const FIXTURE: FixtureName = 'P-384 under P-384';

/** Whole methods without transport: the bytes of a request in, the bytes of its response out. */
export const methodTrials: readonly Trial[] = [
  {
    ...{ group: 'methods', name: 'HashData, Default, 100 B', unit: 'us' },
    ...{ drivers: ['native', 'pure'], expected: {}, quick: true, warmUp: WARM_UP.hash },
    prepare: (provider) =>
      prepare(provider, PATHS.hash, hashMessage('Default', hashInput(100)), (response) => {
        const { hashValue } = HashDataResponse.decode(response);
        return hashValue?.$case === 'hashValueHex' && hashValue.value.length === 128;
      }),
  },
  {
    ...{ group: 'methods', name: `SignCertificate, ${FIXTURE}`, unit: 'us' },
    ...{ drivers: ['native', 'pure'], expected: {}, quick: true, warmUp: WARM_UP.certificate },
    fixture: FIXTURE,
    prepare: (provider, fixture) =>
      prepare(
        provider,
        PATHS.certificate,
        certificateMessage(FIXTURE, given(fixture)),
        (response) => {
          const { signedCertificate } = SignCertificateResponse.decode(response);
          return signedCertificate?.$case === 'der' && signedCertificate.value.byteLength > 0;
        },
      ),
  },
];

const CALL: Omit<CallContext, 'path'> = {
  deadline: undefined,
  cancelled: false,
  signal: new AbortController().signal,
};

async function prepare(
  provider: CryptoProvider,
  path: string,
  message: Uint8Array,
  right: (response: Uint8Array) => boolean,
): Promise<Operation> {
  const method = methodOf(provider, path);
  // A request with a key in it is wiped by the transport when the call has ended, not by the method.
  const run = (): Promise<Uint8Array> => method.begin(message).run({ ...CALL, path });
  if (!right(await run())) throw new Error(`a wrong answer of ${path}`);
  return { mode: 'async', inFlight: 1, run };
}

function methodOf(provider: CryptoProvider, path: string): UnaryMethod {
  const policies = loadProfiles({ directory: BENCH_PROFILES });
  const queue = new WorkQueue({ concurrency: 1, capacity: 1 });
  const table = methodTable({
    hashData: hashDataHandler({ policies, queue, digests: provider.digests }),
    signCertificate: signCertificateHandler({
      ...{ policies, queue, certificates: provider.certificates, now: Date.now },
    }),
    health: new HealthRegistry([]),
  });
  const method = table.find((row) => row.path === path);
  if (method?.kind !== 'unary') throw new RangeError(`no method ${path}`);
  return method;
}

function given(fixture: CertificateFixture | undefined): CertificateFixture {
  if (fixture === undefined) throw new Error('a certificate trial needs a CA and a request');
  return fixture;
}
