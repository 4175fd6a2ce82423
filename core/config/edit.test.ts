import fc from 'fast-check';
import JSON5 from 'json5';
import { describe, expect, it } from 'vitest';
import { type ConfigPath, isObject, isPrototypeKey } from './config-path.ts';
import { editText, rewriteText } from './edit.ts';
import { mergePatch } from './merge-patch.ts';

const set = (text: string, path: ConfigPath, value: unknown): string => editText(text, [{ path, value }]);
const remove = (text: string, path: ConfigPath): string => editText(text, [{ path, remove: true }]);

const FILE = `// top
{
  gateway: {
    port: 18789, // the port
    /* before bind */
    bind: 'loopback',
  },
  list: [1, 2 /* two */],
}
// end
`;

describe('editing JSON5 text', () => {
  it('replaces one value and leaves every other character alone', () => {
    expect(set(FILE, ['gateway', 'port'], 19001)).toBe(FILE.replace('18789', '19001'));
    expect(set(FILE, ['gateway', 'bind'], 'lan')).toBe(FILE.replace("'loopback'", "'lan'"));
  });

  it('adds a key in the style of its neighbours', () => {
    expect(set(FILE, ['gateway', 'mode'], 'local')).toBe(
      FILE.replace("'loopback',\n", "'loopback',\n    mode: 'local',\n"),
    );
    expect(set('{"a": 1}', ['b'], { c: 'x' })).toBe('{"a": 1, "b": {"c": "x"}}');
    expect(set('{\n\t"a": 1\n}\n', ['b', 'c'], true)).toBe('{\n\t"a": 1,\n\t"b": {\n\t\t"c": true\n\t}\n}\n');
  });

  it('starts a file that is empty or holds an empty object', () => {
    expect(set('', ['gateway', 'mode'], 'local')).toBe('{\n  "gateway": {\n    "mode": "local"\n  }\n}\n');
    expect(set('{ /* nothing yet */ }', ['a'], 1)).toBe('{ /* nothing yet */ "a": 1 }');
    expect(set('{\n  // nothing yet\n}', ['a'], 1)).toBe('{\n  // nothing yet\n  "a": 1\n}');
  });

  it('removes a key with its line and keeps the comments around it', () => {
    expect(remove(FILE, ['gateway', 'bind'])).toBe(FILE.replace("    bind: 'loopback',\n", ''));
    expect(remove(FILE, ['gateway', 'port'])).toContain('// the port');
    expect(remove('{"a": 1, "b": 2}', ['b'])).toBe('{"a": 1}');
    expect(remove('{"a": 1, "b": 2}', ['a'])).toBe('{"b": 2}');
    expect(remove('{a: 1}', ['x', 'y'])).toBe('{a: 1}');
  });

  it('removes every repetition of a key, or the old value would come back', () => {
    expect(JSON5.parse(remove('{a: 1, a: 2, b: 3}', ['a']))).toEqual({ b: 3 });
  });

  it('removes one element of a list even when the next one is equal', () => {
    expect(remove('{a: [1, 1, 2]}', ['a', 0])).toBe('{a: [1, 2]}');
  });

  it('refuses a path through a value that holds no keys', () => {
    expect(() => set('{a: 1}', ['a', 'b'], 1)).toThrow('a.b cannot be set');
    expect(() => set('{a: [1]}', ['a', 5], 1)).toThrow('a.5 cannot be set');
    expect(() => set('{}', ['__proto__', 'x'], 1)).toThrow('cannot be set');
  });

  it('names the form it cannot edit instead of damaging the file', () => {
    expect(() => set('{\n  a: -.5 }', ['b'], 1)).toThrow('line 2');
  });

  it('keeps the line ends of the file', () => {
    expect(set('{\r\n  a: 1,\r\n}\r\n', ['b'], 2)).toBe('{\r\n  a: 1,\r\n  b: 2,\r\n}\r\n');
  });
});

const key = fc.oneof(
  fc.constantFrom('a', 'b', 'port', 'mode', 'null', 'x y', "it's", 'q"q', '$_1', 'ü', ''),
  fc.string({ maxLength: 6 }).filter((name) => !isPrototypeKey(name)),
);
const leaf = fc.oneof(
  fc.string(),
  fc.constantFrom('\u2028', '// no comment', '/* x */', '\\', "'", '"', ',', '}'),
  fc.integer(),
  fc.double(),
  fc.boolean(),
  fc.constant(null),
);
const value = fc.letrec((tie) => ({
  any: fc.oneof({ maxDepth: 4 }, leaf, tie('object'), fc.array(tie('any'), { maxLength: 4 })),
  object: fc.dictionary(key, tie('any'), { maxKeys: 4 }),
}));

