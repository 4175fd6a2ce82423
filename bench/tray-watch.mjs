/** A screen, a session bus, and who registers an icon on it: enough of a desktop to measure an app on. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import dbus from 'dbus-next';

const NAME = 'org.kde.StatusNotifierWatcher';
const { ACCESS_READ, Interface } = dbus.interface;

class Watcher extends Interface {
  heard = () => {};
  RegisterStatusNotifierItem() {
    this.heard();
  }
  RegisterStatusNotifierHost() {}
  StatusNotifierItemRegistered(service) {
    return service;
  }
  get IsStatusNotifierHostRegistered() {
    return true;
  }
  get ProtocolVersion() {
    return 0;
  }
}
Watcher.configureMembers({
  methods: {
    RegisterStatusNotifierItem: { inSignature: 's' },
    RegisterStatusNotifierHost: { inSignature: 's' },
  },
  signals: { StatusNotifierItemRegistered: { signature: 's' } },
  properties: {
    IsStatusNotifierHostRegistered: { signature: 'b', access: ACCESS_READ },
    ProtocolVersion: { signature: 'i', access: ACCESS_READ },
  },
});

/** `env` is for programs that are to be shown there; `icon()` resolves when the next one has registered its icon. */
export async function openScreen() {
  const screen = spawn('Xvfb', ['-screen', '0', '1280x900x24', '-nolisten', 'tcp', '-displayfd', '3'], {
    stdio: ['ignore', 'ignore', 'ignore', 'pipe'],
  });
  const bus = spawn('dbus-daemon', ['--session', '--nofork', '--nopidfile', '--print-address=1'], {
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  const [display, address] = await Promise.all([screen.stdio[3], bus.stdout].map(firstLine));
  const connection = dbus.sessionBus({ busAddress: address });
  const watcher = new Watcher(NAME);
  connection.export('/StatusNotifierWatcher', watcher);
  await connection.requestName(NAME, 0);
  return {
    env: { DISPLAY: `:${display}`, DBUS_SESSION_BUS_ADDRESS: address },
    icon: () =>
      new Promise((resolve) => {
        watcher.heard = resolve;
      }),
    async close() {
      connection.disconnect();
      for (const child of [bus, screen]) {
        const gone = once(child, 'exit');
        child.kill('SIGKILL');
        await gone;
      }
    },
  };
}

async function firstLine(stream) {
  let text = '';
  for await (const chunk of stream) {
    text += String(chunk);
    if (text.includes('\n')) return text.split('\n')[0];
  }
  throw new Error('The screen or its bus did not start.');
}
