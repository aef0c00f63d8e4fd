// What a manifest says of its one application.

import { readFileSync } from 'node:fs';
import { parse } from 'yaml';

/**
 * @typedef {object} Sidecar
 * @property {string} name
 * @property {string} command
 * @property {number} memoryMib
 *
 * @typedef {object} Application
 * @property {string} command
 * @property {number} memoryMib of the container
 * @property {number} appMemoryMib what the sidecars leave of it
 * @property {string} healthEndpoint the path that the platform asks
 * @property {Sidecar[]} sidecars
 * @property {Record<string, string>} env
 */

/**
 * @param {string} file
 * @returns {Application}
 */
export function readManifest(file) {
  const [application] = parse(readFileSync(file, 'utf8')).applications;
  const { command, memory, sidecars = [], env = {} } = application;
  const memoryMib = mebibytes(memory);
  const beside = sidecars.map((sidecar) => ({
    name: sidecar.name,
    command: sidecar.command,
    memoryMib: mebibytes(sidecar.memory),
  }));
  return {
    command,
    memoryMib,
    appMemoryMib: memoryMib - beside.reduce((sum, sidecar) => sum + sidecar.memoryMib, 0),
    healthEndpoint: application['health-check-http-endpoint'],
    sidecars: beside,
    env: Object.fromEntries(Object.entries(env).map(([name, value]) => [name, String(value)])),
  };
}

/** Cloud Foundry writes M and G, and means MiB and GiB. */
function mebibytes(text) {
  const [, number, unit] = /^(\d+)([MG])B?$/.exec(String(text)) ?? [];
  if (number === undefined) throw new Error(`${text} is no amount of memory`);
  return Number(number) * (unit === 'G' ? 1024 : 1);
}
