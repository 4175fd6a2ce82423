#!/usr/bin/env node
/**
 * Runs `LAB_PROGRAM` in the network of the process `LAB_PID`. Its debuggers listen there; whoever reads where, on
 * standard error, is told a port of this network that leads to them.
 */
import { spawn } from 'node:child_process';
import { createServer } from 'node:net';
import { createInterface } from 'node:readline';

const { LAB_PID, LAB_PROGRAM, ...env } = process.env;
const inLab = ['-t', LAB_PID, '-n', '-m'];
const DEBUGGER = /^((?:Debugger|DevTools) listening on ws:\/\/127\.0\.0\.1:)(\d+)(.*)$/;
const PASS_ON = `
  const s = require('node:net').connect(Number(process.argv[1]), '127.0.0.1');
  process.stdin.pipe(s).pipe(process.stdout);
  s.on('error', () => process.exit(1)).on('close', () => process.exit(0));`;

/** The port here that leads to a port there. */
function leadTo(port) {
  const server = createServer((socket) => {
    const way = spawn('nsenter', [...inLab, process.execPath, '-e', PASS_ON, port], {
      stdio: ['pipe', 'pipe', 'ignore'],
    });
    const end = () => socket.destroy();
    way.stdin.on('error', end);
    socket.on('error', () => way.kill()).on('close', () => way.kill());
    way.on('exit', end);
    socket.pipe(way.stdin);
    way.stdout.pipe(socket);
  });
  return new Promise((resolve) => server.listen(0, '127.0.0.1', () => resolve(server.address().port)));
}

const program = spawn('nsenter', [...inLab, LAB_PROGRAM, ...process.argv.slice(2)], {
  env,
  stdio: ['inherit', 'inherit', 'pipe'],
});
program.on('exit', (code) => process.exit(code ?? 1));
for await (const line of createInterface({ input: program.stderr })) {
  const [, before, port, after] = DEBUGGER.exec(line) ?? [];
  process.stderr.write(`${port ? before + (await leadTo(port)) + after : line}\n`);
}
