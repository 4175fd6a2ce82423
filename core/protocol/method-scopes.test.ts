import { expect, test } from 'vitest';
import { contract } from './contract.ts';
import { leastScopes, METHOD_SCOPES } from './method-scopes.ts';

test('the light table names every method of the contract with its scope, and nothing else', () => {
  const fromContract = Object.fromEntries(Object.entries(contract).map(([name, spec]) => [name, spec.scope]));
  expect(METHOD_SCOPES).toEqual(fromContract);
});

test('a method that is open to everyone is asked for with read, as other clients do', () => {
  expect(leastScopes('health')).toEqual(['operator.read']);
});

test('a method the table does not know is asked for with admin, also when it names an object member', () => {
  expect(leastScopes('cron.list')).toEqual(['operator.admin']);
  expect(leastScopes('constructor')).toEqual(['operator.admin']);
});
