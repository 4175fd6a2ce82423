/**
 * Answers as systemctl, loginctl, journalctl, launchctl, schtasks and powershell do, and really starts and stops what a
 * service definition names: `node scripted.mjs <program> <args …>`. State is in the directory `SERVICE_MANAGERS_DIR`:
 * `calls.jsonl` (what was asked), `answers.json` (recorded answers that come instead), one directory for each service.
 */
import { execFileSync, spawn } from 'node:child_process';
import {
  appendFileSync,
  existsSync,
  mkdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';

const [program, ...args] = process.argv.slice(2);
const dir = process.env.SERVICE_MANAGERS_DIR;
const home = process.env.HOME;
appendFileSync(join(dir, 'calls.jsonl'), `${JSON.stringify([program, ...args])}\n`);

const say = (text) => process.stdout.write(`${text}\n`);
const fail = (exitCode, text) => {
  process.stderr.write(`${text}\n`);
  process.exit(exitCode);
};

const file = (name) => (existsSync(join(dir, name)) ? readFileSync(join(dir, name), 'utf8') : undefined);
const recorded = JSON.parse(file('answers.json') ?? '[]').find(
  (answer) => answer.program === program && args.join(' ').includes(answer.args),
);
if (recorded) {
  process.stdout.write(recorded.stdout ?? '');
  process.stderr.write(recorded.stderr ?? '');
  process.exit(recorded.exitCode);
}

// --- one service

const placeOf = (name) => join(dir, `service-${name.replace(/[^\w.-]/g, '_')}`);
function statusOf(name) {
  const path = join(placeOf(name), 'status.json');
  if (!existsSync(path)) return { active: 'inactive', sub: 'dead', pid: 0, restarts: 0, supervisor: 0 };
  return JSON.parse(readFileSync(path, 'utf8'));
}
const pause = () => Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 20);
function isAlive(pid) {
  try {
    process.kill(pid, 0);
    return !/^\d+ \(.*\) Z/s.test(readFileSync(`/proc/${pid}/stat`, 'utf8'));
  } catch {
    return false;
  }
}
function stop(name) {
  const { supervisor } = statusOf(name);
  if (!supervisor || !isAlive(supervisor)) return;
  process.kill(supervisor, 'SIGTERM');
  while (isAlive(supervisor)) pause();
}
function start(name, order) {
  const place = placeOf(name);
  mkdirSync(place, { recursive: true });
  rmSync(join(place, 'status.json'), { force: true });
  const orderFile = join(place, 'order.json');
  // Nothing of the caller's environment: a service manager has one of its own.
  const env = {
    HOME: home,
    USER: 'someone',
    PATH: '/usr/local/bin:/usr/bin:/bin',
    TMPDIR: process.env.TMPDIR ?? '/tmp',
  };
  const output = order.output ?? join(place, 'output.log');
  writeFileSync(orderFile, JSON.stringify({ ...order, output, env: { ...env, ...order.env } }));
  const child = spawn(process.execPath, [join(import.meta.dirname, 'supervisor.mjs'), orderFile], {
    detached: true,
    stdio: 'ignore',
  });
  child.unref();
  appendFileSync(join(dir, 'supervisors'), `${child.pid}\n`);
  while (!existsSync(join(place, 'status.json'))) pause();
}

// --- systemd

const unitDir = join(process.env.XDG_CONFIG_HOME ?? join(home ?? '/', '.config'), 'systemd', 'user');
const loadedFile = (unit) => join(placeOf(unit), 'loaded.unit');

function unitWords(line) {
  const words = [];
  for (const [, quoted, bare] of line.matchAll(/"((?:[^"\\]|\\.)*)"|(\S+)/g)) {
    words.push(
      (quoted === undefined ? bare : unescaped(quoted)).replaceAll('%%', '%').replaceAll('%h', home),
    );
  }
  return words;
}
const unescaped = (text) =>
  text.replace(/\\(?:x(..)|(.))/g, (_, hex, char) =>
    hex ? String.fromCharCode(Number.parseInt(hex, 16)) : ({ n: '\n', t: '\t', r: '\r' }[char] ?? char),
  );
