const FINAL_TEXT = 0x81;

/**
 * A text message as a server sends it, with its head: whole and unmasked. `start` is UTF-8; being made once, it serves
 * many messages that differ in `end` only. Source: RFC 6455, section 5.2.
 */
export function textFrame(start: Buffer, end = ''): Buffer {
  const length = start.length + Buffer.byteLength(end);
  const headLength = length < 126 ? 2 : length < 65_536 ? 4 : 10;
  const frame = Buffer.allocUnsafe(headLength + length);
  frame[0] = FINAL_TEXT;
  if (headLength === 2) frame[1] = length;
  else if (headLength === 4) {
    frame[1] = 126;
    frame.writeUInt16BE(length, 2);
  } else {
    frame[1] = 127;
    frame.writeBigUInt64BE(BigInt(length), 2);
  }
  start.copy(frame, headLength);
  frame.write(end, headLength + start.length);
  return frame;
}
