#!/usr/bin/env node
import { join } from 'node:path';
import { openCodeCache } from './code-cache.ts';
import { runParts } from './parts.ts';

const { env, platform, version, arch, execArgv } = process;
const cache = openCodeCache({
  env,
  platform,
  uid: process.geteuid?.(),
  runtime: [version, arch, env.NODE_OPTIONS, ...execArgv].join(' '),
});
runParts(join(__dirname, 'openclaw.parts'), cache, require);
