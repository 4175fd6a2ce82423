import { describe, expect, it } from 'vitest';
import { modelCatalog } from './catalog.ts';

describe('the catalog of models', () => {
  it('lists what is configured, and the echo model after it where it is offered', () => {
    const config = { models: { providers: { lab: { models: [{ id: 'small' }, { name: 'without id' }] } } } };
    expect(modelCatalog(config).map(({ id }) => id)).toEqual(['small']);
    expect(modelCatalog(config, true).map(({ provider, id }) => `${provider}/${id}`)).toEqual([
      'lab/small',
      'echo/echo-1',
    ]);
  });
});
