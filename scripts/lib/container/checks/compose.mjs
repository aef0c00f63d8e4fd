// deploy/docker/compose.yaml, by podman-compose: what is ours runs, what is of others is left out, because their images are not
// there.

import { execFileSync } from 'node:child_process';
import { cpSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { projectRoot } from '../../paths.mjs';
import { capture } from '../../run.mjs';
import { Skip } from '../../check-list.mjs';
import { buildImage, imageName } from '../build.mjs';
import { Container, removeLeftovers, until } from '../containers.mjs';
import { expect, expectEqual, succeeded } from '../expect.mjs';

const SERVICES = ['broker', 'application', 'core', 'gateway'];
const UP_MS = 180_000;
/** A Gateway that was refused comes again after half a minute to a minute. */
const ENROLLED_MS = 120_000;
const HASH = `fetch('http://127.0.0.1:8080/hash?text=hello').then(async (answer) => {
  console.log(await answer.text()); process.exit(answer.ok ? 0 : 1) }, () => process.exit(1))`;

/** @param {import('../site.mjs').Site} site @param {import('../../check-list.mjs').CheckList} list */
export async function checkCompose({ engine, containers, steps, scratch, context }, list) {
  const directory = join(scratch, 'compose', 'docker');
  const project = `${containers.prefix}-compose`;
  const compose = (...args) =>
    engine.ask(
      'podman-compose',
      ['--project-name', project, '--file', join(directory, 'compose.yaml'), ...args],
      {
        timeoutMs: UP_MS,
      },
    );
  const container = (service) => new Container(engine, `${project}_${service}_1`);

  const started = await list.check(
    'compose.yaml: Broker, application, Core and Gateway start',
    async () => {
      if (capture('podman-compose', ['--version']) === undefined)
        throw new Skip('there is no podman-compose (on Debian: apt-get install podman-compose)');
      await steps.step('container-application', 'image of the example', (step) =>
        buildImage(engine, step, {
          target: 'application',
          name: imageName('application'),
          context,
        }),
      );
      prepare(directory);
      const up = compose('up', '--detach', '--no-build', ...SERVICES);
      succeeded(up, 'podman-compose up');
      // It ends with 0 even when podman could not start what it was told to.
      for (const service of SERVICES)
        expectEqual(container(service).state().Status, 'running', `${service}, after ${up.stderr}`);
      await container('broker').answers('cryptobroker', 'health', '--deadline-ms', '1500');
      await container('core').answers('cryptobroker', 'core', 'health', '--ready');
    },
  );
  // Not by `down`, which leaves networks and the volumes that have no name.
  const remove = () => removeLeftovers(engine, [project]);
  if (!started) return remove();
  try {
    await list.check(
      'compose.yaml: the application has its hashes made by the Broker',
      async () => {
        const application = container('application');
        await application.answers('/usr/bin/node', '-e', HASH);
        const { algorithm, hex } = JSON.parse(application.out('/usr/bin/node', '-e', HASH));
        expect(/^[0-9a-f]{64,}$/.test(hex), `the hash is ${hex}`);
        return `${algorithm} ${hex.slice(0, 16)}…`;
      },
    );
    await list.check("compose.yaml: the Gateway enrols by the README's commands", async () => {
      for (const command of commandsOfReadme()) container('core').out(...command);
      const enrolled = () =>
        container('gateway').exec('cryptobroker', 'gateway', 'status').status === 0;
      await until('the Gateway to enrol', enrolled, ENROLLED_MS);
    });
    await list.check(
      'compose.yaml: the programs tell their metrics to whoever scrapes them',
      async () => {
        const scrape = `fetch('http://127.0.0.1:9464/metrics').then(async (answer) => console.log(await answer.text()))`;
        for (const service of ['broker', 'gateway', 'core'])
          expect(
            /^crypto_fips_active(\{.*\})? 1$/m.test(
              container(service).out('/usr/bin/node', '-e', scrape),
            ),
            service,
          );
      },
    );
    await list.check('compose.yaml: everything stops in order', async () => {
      succeeded(compose('stop', ...SERVICES), 'podman-compose stop');
      for (const service of SERVICES)
        expectEqual(container(service).state().ExitCode, 0, `the exit code of ${service}`);
    });
  } finally {
    remove();
  }
}

/** A copy with secrets, without what has no image here, and without ports, which somebody else may have. */
function prepare(directory) {
  const deploy = join(projectRoot, 'deploy', 'docker');
  cpSync(deploy, directory, {
    recursive: true,
    filter: (path) => !path.startsWith(join(deploy, 'secrets')),
  });
  execFileSync(join(directory, 'make-secrets.sh'), { stdio: ['ignore', 'ignore', 'pipe'] });
  const file = join(directory, 'compose.yaml');
  writeFileSync(file, readFileSync(file, 'utf8').replaceAll(/^ +ports: .*\n/gm, ''));
}

/** What the README has a person type to tell the Core what it governs. */
function commandsOfReadme() {
  const text = readFileSync(join(projectRoot, 'deploy', 'docker', 'README.md'), 'utf8');
  const commands = [
    ...text.replaceAll(/\\\n\s*/g, '').matchAll(/^docker compose exec core (.*)$/gm),
  ];
  expect(commands.length === 3, `the README has ${commands.length} commands for the Core`);
  return commands.map(([, command]) => command.trim().split(/\s+/));
}
