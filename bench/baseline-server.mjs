/**
 * What the gateway is compared with: the least a Node program can do on the same transport. Answers
 * GET /healthz, echoes each JSON message parsed and printed again, and on {"broadcast":<bytes>} sends
 * one prepared text of that size to every socket.
 */
import { createServer } from 'node:http';
import { WebSocketServer } from 'ws';

const server = createServer((request, response) => {
  const isHealth = request.url === '/healthz';
  response.writeHead(isHealth ? 200 : 404, { 'content-type': 'application/json' });
  response.end(JSON.stringify({ ok: isHealth }));
});
const sockets = new WebSocketServer({ server, perMessageDeflate: false });

sockets.on('connection', (socket) => {
  socket.on('message', (data) => {
    const message = JSON.parse(data.toString());
    if (typeof message.broadcast === 'number') broadcast(message.broadcast);
    else socket.send(JSON.stringify(message));
  });
});

function broadcast(bytes) {
  const text = Buffer.from(`{"type":"event","event":"presence"}`.padEnd(bytes));
  for (const socket of sockets.clients) socket.send(text, { binary: false });
}

process.on('SIGTERM', () => process.exit(0));
server.listen(Number(process.argv[2]), '127.0.0.1');
