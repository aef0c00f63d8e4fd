// Writes what is made from the schemas in src/config and src/profile: profiles/profile.schema.json, the tables of
// keys in profiles/README.md, and docs/configuration.md. Needs Node 24 (type stripping).
//
//   node scripts/with-node.mjs scripts/generate-schema.mjs [--check]

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { format, resolveConfig } from 'prettier';
import { SETTINGS, UNUSED_VARIABLES } from '../src/config/index.ts';
import { defaultWords } from '../src/config/definitions.ts';
import { publishedSchema } from '../src/profile/published-schema.ts';
import { writeOrCheck } from './lib/generated-file.mjs';
import { projectRoot } from './lib/paths.mjs';

const INTRO = `# Configuration

<!-- Made by scripts/generate-schema.mjs from src/config/settings.ts. Change the schema there. -->

Every setting can be given in four places. The first that has one decides:

1. a flag on the command line,
2. an environment variable; an empty one counts as not set,
3. the YAML file named by \`--config FILE\` or \`CRYPTO_BROKER_CONFIG\`,
4. the default.

\`cryptobroker config\` prints the result, with the place each value came from. A wrong value stops the program with exit code
3 wherever it stands, even where a stronger place overrides it; all mistakes are reported at once. An unknown key in the file
is a mistake. An unknown variable that begins with \`CRYPTO_BROKER_\` is a warning, with the name that was probably meant.

The file spells the keys of the table as maps, and may be read by everybody but written by nobody except its owner and group:

\`\`\`yaml
profilesDir: /etc/crypto-broker/profiles
sockets:
  - /tmp/open-crypto-broker/crypto-broker-server.sock
log:
  level: warn
pool:
  queue: 4096
\`\`\`

On the command line a list is a repeated flag (\`--socket /a.sock --socket /b.sock\`), in the environment it is separated by
colons, in the variables of OpenTelemetry by commas. A flag for yes or no has no value; in the environment it is \`true\`,
\`on\`, \`1\`, \`false\`, \`off\` or \`0\`.
\`CRYPTO_BROKER_APP_ENV\` and the older \`APP_ENV\` are \`prod\` or \`dev\`, and \`dev\` means \`dev: true\`; since other software uses
\`APP_ENV\` too, its other values are ignored with a warning. \`--socket\` means \`sockets\` with \`cryptobroker server\`, and
\`client.socket\` with the commands that call a server.

Some rules join settings: \`crypto.provider: pure\` needs \`fips: off\`, and serves with \`transport: grpc-js\` alone;
\`benchmark.caCert\` and \`benchmark.privateKey\` need each other, \`telemetry.otlp.clientCertificate\` and \`clientKey\` too; and the
exporter \`none\` stands alone.

## Inherited sockets

\`cryptobroker server\` takes over the listening Unix sockets of a service manager (systemd socket activation, sd_listen_fds(3)):
\`LISTEN_FDS\` of them, from descriptor 3 on, if \`LISTEN_PID\` names this process; at most 16. They are served in addition to
\`sockets\`, whose default is then not opened: without \`--socket\` the inherited ones are all there is. Their files belong to the
service manager, with the mode that it gave them, and stay when the server ends. Anything but a listening Unix stream socket ends
the start with SOCKET_INHERITED_UNUSABLE. Descriptors survive only in the process that was started: let the unit start
\`bin/cryptobroker.mjs\` under Node 24 or later itself, with \`ExecStart=/usr/bin/node …/bin/cryptobroker.mjs server\`.

## Settings
`;

const OUTRO = `## Variables that are accepted and not used

The Open Crypto Broker has these too. They may stay set; \`cryptobroker config\` lists those that are, as not used by this
version. Their values are neither kept nor printed.
`;

/** Sections with a table of their own. */
const APART = ['Profiles', 'API'];
const HEAD = `${row(['key', 'required', 'value', 'meaning'])}\n${row(['---', '---', '---', '---'])}`;

const schema = publishedSchema();
const schemaPath = join(projectRoot, 'profiles', 'profile.schema.json');
const style = { ...(await resolveConfig(schemaPath)), filepath: schemaPath };
writeOrCheck(schemaPath, await format(JSON.stringify(schema), style));

const readmePath = join(projectRoot, 'profiles', 'README.md');
writeOrCheck(readmePath, withTables(readFileSync(readmePath, 'utf8'), keyTables()));

writeOrCheck(join(projectRoot, 'docs', 'configuration.md'), configuration());

/** Puts `tables` between the two marks of a document. */
function withTables(document, tables) {
  const marks = /(<!-- keys: [^>]*-->\n)[\s\S]*?(<!-- end of keys -->)/;
  if (!marks.test(document)) throw new Error('profiles/README.md has lost the marks of its tables');
  return document.replace(marks, (_, before, after) => `${before}\n${tables}\n\n${after}`);
}

