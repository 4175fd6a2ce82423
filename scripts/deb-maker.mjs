#!/usr/bin/env node
/**
 * Stands in for fpm where fpm cannot be had: makes a .deb of what electron-builder asks fpm for, with dpkg-deb,
 * without compression. Tests use it, releases do not: `CUSTOM_FPM_PATH=scripts/deb-maker.mjs`.
 */
import { execFileSync } from 'node:child_process';
import { chmodSync, copyFileSync, cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';

const LISTS = { '-d': 'depends', '--depends': 'depends', '--deb-recommends': 'recommends' };
const SWITCHES = ['--force', '--debug'];
const SCRIPTS = { '--after-install': 'postinst', '--after-remove': 'postrm' };

/** fpm's arguments: options by name, the lists among them, and `source=target` pairs. */
export function readArguments(args) {
  const found = { options: {}, depends: [], recommends: [], files: [] };
  for (let index = 0; index < args.length; index += 1) {
    const name = args[index];
    if (SWITCHES.includes(name)) continue;
    if (!name.startsWith('-')) {
      const at = name.lastIndexOf('=');
      found.files.push({ source: name.slice(0, at), target: name.slice(at + 1) });
      continue;
    }
    index += 1;
    if (LISTS[name]) found[LISTS[name]].push(args[index]);
    else found.options[name] = args[index];
  }
  return found;
}

/** The control file; lines without a value are left out. */
export function controlText({ options, depends, recommends }, kilobytes) {
  const fields = {
    Package: options['--name'],
    Version: options['--version'],
    Architecture: options['--architecture'],
    Maintainer: options['--maintainer'],
    'Installed-Size': kilobytes,
    Depends: depends.join(', '),
    Recommends: recommends.join(', '),
    Section: 'net',
    Priority: options['--deb-priority'],
    Homepage: options['--url'],
    Description: options['--description']?.trim().replaceAll('\n', '\n '),
  };
  const lines = Object.entries(fields).filter(([, value]) => value !== undefined && value !== '');
  return `${lines.map(([name, value]) => `${name}: ${value}`).join('\n')}\n`;
}

function makeDeb(found) {
  const { options, files } = found;
  if (options['-t'] !== 'deb') throw new Error('Only .deb can be made here.');
  const root = mkdtempSync(join(tmpdir(), 'openclaw-deb-'));
  try {
    chmodSync(root, 0o755);
    for (const { source, target } of files) {
      const destination = join(root, target);
      mkdirSync(dirname(destination), { recursive: true });
      cpSync(source, destination, { recursive: true, preserveTimestamps: true, verbatimSymlinks: true });
    }
    const size = execFileSync('du', ['-sk', root], { encoding: 'utf8' }).split('\t')[0];
    mkdirSync(join(root, 'DEBIAN'));
    writeFileSync(join(root, 'DEBIAN', 'control'), controlText(found, size));
    for (const [option, name] of Object.entries(SCRIPTS)) {
      if (!options[option]) continue;
      copyFileSync(options[option], join(root, 'DEBIAN', name));
      chmodSync(join(root, 'DEBIAN', name), 0o755);
    }
    const build = ['--root-owner-group', '-Znone', '--build', root, options['--package']];
    execFileSync('dpkg-deb', build, { stdio: 'inherit' });
  } finally {
    rmSync(root, { recursive: true, force: true });
  }
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href)
  makeDeb(readArguments(process.argv.slice(2)));
