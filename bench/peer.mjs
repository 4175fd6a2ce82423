/** One WebSocket to a measured server, ready for requests. Parses no answers: the client must not be the bottleneck. */
import { once } from 'node:events';
import { WebSocket } from 'ws';
import { token } from './server-process.mjs';

const connectParams = {
  minProtocol: 4,
  maxProtocol: 4,
  client: { id: 'cli', version: 'bench', platform: process.platform, mode: 'cli' },
  role: 'operator',
  scopes: ['operator.read', 'operator.admin'],
  auth: { token },
};

export async function open(subject, port) {
  const socket = new WebSocket(`ws://127.0.0.1:${port}`, { perMessageDeflate: false });
  if (subject.name === 'baseline') {
    await once(socket, 'open');
    return socket;
  }
  return handshake(socket);
}

function handshake(socket) {
  return new Promise((resolve, reject) => {
    socket.on('error', reject);
    socket.on('message', function receive(data) {
      const frame = JSON.parse(data.toString());
      if (frame.event === 'connect.challenge') {
        socket.send(JSON.stringify({ type: 'req', id: 'connect', method: 'connect', params: connectParams }));
      }
      if (frame.type !== 'res') return;
      socket.off('message', receive);
      if (frame.ok) resolve(socket);
      else reject(new Error(`The gateway refused the benchmark: ${frame.error.message}`));
    });
  });
}

/** Opens many, a few at a time, so that no queue of half-open sockets is measured. */
export async function openMany(subject, port, count) {
  const sockets = [];
  while (sockets.length < count) {
    const batch = Array.from({ length: Math.min(20, count - sockets.length) }, () => open(subject, port));
    sockets.push(...(await Promise.all(batch)));
  }
  return sockets;
}

/** True for what answers a request: both servers send the type first, and events are told by it. */
export const isAnswer = (data) => !data.subarray(0, 32).includes('"type":"event"');
export const isPresence = (data) => data.subarray(0, 64).includes('"event":"presence"');