/** Writes a value as someone might by hand; every comment holds a number of its own. */
function handwritten(root: unknown, choice: () => number): { text: string; comments: string[] } {
  const comments: string[] = [];
  const gap = (): string => {
    const kind = choice() % 7;
    if (kind === 0) return '\n  ';
    if (kind === 1) return ` ${comments[comments.push(`/* ${comments.length} , } */`) - 1]} `;
    if (kind === 2) return ` ${comments[comments.push(`// ${comments.length} ] '`) - 1]}\n`;
    return kind === 3 ? '\t' : kind === 4 ? ' ' : '';
  };
  const text = (plain: string): string =>
    choice() % 2 === 0 ? JSON.stringify(plain) : JSON5.stringify(plain, { quote: "'" });
  const print = (item: unknown): string => {
    const trailing = choice() % 2 === 0 ? `,${gap()}` : '';
    if (Array.isArray(item)) {
      const inside = item.map((element) => gap() + print(element) + gap()).join(',');
      return `[${inside}${item.length > 0 ? trailing : gap()}]`;
    }
    if (isObject(item)) {
      const entries = Object.entries(item);
      const inside = entries.map(([name, v]) => `${gap()}${text(name)}${gap()}:${gap()}${print(v)}${gap()}`);
      return `{${inside.join(',')}${entries.length > 0 ? trailing : gap()}}`;
    }
    return typeof item === 'string' ? text(item) : Object.is(item, -0) ? '-0' : String(item);
  };
  const body = gap() + print(root) + gap();
  return { text: body, comments: comments.filter((comment) => body.includes(comment)) };
}

const chooser = (choices: number[]): (() => number) => {
  let at = 0;
  return () => choices[at++ % choices.length] ?? 0;
};
const choices = fc.array(fc.nat(1000), { minLength: 5, maxLength: 40 });

describe('properties of edits', () => {
  it('turns any file into any other value exactly', () => {
    fc.assert(
      fc.property(value.object, value.object, choices, (before, after, numbers) => {
        const { text } = handwritten(before, chooser(numbers));
        expect(JSON5.parse(rewriteText(text, after))).toEqual(after);
      }),
      { numRuns: 400 },
    );
  });

  it('changes only what was asked for and keeps every comment when a key of the root is added, set and removed', () => {
    fc.assert(
      fc.property(value.object, choices, leaf, (before, numbers, given) => {
        const { text, comments } = handwritten(before, chooser(numbers));
        const added = set(text, ['new key'], given);
        expect(JSON5.parse(added)).toEqual({ ...(before as object), 'new key': given });
        const changed = set(added, ['new key'], 'other');
        const removed = remove(changed, ['new key']);
        expect(JSON5.parse(removed)).toEqual(before);
        for (const edited of [added, changed, removed]) {
          for (const comment of comments) expect(edited).toContain(comment);
        }
      }),
      { numRuns: 400 },
    );
  });

  it('keeps every comment outside of a removed plain member', () => {
    fc.assert(
      fc.property(
        fc.dictionary(key, leaf, { minKeys: 1, maxKeys: 5 }),
        choices,
        fc.nat(),
        (before, numbers, pick) => {
          const { text } = handwritten(before, chooser(numbers));
          const names = Object.keys(before);
          const name = names[pick % names.length] as string;
          const result = remove(text, [name]);
          const { [name]: _, ...rest } = before;
          expect(JSON5.parse(result)).toEqual(rest);
        },
      ),
      { numRuns: 400 },
    );
  });

  it('merges a patch as text the way it merges it as a value', () => {
    fc.assert(
      fc.property(value.object, value.object, choices, (before, patch, numbers) => {
        const { text } = handwritten(before, chooser(numbers));
        const expected = mergePatch(before, patch);
        expect(JSON5.parse(rewriteText(text, expected))).toEqual(expected);
      }),
      { numRuns: 200 },
    );
  });
});

describe('merge patch', () => {
  it('deletes with null, merges objects and replaces everything else', () => {
    expect(mergePatch({ a: { b: 1, c: 2 }, d: [1] }, { a: { b: null }, d: [2] })).toEqual({
      a: { c: 2 },
      d: [2],
    });
    expect(mergePatch({ a: 1 }, { a: { b: null, c: 1 } })).toEqual({ a: { c: 1 } });
  });

  it('merges lists of objects by id unless told to replace them', () => {
    const before = { list: [{ id: 'a', x: 1 }, { id: 'b' }] };
    const patch = { list: [{ id: 'a', y: 2 }, { id: 'c' }] };
    expect(mergePatch(before, patch)).toEqual({ list: [{ id: 'a', x: 1, y: 2 }, { id: 'b' }, { id: 'c' }] });
    expect(mergePatch(before, patch, ['list'])).toEqual({ list: [{ id: 'a', y: 2 }, { id: 'c' }] });
  });
});
