// The table of limits: from the constants and the settings' defaults.

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { SETTINGS } from '../../src/config/index.ts';
import { DEFAULT_POLICY } from '../../src/core/governance/policy.ts';
import { ATTRIBUTE_LIMITS } from '../../src/kmip/attributes/limits.ts';
import { DEFAULT_ENGINE_LIMITS } from '../../src/kmip/engine/index.ts';
import { DEFAULT_TTLV_LIMITS } from '../../src/kmip/ttlv/limits.ts';
import { DEFAULT_SESSION_LIMITS } from '../../src/kmip-session/index.ts';
import { UPLINK_LIMITS } from '../../src/uplink-wire/index.ts';
import { projectRoot } from '../lib/paths.mjs';
import { table } from './markdown.mjs';

/** @returns {Record<string, string>} */
export function limitTables() {
  return { sizes: sizes(), times: times(), load: load() };
}

function sizes() {
  const { depth, items, bigIntegerLength } = DEFAULT_TTLV_LIMITS;
  const { count, nameLength, nameValueLength, valueLength } = ATTRIBUTE_LIMITS;
  const attributes = 'src/kmip/attributes';
  const header = 'src/kmip/messages/request-header.ts';
  const payloads = 'src/kmip/payloads';
  return table(
    ['what', 'at most', 'beyond it'],
    [
      [
        'request',
        bytes(DEFAULT_SESSION_LIMITS.requestLength),
        'Invalid Message, and the connection ends',
      ],
      ['response', bytes(DEFAULT_ENGINE_LIMITS.responseLength), 'Response Too Large'],
      ['structures within one another', number(depth), 'Invalid Message'],
      ['TTLV items of a message', number(items), 'Invalid Message'],
      ['Big Integer', bytes(bigIntegerLength), 'Invalid Message'],
      [
        'items of a batch',
        settingText('gateway.limits.batchItems'),
        'Server Limit Exceeded, nothing is run',
      ],
      [
        'attributes of an object or a request',
        number(count),
        'Invalid Field, Server Limit Exceeded',
      ],
      [
        'attributes of an object together',
        bytes(UPLINK_LIMITS.attributes),
        'Invalid Attribute Value; by the Core Server Limit Exceeded',
      ],
      ['attribute name', characters(nameLength), 'Invalid Field'],
      [
        'Name, Alternative Name, Object Group',
        characters(nameValueLength),
        'Invalid Attribute Value',
      ],
      ['text or byte string in an attribute', number(valueLength), 'Invalid Field'],
      ['attribute names of a request', number(2 * count), 'Invalid Field'],
      [
        'Unique Identifier',
        characters(constant(`${payloads}/uid.ts`, 'MAXIMUM_UID')),
        'Invalid Field',
      ],
      ['correlation value', characters(constant(header, 'MAXIMUM_CORRELATION')), 'Invalid Field'],
      [
        'credentials, attestation types of a header',
        `${constant(header, 'MAXIMUM_CREDENTIALS')}, ${constant(header, 'MAXIMUM_ATTESTATION_TYPES')}`,
        'Invalid Field',
      ],
      [
        'registered object',
        bytes(constant('src/core/kmip/registered-object.ts', 'MOST_BYTES')),
        'Invalid Field',
      ],
      [
        'identifiers in an answer of Locate',
        number(constant('src/gateway/operations/locate.ts', 'MOST_ANSWERED')),
        'the rest by Offset Items (since 1.3)',
      ],
      [
        'objects of a Locate that are merged with the Core’s',
        number(constant('src/gateway/operations/locate.ts', 'MOST_MERGED')),
        'the vault’s are answered alone',
      ],
      [
        'term of Locate that is indexed',
        characters(constant(`${attributes}/search-terms.ts`, 'MAXIMUM_TERM')),
        'compared',
      ],
      [
        'Result Message',
        characters(constant('src/kmip/messages/response.ts', 'MAXIMUM_MESSAGE')),
        'cut off',
      ],
    ],
  );
}