function readUnit(text) {
  const settings = text
    .split('\n')
    .filter((line) => /^\w+=/.test(line))
    .map((line) => [line.slice(0, line.indexOf('=')), line.slice(line.indexOf('=') + 1)]);
  const all = (key) => settings.filter(([name]) => name === key).map(([, value]) => value);
  return {
    argv: unitWords(all('ExecStart').at(-1)).map((word, index) =>
      index === 0 ? word : word.replaceAll('$$', '$'),
    ),
    env: Object.fromEntries(
      all('Environment')
        .flatMap(unitWords)
        .map((word) => [word.slice(0, word.indexOf('=')), word.slice(word.indexOf('=') + 1)]),
    ),
    cwd: home,
    restart: all('Restart').at(-1) === 'always',
    restartMs: 100,
    burst: Number(all('StartLimitBurst').at(-1) ?? 5),
    neverAfter: all('RestartPreventExitStatus').map(Number),
  };
}
function loadUnits() {
  for (const name of existsSync(unitDir)
    ? execFileSync('ls', [unitDir], { encoding: 'utf8' }).split('\n')
    : []) {
    if (!name.endsWith('.service')) continue;
    mkdirSync(placeOf(name), { recursive: true });
    writeFileSync(loadedFile(name), readFileSync(join(unitDir, name)));
  }
}
const isKnown = (unit) => existsSync(loadedFile(unit));
const wants = (unit) => join(unitDir, 'default.target.wants', unit);

function systemctl() {
  const words = args.filter((word) => !word.startsWith('--'));
  const [verb, unit] = words;
  const needUnit = () => isKnown(unit) || fail(5, `Failed to ${verb} ${unit}: Unit ${unit} not found.`);
  switch (verb) {
    case 'show-environment':
      return say(
        `HOME=${/[^\w/.-]/.test(home) ? `$'${home}'` : home}\nLANG=C.UTF-8\nXDG_RUNTIME_DIR=/run/user/1000`,
      );
    case 'daemon-reload':
      return loadUnits();
    case 'enable':
      if (!existsSync(join(unitDir, unit)))
        fail(1, `Failed to enable unit: Unit file ${unit} does not exist.`);
      mkdirSync(dirname(wants(unit)), { recursive: true });
      rmSync(wants(unit), { force: true });
      symlinkSync(join(unitDir, unit), wants(unit));
      process.stderr.write(`Created symlink ${wants(unit)} → ${join(unitDir, unit)}.\n`);
      return loadUnits();
    case 'disable':
      if (!existsSync(join(unitDir, unit)))
        fail(1, `Failed to disable unit: Unit file ${unit} does not exist.`);
      rmSync(wants(unit), { force: true });
      process.stderr.write(`Removed "${wants(unit)}".\n`);
      return args.includes('--now') ? stop(unit) : undefined;
    case 'reset-failed':
      return isKnown(unit)
        ? undefined
        : fail(1, `Failed to reset failed state of unit ${unit}: Unit ${unit} not loaded.`);
    case 'start':
      needUnit();
      if (isAlive(statusOf(unit).supervisor)) return;
      return start(unit, readUnit(readFileSync(loadedFile(unit), 'utf8')));
    case 'restart':
      needUnit();
      stop(unit);
      return start(unit, readUnit(readFileSync(loadedFile(unit), 'utf8')));
    case 'stop':
      needUnit();
      return stop(unit);
    case 'show':
      return say(shown(unit));
    default:
      return fail(1, `Unknown command verb '${verb}'.`);
  }
}
function shown(unit) {
  if (!existsSync(join(unitDir, unit)) && !isAlive(statusOf(unit).supervisor))
    return 'LoadState=not-found\nActiveState=inactive\nSubState=dead\nUnitFileState=\nMainPID=0\nExecMainCode=0\nExecMainStatus=0\nFragmentPath=\nDropInPaths=\nResult=success\nNRestarts=0';
  const { active, sub, pid, exitCode, signal, restarts } = statusOf(unit);
  const code = signal === undefined ? (exitCode === undefined ? 0 : 1) : 2;
  return [
    'LoadState=loaded',
    `ActiveState=${active}`,
    `SubState=${sub}`,
    `UnitFileState=${existsSync(wants(unit)) ? 'enabled' : 'disabled'}`,
    `MainPID=${pid}`,
    `ExecMainCode=${code}`,
    `ExecMainStatus=${signal ?? exitCode ?? 0}`,
    `FragmentPath=${join(unitDir, unit)}`,
    'DropInPaths=',
    `Result=${active === 'failed' ? 'exit-code' : 'success'}`,
    `NRestarts=${restarts}`,
  ].join('\n');
}

