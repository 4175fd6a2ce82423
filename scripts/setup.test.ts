import { describe, expect, it } from 'vitest';
import { isInstalled } from './setup.mjs';

describe('an installation', () => {
  const wanted = { '': {}, 'node_modules/ws': { version: '8.1.0' } };

  it('is complete when every locked package stands there in its version', () => {
    expect(isInstalled(wanted, { 'node_modules/ws': { version: '8.1.0' }, 'node_modules/more': {} })).toBe(
      true,
    );
  });

  it('is incomplete without node_modules, without a package, or with another version of it', () => {
    expect(isInstalled(wanted, undefined)).toBe(false);
    expect(isInstalled(wanted, {})).toBe(false);
    expect(isInstalled(wanted, { 'node_modules/ws': { version: '8.0.0' } })).toBe(false);
  });

  it('may lack what npm leaves out on this platform', () => {
    expect(isInstalled({ 'node_modules/other-os': { version: '1.0.0', optional: true } }, {})).toBe(true);
  });
});
