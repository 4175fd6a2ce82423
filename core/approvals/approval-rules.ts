import { randomUUID } from 'node:crypto';
import { homedir } from 'node:os';
import type { AllowRule, ApprovalsFile } from './approvals-file.ts';

/** What is about to run, as far as rules look at it. */
export interface RuleSubject {
  agentId: string;
  /** Absolute path of the program that will be started. */
  program: string;
  /** Everything the program gets, its own name first. */
  argv: readonly string[];
  /** True when `argv` carries a command line for a shell. */
  shell: boolean;
  /** True when the call brings variables of its own: no rule was made for those. */
  ownEnv: boolean;
  /** True when the call names something the agent can change: an "allow always" was given without that. */
  ownFiles: boolean;
}

/**
 * The arguments as one anchored pattern in which every character stands for itself, each argument ended
 * by NUL. Compared as text, never run as an expression: equal patterns mean equal bytes.
 */
export function exactArgPattern(args: readonly string[]): string {
  const exact = (arg: string): string => arg.replace(/[\\^$.*+?()[\]{}|/-]/g, '\\$&').replaceAll('\0', '\\0');
  return `^${args.map((arg) => `${exact(arg)}\0`).join('')}$`;
}

/** The rule of an "allow always": this program with exactly these arguments. */
export function exactRule(subject: Pick<RuleSubject, 'program' | 'argv'>, commandText: string): AllowRule {
  return {
    id: randomUUID(),
    pattern: subject.program,
    source: 'allow-always',
    commandText,
    argPattern: exactArgPattern(subject.argv.slice(1)),
  };
}

export function matchingRule(file: ApprovalsFile, subject: RuleSubject): AllowRule | undefined {
  if (subject.ownEnv) return undefined;
  return rulesFor(file, subject.agentId).find((rule) => matches(rule, subject));
}

function rulesFor(file: ApprovalsFile, agentId: string): AllowRule[] {
  const agents = file.agents ?? {};
  return ['*', agentId].flatMap((id) => (Object.hasOwn(agents, id) ? (agents[id]?.allowlist ?? []) : []));
}

function matches(rule: AllowRule, subject: RuleSubject): boolean {
  if (rule.source === 'allow-always' && subject.ownFiles) return false;
  if (rule.argPattern !== undefined) {
    return rule.pattern === subject.program && rule.argPattern === exactArgPattern(subject.argv.slice(1));
  }
  if (rule.source === 'allow-always' || subject.shell) return false;
  return pathMatches(rule.pattern, subject.program);
}

function pathMatches(pattern: string, program: string): boolean {
  const full = pattern.startsWith('~/') ? `${homedir()}${pattern.slice(1)}` : pattern;
  if (full === program) return true;
  const literal = (text: string): string => text.replace(/[\\^$.+?()[\]{}|]/g, '\\$&');
  const source = full.split(/\*\*+/).map((part) => part.split('*').map(literal).join('[^/\\\\]*'));
  return /[/\\]/.test(full) && new RegExp(`^${source.join('.*')}$`, 's').test(program);
}
