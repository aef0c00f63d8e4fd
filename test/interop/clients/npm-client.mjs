// Does tasks (support/tasks.ts) with the published JavaScript client, under whatever Node runs this file.
import { text } from 'node:stream/consumers';
import {
  CryptoBrokerClient,
  HashDataOutputFormat,
  SignCertificateOutputFormat,
} from '@open-crypto-broker/cryptobroker-client';

const base64 = (bytes) => bytes && Buffer.from(bytes).toString('base64');

const METHODS = {
  async health(client) {
    const { status } = await client.healthData();
    return { status: ['UNKNOWN', 'SERVING', 'NOT_SERVING'][status] };
  },
  async hashData(client, { profile, input, format }) {
    const outputFormat = HashDataOutputFormat[format.toUpperCase()];
    const answer = await client.hashData({
      profile,
      input: Buffer.from(input, 'base64'),
      outputFormat,
    });
    return { ...answer, hashValueRaw: base64(answer.hashValueRaw) };
  },
  async signCertificate(client, { format, validNotAfter, ...payload }) {
    const answer = await client.signCertificate({
      ...payload,
      outputFormat: SignCertificateOutputFormat[format.toUpperCase()],
      validNotAfter: validNotAfter === undefined ? undefined : BigInt(validNotAfter),
    });
    return { ...answer, der: base64(answer.der) };
  },
  async benchmark(client) {
    const { benchmarkResults } = await client.benchmarkData({});
    return { benchmarks: JSON.parse(benchmarkResults).results.map(({ name }) => name) };
  },
};

const tasks = JSON.parse(await text(process.stdin));
const client = await CryptoBrokerClient.NewLibrary({ connectOptions: { retryAmount: 5 } });
const answers = [];
for (const { method, ...task } of tasks) {
  try {
    answers.push(await METHODS[method](client, task));
  } catch (error) {
    answers.push({ error: { code: error.code, message: error.details ?? error.message } });
  }
}
process.stdout.write(JSON.stringify(answers));
// The client has no close().
process.exit(0);
