import { describe, expect, it } from 'vitest';
import { configJsonSchema, configUiHints } from '../../core/config/json-schema.ts';
import { reloadKindOf } from '../../core/config/reload-kind.ts';
import { readConfigSchema } from '../../core/config/schema.ts';
import { type Field, REDACTED, sectionsOf } from './fields.ts';

const tables = readConfigSchema();
const hints = { ...configUiHints(tables) };
const reload = Object.fromEntries(Object.keys(hints).map((path) => [path, reloadKindOf(path)]));

function fieldsWith(values: unknown, begun: string[] = []) {
  const sections = sectionsOf({ schema: configJsonSchema(tables), hints, reload, values, begun });
  const fields = sections.flatMap(({ groups }) => groups.flatMap((group) => group.fields));
  const at = (path: string): Field | undefined => fields.find((field) => field.path.join('.') === path);
  return { sections, fields, at };
}

describe('the form of the configuration', () => {
  it('has a control that fits each key', () => {
    const { at } = fieldsWith({});
    expect(at('gateway.port')).toMatchObject({ kind: 'number', minimum: 1, maximum: 65535, isBasic: true });
    expect(at('gateway.mode')).toMatchObject({ kind: 'choice', choices: ['local', 'remote'] });
    expect(at('gateway.tls.enabled')).toMatchObject({ kind: 'choice', choices: [true, false] });
    expect(at('gateway.trustedProxies')).toMatchObject({ kind: 'lines' });
    expect(at('gateway.auth.token')).toMatchObject({ kind: 'secret', reload: 'restart' });
    expect(at('gateway.customBindHost')).toMatchObject({ kind: 'text', label: 'Custom bind host' });
    expect(at('gateway.nodes.pairing.sshVerify')).toMatchObject({ kind: 'json' });
  });

  it('shows the names that are there where any name fits, and those that are begun', () => {
    const values = { models: { providers: { acme: { apiKey: REDACTED } } } };
    const { at } = fieldsWith(values, ['models.providers.other']);
    expect(at('models.providers.acme.apiKey')).toMatchObject({ kind: 'secret' });
    expect(at('models.providers.other.baseUrl')).toMatchObject({ kind: 'text' });
  });

  it('hides what is hidden, wherever it stands', () => {
    expect(fieldsWith({ gateway: { customBindHost: REDACTED } }).at('gateway.customBindHost')).toMatchObject({
      kind: 'secret',
    });
  });

  it('lists each key once, what newcomers need being among it', () => {
    const { fields, sections } = fieldsWith({});
    const paths = fields.map(({ path }) => path.join('.'));
    expect(new Set(paths).size).toBe(paths.length);
    expect(fields.filter(({ isBasic }) => isBasic).length).toBeGreaterThan(10);
    expect(sections[0]?.order).toBeLessThan(sections.at(-1)?.order ?? 0);
  });
});
