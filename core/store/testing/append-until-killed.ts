/** Appends to the journal named by its argument until it is killed, and prints what was acknowledged. */
import { writeSync } from 'node:fs';
import { openJournal } from '../journal.ts';

const [path, ...largest] = process.argv.slice(2);
if (path === undefined) throw new Error('name the journal');
const journal = await openJournal(path);
const acknowledged = (line: string): void => {
  writeSync(1, `${line}\n`);
};

async function appendForever(writer: number): Promise<void> {
  for (let count = 0; ; count += 1) {
    const size = (count * 7919 * (writer + 1)) % Number(largest[0] ?? 40_000);
    const id = `${process.pid}-${writer}-${count}`;
    await journal.append([{ id, body: 'é'.repeat(size) }]);
    acknowledged(id);
  }
}

await Promise.all([0, 1, 2].map(appendForever));
