/**
 * docs/methods.md, made from the contract. `node scripts/methods-doc.mjs --write` brings the page up to
 * date; without the flag it prints the page. `npm run check` fails while page and contract differ.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { root } from './setup.mjs';

const page = join(root, 'docs', 'methods.md');

const head = `# Methods

What a gateway can be asked, one row for each entry of the contract (\`core/protocol/contract.ts\`). A caller
needs the scope named here, or one that implies it; \`operator.admin\` implies all. Names with \`?\` may be
left out; \`…\` means that further names are accepted. Made by \`node scripts/methods-doc.mjs --write\`.

| method | scope | what it is for | params |
| --- | --- | --- | --- |
`;

/** The page as it should read. */
export async function renderMethods() {
  const { contract, toJSONSchema } = await loadContract();
  const rows = Object.entries(contract).map(([name, method]) => {
    const schema = toJSONSchema(method.params, { io: 'input', unrepresentable: 'any' });
    const who = method.role === 'node' ? `${method.scope} (role node)` : method.scope;
    const params = signature(schema);
    return `| \`${name}\` | ${who} | ${cell(method.summary)} | ${params === '' ? '–' : `\`${cell(params)}\``} |`;
  });
  return `${head}${rows.join('\n')}\n`;
}

/** Problems as sentences: empty when page and contract say the same. */
export async function methodsDocProblems() {
  const wanted = await renderMethods();
  let found = '';
  try {
    found = readFileSync(page, 'utf8').replaceAll('\r\n', '\n');
  } catch {
    return ['docs/methods.md is missing: run node scripts/methods-doc.mjs --write'];
  }
  if (found === wanted) return [];
  return ['docs/methods.md differs from the contract: run node scripts/methods-doc.mjs --write'];
}

/** A JSON schema in one line, in the manner of a TypeScript type; '' when anything goes. */
export function signature(schema) {
  if (schema.const !== undefined) return JSON.stringify(schema.const);
  if (schema.enum) return schema.enum.map((value) => JSON.stringify(value)).join(' | ');
  const parts = schema.anyOf ?? schema.oneOf ?? schema.allOf;
  if (parts) return parts.map((part) => signature(part) || 'any').join(schema.allOf ? ' & ' : ' | ');
  if (schema.type === 'array') return `${grouped(signature(schema.items ?? {}) || 'any')}[]`;
  if (schema.type === 'object') return objectSignature(schema);
  return Array.isArray(schema.type) ? schema.type.join(' | ') : (schema.type ?? '');
}

function objectSignature({ properties = {}, required = [], additionalProperties }) {
  const names = Object.entries(properties).map(
    ([name, schema]) => `${name}${required.includes(name) ? '' : '?'}: ${signature(schema) || 'any'}`,
  );
  const isOpen = additionalProperties !== undefined && additionalProperties !== false;
  return names.length === 0 && !isOpen ? '{}' : `{ ${[...names, ...(isOpen ? ['…'] : [])].join(', ')} }`;
}

const grouped = (text) => (text.includes(' | ') || text.includes(' & ') ? `(${text})` : text);
const cell = (text) => text.replaceAll('|', '\\|');

/** Bundled in memory, so that the page is made of the source as it is, on every Node we support. */
async function loadContract() {
  const esbuild = await import('esbuild');
  const { outputFiles } = await esbuild.build({
    stdin: {
      contents: "export { contract } from './core/protocol/contract.ts'; export { toJSONSchema } from 'zod';",
      resolveDir: root,
    },
    bundle: true,
    platform: 'node',
    format: 'esm',
    write: false,
    logLevel: 'warning',
  });
  return import(`data:text/javascript;base64,${Buffer.from(outputFiles[0].contents).toString('base64')}`);
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  const text = await renderMethods();
  if (process.argv.includes('--write')) writeFileSync(page, text);
  else process.stdout.write(text);
}
