import { expect, it } from 'vitest';
import { placeOfIssue } from './issue-place.ts';

const TEXT = `{
  // a comment
  gateway: {
    port: "no",
    wrong: 1,
  },
  models: { providers: { "a.b": { api: 7 } } },
}`;

it.each([
  ['gateway.port', 'Invalid input', { line: 4, column: 5 }],
  ['gateway', 'Unrecognized key: "wrong"', { line: 5, column: 5 }],
  ['gateway.auth.mode', 'Invalid input', { line: 3, column: 3 }],
  ['models.providers.a.b.api', 'Invalid input', { line: 7, column: 35 }],
  ['', 'JSON5 parse failed at line 9, column 2', { line: 9, column: 2 }],
])('says where %s is wrong (%s)', (path, message, place) => {
  expect(placeOfIssue(TEXT, { path, message })).toEqual(place);
});

it('names no place in a text that cannot be read', () => {
  expect(placeOfIssue('{ gateway: ', { path: 'gateway.port', message: 'x' })).toBeUndefined();
});
