#!/usr/bin/env node
import { launch } from './lib/launch.mjs';

await launch(process.argv.slice(2));
