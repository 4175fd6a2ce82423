import { type Element, escapeMarkup, parseMarkup } from './markup.ts';
import type { ServicePlan } from './service-plan.ts';

export type PlistValue =
  | string
  | number
  | boolean
  | readonly PlistValue[]
  | { readonly [key: string]: PlistValue };

const HEAD = `<?xml version="1.0" encoding="UTF-8"?>
<!DOCTYPE plist PUBLIC "-//Apple//DTD PLIST 1.0//EN" "http://www.apple.com/DTDs/PropertyList-1.0.dtd">
<plist version="1.0">
`;

/** Where launchd writes what the gateway says before its own log is open. */
export interface OutputFiles {
  stdout: string;
  stderr: string;
}

/** A launch agent of one user. launchd starts it again however it ends, ten seconds after its last start at the earliest. */
export function renderPlist(plan: ServicePlan, output: OutputFiles): string {
  return `${HEAD}${valueText(
    {
      Label: plan.names.label,
      Comment: plan.description,
      RunAtLoad: true,
      KeepAlive: true,
      ThrottleInterval: 10,
      ExitTimeOut: 20,
      ProcessType: 'Interactive',
      Umask: 0o077,
      WorkingDirectory: plan.workingDirectory,
      StandardOutPath: output.stdout,
      StandardErrorPath: output.stderr,
      ProgramArguments: plan.argv,
      EnvironmentVariables: plan.env,
    },
    '',
  )}</plist>\n`;
}

function valueText(value: PlistValue, indent: string): string {
  if (typeof value === 'string') return `${indent}<string>${escapeMarkup(value)}</string>\n`;
  if (typeof value === 'number') return `${indent}<integer>${value}</integer>\n`;
  if (typeof value === 'boolean') return `${indent}<${value}/>\n`;
  const inner = `${indent}  `;
  if (Array.isArray(value))
    return `${indent}<array>\n${value.map((item) => valueText(item, inner)).join('')}${indent}</array>\n`;
  const entries = Object.entries(value).map(
    ([key, item]) => `${inner}<key>${escapeMarkup(key)}</key>\n${valueText(item, inner)}`,
  );
  return `${indent}<dict>\n${entries.join('')}${indent}</dict>\n`;
}

/** The value of an XML property list; undefined for any other text. Dates and data are given as their text. */
export function parsePlist(text: string): PlistValue | undefined {
  const root = parseMarkup(text);
  const [value] = root?.name === 'plist' ? root.children : [];
  return value && valueIn(value);
}

function valueIn({ name, text, children }: Element): PlistValue {
  switch (name) {
    case 'true':
    case 'false':
      return name === 'true';
    case 'integer':
    case 'real':
      return Number(text);
    case 'array':
      return children.map(valueIn);
    case 'dict':
      return dictOf(children);
    default:
      return text;
  }
}

function dictOf(children: readonly Element[]): Record<string, PlistValue> {
  const entries = children.flatMap((child, index) => {
    const value = children[index + 1];
    return child.name === 'key' && value ? [[child.text, valueIn(value)] as const] : [];
  });
  return Object.fromEntries(entries);
}