/** Every key a profile file may have: one table a section. */
function keyTables() {
  const [list, global] = schema.oneOf;
  const ownOfList = ['Settings', 'KMS'].map((name) => [name, list.items.properties[name]]);
  const profile = {
    required: list.items.required,
    properties: {
      ...global.properties.Profiles.items.properties,
      ...Object.fromEntries(ownOfList),
    },
  };
  const tables = [
    ['Top of the file (generation C)', keysOf(global)],
    ['A profile (`Settings` and `KMS`: generations A and B only)', keysOf(profile)],
    ...Object.entries(schema.definitions.API.properties).map(([name, section]) => [
      `\`API.${name}\``,
      keysOf(resolve(section)),
    ]),
  ];
  return tables.map(([title, rows]) => `### ${title}\n\n${HEAD}\n${rows.join('\n')}`).join('\n\n');
}

/** One row for each key below `section`, inner ones by their path. */
function keysOf(section, prefix = '') {
  return Object.entries(section.properties).flatMap(([name, value]) => {
    const { description = '', ...inner } = resolve(value);
    const required = section.required?.includes(name) ? 'yes' : 'no';
    const own = row([`\`${prefix}${name}\``, required, kindOf(inner), cell(description)]);
    return [own, ...(APART.includes(name) ? [] : keysInside(inner, `${prefix}${name}.`))];
  });
}

function keysInside(section, prefix) {
  const [byPattern] = Object.values(section.patternProperties ?? {});
  if (byPattern) return keysOf(resolve(byPattern), `${prefix}ALGORITHM.`);
  return section.properties ? keysOf(section, prefix) : [];
}

function resolve(value) {
  return value.$ref ? schema.definitions[value.$ref.split('/').at(-1)] : value;
}

/** What a value may be, in a few words. */
function kindOf(value) {
  const names = value.enum ?? value.anyOf?.find((part) => part.enum)?.enum;
  if (names) return names.map((name) => `\`${name}\``).join(' ');
  if (value.anyOf) return 'duration';
  if (value.type === 'array') {
    const items = resolve(value.items);
    return items.enum ? `list of ${kindOf(items)}` : 'list';
  }
  if (Array.isArray(value.type)) return 'text or map';
  if (value.pattern?.startsWith('^\\d{4}-')) return 'date';
  if (value.type === 'integer') return `${value.minimum} to ${value.maximum}`;
  if (value.type === 'string') return value.maxLength ? `text, at most ${value.maxLength}` : 'text';
  return { boolean: '`true` or `false`', object: 'map' }[value.type];
}

function configuration() {
  const settings = SETTINGS.map((setting) =>
    row([
      `\`${setting.key}\``,
      flagOf(setting),
      [setting.env, ...(setting.envAliases ?? []).map(({ env }) => env)]
        .map((name) => `\`${name}\``)
        .join(' '),
      valueOf(setting),
      cell(setting.defaultText ?? `\`${defaultWords(setting)}\``),
      cell(setting.description),
    ]),
  );
  const unused = UNUSED_VARIABLES.map(({ name, purpose }) => row([`\`${name}\``, purpose]));
  return `${INTRO}
${row(['key', 'flag', 'environment', 'value', 'default', 'what it decides'])}
${row(Array(6).fill('---'))}
${settings.join('\n')}

${OUTRO}
${row(['variable', 'in the original'])}
${row(['---', '---'])}
${unused.join('\n')}
`;
}

/** A secret has none; what OpenTelemetry names by a variable has that. */
function flagOf({ flag, secret }) {
  if (flag !== undefined) return `\`${flag}\``;
  return secret ? 'none: a list of processes would show it' : 'none';
}

function valueOf({ choices, type, minimum, maximum, key, placeholder, secret }) {
  if (choices) {
    const names = choices.map((choice) => `\`${choice}\``).join(' ');
    return type === 'list' ? `list of ${names}` : names;
  }
  if (type === 'integer' || type === 'number') return `${minimum} to ${maximum}`;
  if (type === 'list') return 'list of paths';
  if (type === 'boolean') return '`true` or `false`';
  const words = {
    text: 'text',
    duration: 'duration: `30s`, `1m30s`',
    'name=value,…': 'name=value,…',
    'URL or host:port': 'URL or HOST:PORT',
    host: 'host name or address',
    identity: 'SPIFFE id, name or address',
    'host:port': 'HOST:PORT',
    name: 'letters, digits and `.` `_` `-`',
  };
  if (placeholder in words) return words[placeholder];
  if (secret) return '64 hexadecimal digits';
  return key === 'client.socket' || key.startsWith('kmip.') ? 'path' : 'absolute path';
}

function row(cells) {
  return `| ${cells.join(' | ')} |`;
}

function cell(text) {
  return text.replaceAll('|', '\\|');
}
