/** Keeps the beginning and the end of an output of any length; what fell out between is counted. */
export class OutputWindow {
  readonly #headRoom: number;
  readonly #tailRoom: number;
  readonly #head: Buffer[] = [];
  #tail: Buffer[] = [];
  #headBytes = 0;
  #tailBytes = 0;
  total = 0;

  constructor(maxBytes: number) {
    this.#headRoom = Math.floor(maxBytes / 2);
    this.#tailRoom = maxBytes - this.#headRoom;
  }

  get leftOut(): number {
    return Math.max(0, this.total - this.#headRoom - this.#tailRoom);
  }

  add(chunk: Buffer): void {
    this.total += chunk.length;
    const room = this.#headRoom - this.#headBytes;
    const first = chunk.subarray(0, room);
    if (first.length > 0) {
      this.#head.push(Buffer.from(first));
      this.#headBytes += first.length;
    }
    if (chunk.length <= room) return;
    this.#tail.push(Buffer.from(chunk.subarray(room)));
    this.#tailBytes += chunk.length - room;
    if (this.#tailBytes > 2 * this.#tailRoom + 65_536) this.#trim();
  }

  text(): string {
    this.#trim();
    const [head, tail] = [Buffer.concat(this.#head), Buffer.concat(this.#tail)];
    if (this.leftOut === 0) return Buffer.concat([head, tail]).toString('utf8');
    const notice = `\n[… ${this.leftOut} of ${this.total} bytes of output left out …]\n`;
    return head.toString('utf8') + notice + tail.toString('utf8');
  }

  #trim(): void {
    const all = Buffer.concat(this.#tail);
    this.#tail = [all.subarray(Math.max(0, all.length - this.#tailRoom))];
    this.#tailBytes = Math.min(all.length, this.#tailRoom);
  }
}
