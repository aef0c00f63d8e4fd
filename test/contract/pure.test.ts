import { openPure } from '../support/providers.ts';
import { describeProvider } from './provider-contract.ts';

describeProvider('pure', openPure);
