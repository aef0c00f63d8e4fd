import type { Command } from 'commander';
import type { Flags } from '../../config/index.ts';
import type { ProviderReport, SelfTestResult } from '../../crypto/provider.ts';
import type { CommandContext, NodeTlsFacts } from '../context.ts';
import { addSettingOptions } from '../setting-options.ts';
import { pairs } from '../table.ts';

interface FipsFlags extends Flags {
  readonly json?: true;
}

export function defineFips(command: Command, context: CommandContext): void {
  command.description(
    'Loads the native core into this process, as the server does at its start, and reports what answers: library, provider, ' +
      'module, self tests, key memory; and the copy of the module that TLS of Gateway, Core and KMIP client runs on. Exits with 70 and the reason when the FIPS provider cannot be entered.',
  );
  command.option('--json', 'print one JSON object');
  addSettingOptions(command, 'server', ['fips', 'fipsModuleDir', 'memoryLock']);
  command.addHelpText(
    'after',
    `
Examples:
  $ cryptobroker fips
  $ cryptobroker fips --json | jq -r .module.sha256
  $ cryptobroker fips --fips-module-dir /opt/fips && echo accepted`,
  );
  command.action(async (flags: FipsFlags) => {
    const { settings } = await context.loadSettings({ scope: 'server', flags });
    const nodeTls = await context.reportNodeTls(settings);
    const report = await context.reportProvider(settings);
    context.writeOut(
      flags.json ? `${JSON.stringify({ ...asJson(report), nodeTls })}\n` : asText(report, nodeTls),
    );
  });
}

function asText(report: ProviderReport, nodeTls: NodeTlsFacts | undefined): string {
  const { fips, libraryVersion, selfTests, memory } = report;
  return pairs([
    ['mode', fips === 'required' ? 'FIPS provider required' : 'off: this is not the FIPS provider'],
    ['library', libraryVersion],
    ...moduleFacts(report),
    [
      'self tests',
      selfTests.length === 0 ? 'none' : `${passed(selfTests).length} of ${selfTests.length} passed`,
    ],
    ...testNames(selfTests),
    ['key memory', memoryText(memory)],
    ['node TLS', nodeTls && `OpenSSL ${nodeTls.openssl} on a copy of the module`],
    ['  copy', nodeTls?.modulePath],
    ['  SHA-256', nodeTls?.sha256],
  ]);
}

function moduleFacts({ module, fips }: ProviderReport): [string, string | undefined][] {
  if (module === undefined) return [['provider', 'none']];
  return [
    ['provider', `${PROVIDER_NAMES[fips]} (${module.name} ${module.version})`],
    ['build', module.buildInfo],
    ['module', module.path && `${module.path} (${module.source})`],
    ['SHA-256', module.sha256],
  ];
}

/** OpenSSL's short name of the provider whose digest answered the self-check: with any other the core does not start. */
const PROVIDER_NAMES = { required: 'fips', off: 'default' } as const;

function asJson(report: ProviderReport): object {
  const { module, fips } = report;
  return { ...report, module: module && { provider: PROVIDER_NAMES[fips], ...module } };
}

const passed = (tests: readonly SelfTestResult[]): SelfTestResult[] =>
  tests.filter((test) => test.passed);

/** The tests by phase, in the order they ran: a report of what was tested, not only of how many. */
function testNames(tests: readonly SelfTestResult[]): [string, string][] {
  const phases = new Set(tests.map(({ type }) => type));
  return [...phases].map((phase) => {
    const members = tests.filter(({ type }) => type === phase);
    const names = members.map((test) => (test.passed ? test.name : `${test.name} FAILED`));
    return [`  ${phase}`, names.join(', ')];
  });
}

function memoryText({ secureHeap, locked }: ProviderReport['memory']): string {
  if (!secureHeap) return 'no secure heap';
  return locked ? 'secure heap, locked' : 'secure heap, NOT locked: raise the limit of `ulimit -l`';
}