function loginctl() {
  const linger = join(dir, 'linger');
  const [verb, user] = args;
  if (verb === 'show-user') return say(`Linger=${existsSync(linger) ? 'yes' : 'no'}`);
  if (verb === 'enable-linger') return writeFileSync(linger, user);
  if (verb === 'disable-linger') return rmSync(linger, { force: true });
  return fail(1, `Unknown command verb '${verb}'.`);
}

function journalctl() {
  const unit = args[args.indexOf('-u') + 1];
  const log = join(placeOf(unit), 'output.log');
  if (existsSync(log)) process.stdout.write(readFileSync(log, 'utf8').split('\n').slice(-11).join('\n'));
}

// --- launchd

/** Read without our own reader, so that both would have to be wrong in the same way. */
function plistJson(path) {
  const tags = [
    ...readFileSync(path, 'utf8').matchAll(
      /<(key|string|integer)>([^<]*)<\/|<(\/?(?:dict|array)|true|false)\/?>/g,
    ),
  ];
  const plain = (text) =>
    text.replace(/&(#?\w+);/g, (_, name) =>
      name[0] === '#'
        ? String.fromCodePoint(Number(name.slice(1)))
        : { lt: '<', gt: '>', quot: '"', amp: '&' }[name],
    );
  const value = ([, name, text, mark]) => {
    if (mark === 'true' || mark === 'false') return mark === 'true';
    if (name !== undefined) return name === 'integer' ? Number(text) : plain(text);
    const items = [];
    for (let tag = tags.shift(); !tag[3]?.startsWith('/'); tag = tags.shift()) items.push(value(tag));
    if (mark === 'array') return items;
    return Object.fromEntries(
      items.flatMap((item, index) => (index % 2 === 0 ? [[item, items[index + 1]]] : [])),
    );
  };
  return value(tags.shift());
}

const offList = join(process.env.SERVICE_MANAGERS_DIR, 'launchd-disabled');
const switchedOff = () =>
  existsSync(offList) ? readFileSync(offList, 'utf8').split('\n').filter(Boolean) : [];

function launchctl() {
  const [verb, ...rest] = args;
  const target = rest.at(-1);
  const label = target.split('/')[2];
  const loaded = (name) => join(placeOf(name), 'loaded.plist');
  const absent = () =>
    fail(113, `Could not find service "${label}" in domain for user gui: ${target.split('/')[1]}`);
  switch (verb) {
    case 'print':
      if (label === undefined) return say(`${target} = {\n\ttype = login\n}`);
      return existsSync(loaded(label)) ? say(printed(target, label, loaded(label))) : absent();
    case 'print-disabled':
      return say(
        `\tdisabled services = {\n${switchedOff()
          .map((name) => `\t\t"${name}" => disabled\n`)
          .join('')}\t}`,
      );
    case 'enable':
      return writeFileSync(
        offList,
        switchedOff()
          .filter((name) => name !== label)
          .join('\n'),
      );
    case 'disable':
      return writeFileSync(offList, [...switchedOff(), label].join('\n'));
    case 'bootstrap': {
      const plist = plistJson(target);
      if (existsSync(loaded(plist.Label))) fail(5, 'Bootstrap failed: 5: Input/output error');
      mkdirSync(placeOf(plist.Label), { recursive: true });
      writeFileSync(loaded(plist.Label), target);
      return plist.RunAtLoad ? launch(plist) : undefined;
    }
    case 'kickstart':
      if (!existsSync(loaded(label))) return absent();
      if (rest.includes('-k')) stop(label);
      if (isAlive(statusOf(label).supervisor)) return undefined;
      return launch(plistJson(readFileSync(loaded(label), 'utf8')));
    case 'bootout':
      if (!existsSync(loaded(label))) return fail(3, 'Boot-out failed: 3: No such process');
      stop(label);
      return rmSync(loaded(label));
    default:
      return fail(64, `Unrecognized subcommand: ${verb}`);
  }
}
const launch = (plist) =>
  start(plist.Label, {
    argv: plist.ProgramArguments,
    env: plist.EnvironmentVariables,
    cwd: plist.WorkingDirectory,
    restart: plist.KeepAlive === true,
    restartMs: 100,
    burst: 5,
    neverAfter: [],
    output: plist.StandardErrorPath,
  });
function printed(target, label, plist) {
  const { active, pid, exitCode } = statusOf(label);
  const state = active === 'active' ? 'running' : active === 'activating' ? 'spawn scheduled' : 'not running';
  const lines = [
    `path = ${readFileSync(plist, 'utf8')}`,
    'type = LaunchAgent',
    `state = ${state}`,
    '',
    `program = node`,
  ];
  if (pid > 0) lines.push(`pid = ${pid}`);
  lines.push(`last exit code = ${exitCode ?? '(never exited)'}`, 'spawn type = interactive (4)');
  return `${target} = {\n\tactive count = 1\n${lines.map((line) => `\t${line}`).join('\n')}\n\tenvironment = {\n\t\tpid = 1\n\t}\n}`;
}

// --- Windows

const registered = (task) => join(placeOf(task), 'task.xml');
function schtasks() {
  const value = (flag) => args[args.indexOf(flag) + 1];
  const task = value('/TN');
  const [verb] = args;
  if (args.includes('/?')) return say('SCHTASKS /Query');
  if (verb === '/Create') {
    mkdirSync(placeOf(task), { recursive: true });
    const bytes = readFileSync(value('/XML'));
    if (bytes[0] !== 0xff || bytes[1] !== 0xfe)
      fail(1, 'ERROR: The task XML is malformed.\n(1,40)::ERROR: switch from current encoding');
    writeFileSync(registered(task), bytes);
    return say(`SUCCESS: The scheduled task "${task}" has successfully been created.`);
  }
  if (!existsSync(registered(task))) return fail(1, 'ERROR: The system cannot find the file specified.');
  const xml = readFileSync(registered(task), 'utf16le').slice(1);
  if (verb === '/Query') return process.stdout.write(xml);
  if (verb === '/Run') return runTask(task, xml);
  if (verb === '/End') return stop(task);
  if (verb === '/Change' && args.includes('/DISABLE')) {
    const off = xml.replace(/(<Settings>[\s\S]*<Enabled>)true/, '$1false');
    return writeFileSync(registered(task), Buffer.from(`\uFEFF${off}`, 'utf16le'));
  }
  if (verb === '/Delete') return rmSync(registered(task));
  return fail(1, `ERROR: Invalid argument/option - '${verb}'.`);
}
function runTask(task, xml) {
  if (isAlive(statusOf(task).supervisor)) return;
  const text = (name) =>
    (new RegExp(`<${name}>([^<]*)</${name}>`).exec(xml)?.[1] ?? '')
      .replace(/&quot;/g, '"')
      .replace(/&lt;/g, '<')
      .replace(/&gt;/g, '>')
      .replace(/&amp;/g, '&');
  const words = [...text('Arguments').matchAll(/"((?:[^"\\]|\\.)*)"|(\S+)/g)].map(
    ([, quoted, bare]) => quoted ?? bare,
  );
  if (!/conhost\.exe$/i.test(text('Command')) || words.shift() !== '--headless') fail(1, 'ERROR: not hidden');
  start(task, {
    argv: words,
    env: {},
    cwd: text('WorkingDirectory'),
    restart: false,
    restartMs: 100,
    burst: 0,
    neverAfter: [],
  });
}
function powershell() {
  const task = /GetTask\('([^']*)'\)/.exec(args.at(-1))?.[1];
  if (!existsSync(registered(task))) return say('{"found":false}');
  const { active, exitCode } = statusOf(task);
  const state = active === 'active' ? 4 : 3;
  return say(
    JSON.stringify({ found: true, state, lastResult: state === 4 ? 0x41301 : (exitCode ?? 0x41306) }),
  );
}

const programs = { systemctl, loginctl, journalctl, launchctl, schtasks, powershell };
programs[program]();
