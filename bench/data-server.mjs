/** Gives and takes as many bytes as it is asked to: `GET /<bytes>`, `POST /`. Prints its port. */
import { createServer } from 'node:http';

const piece = Buffer.alloc(65_536, 'x');

const server = createServer((request, response) => {
  const bytes = Number(request.url.slice(1));
  if (request.method === 'POST') {
    request.resume().on('end', () => response.end());
  } else if (bytes > 0) {
    response.setHeader('content-length', bytes);
    give(response, bytes);
  } else {
    response.writeHead(404, { 'content-length': 0 }).end();
  }
});

function give(response, bytes) {
  for (let left = bytes; left > 0; left -= piece.length) {
    const isTaken = response.write(left >= piece.length ? piece : piece.subarray(0, left));
    if (!isTaken && left > piece.length) {
      response.once('drain', () => give(response, left - piece.length));
      return;
    }
  }
  response.end();
}

server.listen(0, '127.0.0.1', () => console.log(server.address().port));
