import type { Command } from 'commander';
import type { CommandContext } from '../context.ts';
import { defineDump } from '../kmip/dump.ts';
import { defineActivate, defineDestroy, defineRevoke } from '../kmip/lifecycle.ts';
import { defineAttributes, defineGet, defineLocate, defineQuery } from '../kmip/look.ts';
import { defineCreate, defineRegister } from '../kmip/make.ts';

export function defineKmip(command: Command, context: CommandContext): void {
  command.description(
    'A small KMIP client, for the Gateway and for any other KMIP server (1.0 to 1.4, 2.0, 2.1). Server, certificates and key ' +
      'come from options, CRYPTO_BROKER_KMIP_… or the configuration file.',
  );
  defineCreate(command, context);
  defineGet(command, context);
  defineLocate(command, context);
  defineAttributes(command, context);
  defineRegister(command, context);
  defineActivate(command, context);
  defineRevoke(command, context);
  defineDestroy(command, context);
  defineQuery(command, context);
  defineDump(command, context);
  command.addHelpText(
    'after',
    `
Examples:
  $ export CRYPTO_BROKER_KMIP_CA=ca.pem CRYPTO_BROKER_KMIP_CERT=app.pem CRYPTO_BROKER_KMIP_KEY=app.key
  $ cryptobroker kmip query --server gateway.example:5696
  $ cryptobroker kmip create --name backups                      prints the unique identifier
  $ cryptobroker kmip create --get --out data.key                makes a key and gets it in one message
  $ cryptobroker kmip get 2f0c… --out data.key
  $ cryptobroker kmip locate --name backups --state active
  $ cryptobroker kmip attributes 2f0c… State "Activation Date"
  $ cryptobroker kmip register --kind symmetric-key --secret-file own.key --usage encrypt,decrypt
  $ cryptobroker kmip revoke 2f0c… --reason key-compromise --message "laptop lost"
  $ xxd -p capture.bin | cryptobroker kmip dump`,
  );
}
