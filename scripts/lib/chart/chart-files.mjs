// Where the chart and what belongs to it are.

import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { basename, join } from 'node:path';
import { projectRoot } from '../paths.mjs';

export const CHARTS = join(projectRoot, 'deploy', 'kubernetes');
export const CHART = join(CHARTS, 'crypto-broker');

/** Example values: every file of ci/ is a set that must render. */
export function exampleValues() {
  const dir = join(CHART, 'ci');
  return readdirSync(dir)
    .filter((name) => name.endsWith('-values.yaml'))
    .sort()
    .map((name) => ({ name: basename(name, '-values.yaml'), path: join(dir, name) }));
}

/** What helm can only read from inside the chart, and whose place is elsewhere. */
const COPIES = ['dashboards', 'alerts'];

/** @returns {{from: string, to: string}[]} the files that are in the chart as copies */
function copies() {
  return COPIES.flatMap((kind) => {
    const from = join(projectRoot, 'deploy', 'observability', kind);
    if (!existsSync(from)) return [];
    return readdirSync(from)
      .filter((name) => /\.(json|yaml)$/.test(name))
      .map((name) => ({ from: join(from, name), to: join(CHART, 'files', kind, name) }));
  });
}

/** @returns {string[]} what is wrong with the copies */
export function staleCopies() {
  const expected = copies();
  const findings = expected
    .filter(({ from, to }) => !existsSync(to) || !readFileSync(from).equals(readFileSync(to)))
    .map(
      ({ to }) =>
        `files/${basename(join(to, '..'))}/${basename(to)} is not the one of deploy/observability`,
    );
  for (const kind of COPIES) {
    for (const name of list(join(CHART, 'files', kind))) {
      const path = join(CHART, 'files', kind, name);
      if (!expected.some(({ to }) => to === path))
        findings.push(`files/${kind}/${name} is a copy of nothing`);
    }
  }
  return findings;
}

function list(dir) {
  return existsSync(dir) ? readdirSync(dir) : [];
}
