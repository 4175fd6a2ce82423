import { randomBytes, randomInt } from 'node:crypto';
import { createSocket } from 'node:dgram';
import { allRecords, announcementOf } from '../../core/discovery/announcement.ts';
import { queryBytes, responseBytes } from '../../core/discovery/mdns-packet.ts';

/**
 * Sends packets that no program should trust to the multicast group: `node packet-storm.ts <address> <count> <a
 * second>`. Random bytes, real packets with bytes changed or cut off, floods of names and claims to the name of others.
 */
const [address = '127.0.0.1', count = '1000', perSecond = '2000'] = process.argv.slice(2);
const socket = createSocket({ type: 'udp4', reuseAddr: true });

const records = (instance: string, host: string, port = 18789) =>
  allRecords(
    announcementOf({ names: { instance, host }, port, txt: ['role=gateway'], addresses: ['10.7.0.2'] }),
  );
const victim = responseBytes({ answers: records('gatehost (OpenClaw)', 'gatehost', 18789) });
const question = queryBytes([{ name: '_openclaw-gw._tcp.local', type: 'PTR' }]);

function mutated(bytes: Buffer): Buffer {
  const copy = Buffer.from(bytes);
  for (let index = randomInt(1, 12); index > 0; index -= 1) copy[randomInt(copy.length)] = randomInt(256);
  return copy.subarray(0, randomInt(4) === 0 ? randomInt(copy.length) : copy.length);
}

const kinds: (() => Buffer)[] = [
  () => randomBytes(randomInt(1, 1400)),
  () => mutated(victim),
  () => mutated(question),
  () => responseBytes({ answers: records(`x${randomInt(1e9)} (OpenClaw)`, `x${randomInt(1e9)}`) }),
  () => question,
  () =>
    Buffer.concat([
      Buffer.from([0, 0, 0x84, 0, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff]),
      randomBytes(900),
    ]),
  () => Buffer.alloc(randomInt(0, 12)),
];

socket.bind(5353, () => {
  socket.setMulticastInterface(address);
  socket.setMulticastTTL(255);
  let sent = 0;
  const timer = setInterval(() => {
    for (let index = 0; index < Number(perSecond) / 50; index += 1) {
      const bytes = kinds[sent % kinds.length]?.() ?? question;
      socket.send(bytes, 5353, '224.0.0.251');
      sent += 1;
    }
    if (sent < Number(count)) return;
    clearInterval(timer);
    console.log(`sent ${sent}`);
    socket.close();
  }, 20);
});