function times() {
  const { headerTimeoutMs, bodyTimeoutMs, requestTimeoutMs, writeTimeoutMs } =
    DEFAULT_SESSION_LIMITS;
  const run = 'src/bin/run-gateway.ts';
  const ends = 'the connection ends';
  return table(
    ['from', 'to', 'at most', 'beyond it'],
    [
      [
        'connection',
        'end of the TLS handshake',
        seconds(constant(run, 'HANDSHAKE_TIMEOUT_MS')),
        ends,
      ],
      ['first byte of a request', 'eighth byte', seconds(headerTimeoutMs), ends],
      ['eighth byte', 'last byte', seconds(bodyTimeoutMs), ends],
      ['answer', 'next request', settingText('gateway.limits.idleSeconds', ' s'), ends],
      [
        'request',
        'answer',
        seconds(requestTimeoutMs),
        'items that have not begun fail: General Failure',
      ],
      [
        'question to the Core',
        'its answer',
        `${seconds(DEFAULT_POLICY.tunnelTimeoutMs)} (policy \`tunnel-timeout\`)`,
        'General Failure, `outcome unknown`',
      ],
      ['answer', 'taken by the client', seconds(writeTimeoutMs), ends],
      ['change of a certificate file', 'its use', seconds(constant(run, 'RELOAD_INTERVAL_MS')), ''],
    ],
  );
}

function load() {
  const run = 'src/bin/run-gateway.ts';
  return table(
    ['what', 'at most', 'beyond it'],
    [
      ['connections', settingText('gateway.limits.connections'), 'closed'],
      [
        'connections of one client',
        settingText('gateway.limits.connectionsPerClient'),
        'the first request is answered with Server Limit Exceeded',
      ],
      [
        'requests of one client in a second',
        settingText('gateway.limits.requestsPerSecond'),
        'Server Limit Exceeded',
      ],
      ['handshakes at a time', number(constant(run, 'HANDSHAKES')), 'the oldest is given up'],
      [
        'bytes of requests that wait on one connection',
        bytes(DEFAULT_SESSION_LIMITS.queuedBytes),
        'the socket is not read until they are answered',
      ],
      [
        'bytes of requests of all connections',
        bytes(constant(run, 'BUFFERED_BYTES')),
        'Server Limit Exceeded, and the connection ends',
      ],
      [
        'questions to the Core at a time',
        number(UPLINK_LIMITS.tunnelCalls),
        'Server Limit Exceeded',
      ],
    ],
  );
}

/** A number that its file keeps to itself. */
function constant(file, name) {
  const text = readFileSync(join(projectRoot, file), 'utf8');
  const factors = new RegExp(`^const ${name} = ([\\d_ *A-Z]+);$`, 'mu').exec(text)?.[1];
  if (factors === undefined) throw new Error(`${file} has no number ${name}`);
  return factors
    .split('*')
    .map((factor) => factor.trim())
    .map((factor) =>
      /^\d/u.test(factor) ? Number(factor.replaceAll('_', '')) : constant(file, factor),
    )
    .reduce((product, factor) => product * factor, 1);
}

function settingText(key, unit = '') {
  const setting = SETTINGS.find((candidate) => candidate.key === key);
  if (setting?.default === undefined) throw new Error(`${key} is no setting with a default`);
  const value = setting.default === 0 ? 'no limit' : `${number(setting.default)}${unit}`;
  return `${value} (\`${key}\`)`;
}

function bytes(count) {
  if (count % 1_048_576 === 0) return `${count / 1_048_576} MiB`;
  return count % 1024 === 0 ? `${count / 1024} KiB` : `${number(count)} bytes`;
}

function characters(count) {
  return `${number(count)} characters`;
}

function seconds(milliseconds) {
  return `${milliseconds / 1000} s`;
}

function number(count) {
  return count.toLocaleString('en-US');
}
