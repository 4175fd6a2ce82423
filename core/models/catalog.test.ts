import { describe, expect, it } from 'vitest';
import { modelCatalog } from './catalog.ts';

<<<<<<< HEAD
describe('the catalog of models', () => {
  it('lists what is configured, and the echo model after it where it is offered', () => {
    const config = { models: { providers: { lab: { models: [{ id: 'small' }, { name: 'without id' }] } } } };
    expect(modelCatalog(config).map(({ id }) => id)).toEqual(['small']);
    expect(modelCatalog(config, true).map(({ provider, id }) => `${provider}/${id}`)).toEqual([
      'lab/small',
      'echo/echo-1',
    ]);
  });
=======
describe('the model catalog', () => {
  it('lists the models of every provider in the order of the configuration, with their aliases', () => {
    const config = {
      models: {
        providers: {
          zeta: {
            models: [
              { id: 'big', name: 'Big', contextWindow: 128_000.9, reasoning: true, input: ['text', 'image'] },
            ],
          },
          alpha: { models: [{ id: 'a/b' }, { id: 'small', name: '' }] },
        },
      },
      agents: { defaults: { models: { 'zeta/big': { alias: 'best' }, 'alpha/a/b': { alias: '' } } } },
    };
    expect(modelCatalog(config)).toEqual([
      {
        id: 'big',
        name: 'Big',
        provider: 'zeta',
        alias: 'best',
        contextWindow: 128_000,
        reasoning: true,
        input: ['text', 'image'],
      },
      { id: 'a/b', name: 'a/b', provider: 'alpha' },
      { id: 'small', name: 'small', provider: 'alpha' },
    ]);
  });

  it('passes over what is no model', () => {
    const models = [
      {},
      { id: '' },
      { id: 7 },
      null,
      'x',
      { id: 'ok', contextWindow: 0, reasoning: 'yes', input: 'text' },
    ];
    expect(
      modelCatalog({ models: { providers: { p: { models }, q: {}, r: null, s: { models: {} } } } }),
    ).toEqual([{ id: 'ok', name: 'ok', provider: 'p' }]);
    for (const config of [{}, { models: [] }, { models: { providers: 'x' } }])
      expect(modelCatalog(config)).toEqual([]);
  });
>>>>>>> main
});
