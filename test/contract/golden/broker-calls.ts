import { callLogger } from '../../../src/broker/call-log.ts';
import { CRYPTO_SERVICE, methodTable } from '../../../src/broker/method-table.ts';
import { hashDataHandler } from '../../../src/broker/methods/hash-data.ts';
import { signCertificateHandler } from '../../../src/broker/methods/sign-certificate.ts';
import { WorkQueue } from '../../../src/broker/work-queue.ts';
import type { CertificateRequest, CryptoProvider } from '../../../src/crypto/provider.ts';
import { CallState } from '../../../src/grpc/call-state.ts';
import { HEALTH_SERVICE } from '../../../src/grpc/health-methods.ts';
import { HealthRegistry } from '../../../src/grpc/health-registry.ts';
import type { UnaryMethod } from '../../../src/grpc/method.ts';
import { runUnary } from '../../../src/grpc/run-call.ts';
import { STATUS_NUMBERS } from '../../../src/grpc/status.ts';
import { captureLog } from '../../integration/support/captured-log.ts';
import { brokerCases, type GoldenCase } from './broker-cases.ts';
import { GOLDEN_POLICIES } from './broker-policies.ts';
import { toGoldenHex } from './run-length.ts';

/** What is issued for every request: the codecs are what is compared. */
const CERTIFICATE = Buffer.from('30020101', 'hex');

/**
 * Every case with what became of it, a blank line behind each: `response` or `failure`, what the log says of the caller,
 * and what the issuer was given. native/test/support/broker_golden.h reads it.
 */
export async function goldenCalls(provider: CryptoProvider): Promise<string> {
  const runner = makeRunner(provider);
  const blocks: string[] = [];
  for (const golden of brokerCases()) blocks.push(await runner(golden));
  return blocks.join('\n');
}

function makeRunner(provider: CryptoProvider): (golden: GoldenCase) => Promise<string> {
  const queue = new WorkQueue({ concurrency: 1, capacity: 1 });
  const health = new HealthRegistry([CRYPTO_SERVICE, HEALTH_SERVICE]);
  health.set('SERVING');
  const issued: string[] = [];
  const certificates = {
    issue: (request: CertificateRequest): Promise<Uint8Array> => {
      issued.push(`issue ${issueWords(request)}`);
      return Promise.resolve(CERTIFICATE);
    },
  };
  const policies = GOLDEN_POLICIES;
  const methods = methodTable({
    hashData: hashDataHandler({ policies, digests: provider.digests, queue }),
    signCertificate: signCertificateHandler({ policies, certificates, queue, now: () => 0 }),
    health,
  });
  const log = captureLog();
  const policy = {
    observe: callLogger(log.logger, true),
    newIncident: () => 'incident',
    monotonicMs: () => 0,
  };
  return async ({ method: path, title, request }) => {
    const method = methods.find((row): row is UnaryMethod => row.path === path);
    if (method === undefined) throw new Error(`no method ${path}`);
    const lines = [`case ${title}`, `method ${path}`, `request ${toGoldenHex(request)}`];
    const context = new CallState(path, undefined);
    // Wiped by the call when the method says so.
    const outcome = await runUnary(
      method,
      { context, request: Buffer.from(request), startedAt: 0 },
      policy,
    );
    lines.push(...issued.splice(0));
    if (outcome.ok) {
      lines.push(`response ${toGoldenHex(outcome.response)}`);
    } else {
      const { status, code, details } = outcome.failure;
      lines.push(`failure ${STATUS_NUMBERS[status]} ${code} ${details}`);
    }
    for (const fact of ['profile', 'correlationId']) {
      const value = log.lines().at(-1)?.[fact];
      if (typeof value === 'string') lines.push(`${fact} ${value}`);
    }
    return `${lines.join('\n')}\n`;
  };
}

/** All of an issuing request that comes from the caller; its documents were made to be short. */
function issueWords(request: CertificateRequest): string {
  const { csr, caKey, caCertificate, notBefore, notAfter, subject, format } = request;
  const urls = request.crlDistributionPoints.map((url) => Buffer.from(url));
  return [
    format,
    notBefore ?? '-',
    notAfter ?? '-',
    ...[csr, caKey, caCertificate, Buffer.from(subject ?? ''), ...urls].map(toGoldenHex),
  ].join(' ');
}
