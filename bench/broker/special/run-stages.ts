// A process of its own that measures the stages of one kind of certificate.

import { createNativeProvider } from '../../../src/crypto/index.ts';
import { serveParent } from '../../harness/child-main.ts';
import { certificateRequest } from '../../trials/certificate-request.ts';
import { FIXTURES } from '../../trials/fixtures.ts';
import type { StageMeasurement } from '../measurements.ts';
import type { StagesJob } from './stages-job.ts';

serveParent(async (job: StagesJob): Promise<StageMeasurement> => {
  const fixture = FIXTURES.find(({ name }) => name === job.fixture);
  if (fixture === undefined) throw new RangeError(`no fixture ${job.fixture}`);
  const { benchmark } = createNativeProvider({ fips: 'required', poolThreads: 1 });
  const material = {
    csr: Buffer.from(job.csr),
    caKey: Buffer.from(job.caKey),
    caCertificate: Buffer.from(job.caCertificate),
  };
  const now = Math.floor(Date.now() / 1000);
  const request = certificateRequest(material, fixture.ca, now);
  // The first time warms up.
  await benchmark.certificateStages(request, job.milliseconds);
  return { ...(await benchmark.certificateStages(request, job.milliseconds)) };
});
