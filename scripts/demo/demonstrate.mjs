// Real work through the socket, each result checked by somebody other than the Broker.

import { execFileSync } from 'node:child_process';
import { X509Certificate } from 'node:crypto';
import { makeThrowawayCa, makeThrowawayRequest } from '../../dist/x509/throwaway.js';
import { PROGRAM } from './program.mjs';
import { heading, show } from './show.mjs';

/** FIPS 202's example: SHA3-512 of "abc", as NIST publishes it. */
const PUBLISHED = {
  text: 'abc',
  digest:
    'b751850b1a57168a5693cd924b6b096e08f621827444f70d884f5d0240d2712e' +
    '10e116e9192af3c91a7ec57647e3934057340b4cf408d5a56592f8274eec53f0',
};

/**
 * @param {{broker: import('./broker.mjs').Broker, scratch: import('./scratch.mjs').Scratch}} options
 * @returns {Promise<Record<string, string>>} where the certificate files are
 */
export async function demonstrate({ broker, scratch }) {
  heading('Through the socket');
  show('server', `serving ${Math.round(broker.startMs)} ms after its start, self tests included`);
  await health(broker.client);
  await hash(broker.client);
  const certificates = await certificate(broker.client, scratch);
  heading('What answers');
  fipsReport();
  return certificates;
}

async function health(client) {
  const status = await client.health();
  if (status !== 'SERVING') throw new Error(`health is ${status}`);
  show('health', status);
}

async function hash(client) {
  const { hex, algorithm } = await client.hashData({ profile: 'Default', input: PUBLISHED.text });
  if (hex !== PUBLISHED.digest)
    throw new Error(`${algorithm} of "${PUBLISHED.text}" is not the published digest: ${hex}`);
  show(
    'hash',
    `${algorithm}("${PUBLISHED.text}") = ${hex.slice(0, 16)}…${hex.slice(-8)}, as FIPS 202 publishes it`,
  );
}

async function certificate(client, scratch) {
  const now = Math.floor(Date.now() / 1000);
  const ca = await makeThrowawayCa({
    key: { algorithm: 'ECDSA', bits: 384 },
    commonName: 'Demonstration CA',
    now,
  });
  const request = await makeThrowawayRequest({
    key: { algorithm: 'ECDSA', bits: 256 },
    commonName: 'demo.example',
  });
  const { pem, descriptor } = await client.signCertificate({
    profile: 'Default',
    csr: request.csrPem,
    caPrivateKey: Buffer.from(ca.keyPem),
    caCert: ca.certificatePem,
  });
  const files = {
    caCertificate: scratch.write('ca.pem', ca.certificatePem),
    caKey: scratch.write('ca-key.pem', ca.keyPem),
    csr: scratch.write('request.csr', request.csrPem),
    certificate: scratch.write('certificate.pem', pem),
  };
  const verifier = verify(files, pem, ca.certificatePem);
  const issued = new X509Certificate(pem);
  show(
    'certificate',
    `${issued.subject} until ${issued.validToDate.toISOString().slice(0, 10)}, ${descriptor?.algorithm}, accepted by ${verifier}`,
  );
  return files;
}

/** Asks the openssl command when there is one, else Node's own OpenSSL; both are other libraries than the Broker's. */
function verify(files, pem, caPem) {
  let openssl;
  try {
    openssl = execFileSync('openssl', ['version'], { encoding: 'utf8' })
      .trim()
      .split(' ')
      .slice(0, 2)
      .join(' ');
  } catch {
    const ca = new X509Certificate(caPem);
    const issued = new X509Certificate(pem);
    if (!issued.verify(ca.publicKey) || !issued.checkIssued(ca))
      throw new Error('the certificate does not verify');
    return `Node's OpenSSL ${process.versions.openssl}`;
  }
  execFileSync('openssl', ['verify', '-CAfile', files.caCertificate, files.certificate], {
    stdio: 'pipe',
  });
  return `\`openssl verify\` (${openssl})`;
}

function fipsReport() {
  const report = JSON.parse(
    execFileSync(process.execPath, [PROGRAM, 'fips', '--json'], { encoding: 'utf8' }),
  );
  if (report.fips !== 'required') throw new Error('the FIPS provider is not required');
  const passed = report.selfTests.filter((test) => test.passed).length;
  show('library', report.libraryVersion);
  show(
    'provider',
    `${report.module.provider}: ${report.module.name} ${report.module.version}, ${passed} of ${report.selfTests.length} self tests passed`,
  );
  show('module', `SHA-256 ${report.module.sha256}`);
  show('memory', report.memory.locked ? 'key memory is locked' : 'key memory is NOT locked');
}
