/**
 * A model server of its own process, as fast as one can be: answers each POST with the event stream of an
 * OpenAI-compatible server. The model's name says what is streamed: `<deltas>x<ms between them>`.
 */
import { createServer } from 'node:http';

const chunk = (delta, finish = null) =>
  `data: ${JSON.stringify({
    id: 'c',
    object: 'chat.completion.chunk',
    created: 1,
    model: 'm',
    choices: [{ index: 0, delta, finish_reason: finish }],
  })}\n\n`;

const server = createServer(async (request, response) => {
  let body = '';
  for await (const piece of request) body += piece;
  const [deltas, everyMs] = JSON.parse(body).model.split('x').map(Number);
  response.writeHead(200, { 'content-type': 'text/event-stream' });
  let sent = 0;
  const startedAt = performance.now();
  const send = () => {
    const due = everyMs === 0 ? deltas : Math.floor((performance.now() - startedAt) / everyMs) + 1;
    for (; sent < Math.min(due, deltas); sent += 1) response.write(chunk({ content: `${sent} ` }));
    if (sent < deltas) setTimeout(send, everyMs);
    else response.end(`${chunk({}, 'stop')}data: [DONE]\n\n`);
  };
  send();
});

process.on('SIGTERM', () => process.exit(0));
server.listen(0, '127.0.0.1', () => process.send(server.address().port));
