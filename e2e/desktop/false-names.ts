import { createSocket } from 'node:dgram';
import { allRecords, announcementOf } from '../../core/discovery/announcement.ts';
import { responseBytes } from '../../core/discovery/mdns-packet.ts';

/** Announces that many gateways which are not there: `node false-names.cjs <own address> <count>`. */
const [address = '127.0.0.1', count = '1'] = process.argv.slice(2);
const socket = createSocket({ type: 'udp4', reuseAddr: true });

socket.bind(5353, () => {
  socket.setMulticastInterface(address);
  socket.setMulticastTTL(255);
  const packets = Array.from({ length: Number(count) }, (_, index) => {
    const names = { instance: `false ${index} (OpenClaw)`, host: `false${index}` };
    const addresses = [`10.7.${1 + (index >> 8)}.${index & 255}`];
    return responseBytes({
      answers: allRecords(announcementOf({ names, port: 18789, txt: ['role=gateway'], addresses })),
    });
  });
  // Below the number of packets a second that are listened to.
  const timer = setInterval(() => {
    const packet = packets.shift();
    if (packet) return void socket.send(packet, 5353, '224.0.0.251');
    clearInterval(timer);
    console.log('sent');
    socket.close();
  }, 4);
});
