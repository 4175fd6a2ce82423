import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { EventStreamReader } from './event-stream.ts';

function read(...pieces: (string | Buffer)[]): string[] {
  const reader = new EventStreamReader();
  return pieces.flatMap((piece) => reader.read(Buffer.from(piece as string)));
}

describe('an event stream', () => {
  it('gives the data of each event, with or without a space before it', () => {
    expect(read('data: one\n\ndata:two\n\n')).toEqual(['one', 'two']);
  });

  it('joins the lines of one event, an empty one among them', () => {
    expect(read('data: a\ndata\ndata:  b\n\n')).toEqual(['a\n\n b']);
  });

  it('passes over comments, other fields and empty events', () => {
    expect(read(': ping\n\nevent: x\nid: 7\nretry: 1\n\ndatum: no\n\ndata: yes\n\n')).toEqual(['yes']);
  });

  it('never gives an event that was not finished', () => {
    expect(read('data: whole\n\ndata: cut\n')).toEqual(['whole']);
    expect(read('data: cut')).toEqual([]);
  });

  it('passes over a byte order mark at its start only', () => {
    expect(read('\uFEFFdata: \uFEFFa\n\n')).toEqual(['\uFEFFa']);
  });

  it('gives the same whatever the line ends are and wherever the network cuts it', () => {
    const line = fc.stringMatching(/^[^\r\n]{0,12}$/);
    const events = fc.array(fc.array(line, { minLength: 1, maxLength: 3 }), { maxLength: 5 });
    const ends = fc.constantFrom('\n', '\r', '\r\n');
    const cuts = fc.array(fc.nat(200), { maxLength: 12 });
    fc.assert(
      fc.property(events, ends, cuts, (given, end, at) => {
        const text = given.map((lines) => lines.map((one) => `data: ${one}${end}`).join('') + end).join('');
        const bytes = Buffer.from(text);
        const places = [0, ...at.filter((place) => place < bytes.length).sort((a, b) => a - b), bytes.length];
        const pieces = places.slice(1).map((to, index) => bytes.subarray(places[index], to));
        expect(read(...pieces)).toEqual(given.map((lines) => lines.join('\n')));
      }),
    );
  });
});
