/** The least a Node process can do to ask one question: connect, send, print the answer, leave. */
import { WebSocket } from 'ws';

const socket = new WebSocket(`ws://127.0.0.1:${process.argv[2]}`, { perMessageDeflate: false });
socket.on('open', () => socket.send('{"type":"req","id":"1","method":"health"}'));
socket.on('message', (data) => {
  console.log(JSON.stringify(JSON.parse(data.toString()), null, 2));
  socket.close();
});
