import { withoutHidden } from '../../core/approvals/command-text.ts';
import { asObject, asText, asTexts, type Json } from '../../core/lib/json.ts';
import type { Language } from '../../core/messages/language.ts';
import { ago, type Field, fieldLines } from '../layout.ts';

export type Decision = 'allow-once' | 'allow-always' | 'deny';

/** A question that waits for a person, as gateways of either era tell it. */
export interface Approval {
  id: string;
  /** All that would run, to the letter. */
  command: string;
  cwd: string | undefined;
  env: Record<string, unknown>;
  warning: string | undefined;
  agentId: string | undefined;
  sessionKey: string | undefined;
  runId: string | undefined;
  host: string | undefined;
  mayAlways: boolean;
  createdAtMs: number;
  expiresAtMs: number;
}

/** Reads what `exec.approval.requested` and `exec.approval.list` tell; undefined when there is no command to judge. */
export function approvalOf(value: unknown): Approval | undefined {
  const { id, request: given, createdAtMs, expiresAtMs } = asObject(value);
  const request = asObject(given);
  const argv = asTexts(request.commandArgv);
  const command = asText(request.command) ?? (argv.length > 0 ? JSON.stringify(argv) : undefined);
  if (typeof id !== 'string' || command === undefined) return undefined;
  return {
    id,
    command,
    cwd: asText(request.cwd),
    env: asObject(request.env),
    warning: asText(request.warningText),
    agentId: asText(request.agentId),
    sessionKey: asText(request.sessionKey),
    runId: asText(request.runId),
    host: asText(request.host),
    mayAlways: mayAlways(request),
    createdAtMs: Number(createdAtMs) || 0,
    expiresAtMs: Number(expiresAtMs) || 0,
  };
}

/** Newer gateways name what is offered, older ones what is not. */
function mayAlways({ allowedDecisions, unavailableDecisions }: Json): boolean {
  if (Array.isArray(allowedDecisions)) return allowedDecisions.includes('allow-always');
  return !asTexts(unavailableDecisions).includes('allow-always');
}

const unhide = (text: string): string =>
  withoutHidden(text, (character) =>
    character === '\t' ? '\\t' : `\\u{${(character.codePointAt(0) ?? 0).toString(16)}}`,
  );

/** The whole command, each of its lines marked as such, so that none can pass for a line of ours. */
export const commandLines = (command: string): string[] =>
  command.split('\n').map((line) => `    | ${unhide(line)}`);

/** Everything a person needs to decide, nothing cut short. */
export function approvalLines(
  approval: Approval,
  now: number,
  width: number,
  language: Language = 'en',
): string[] {
  const fields: Field[] = [
    ['Directory', approval.cwd],
    ...Object.entries(approval.env).map(
      ([name, value]): Field => ['With', unhide(`${name}=${String(value)}`)],
    ),
    ['Host', approval.host === 'gateway' ? undefined : approval.host],
    ['Agent', approval.agentId],
    ['Session', approval.sessionKey],
    ['Warning', approval.warning],
    ['Asked', approval.createdAtMs > 0 ? timesOf(approval, now) : undefined],
  ];
  return [...commandLines(approval.command), ...fieldLines(fields, width, language)];
}

function timesOf({ createdAtMs, expiresAtMs }: Approval, now: number): string {
  const left = Math.ceil((expiresAtMs - now) / 1000);
  return left > 0 ? `${ago(createdAtMs, now)}, counts as denied in ${left} s` : ago(createdAtMs, now);
}

const ANSWERS: Readonly<Record<string, Decision>> = {
  y: 'allow-once',
  yes: 'allow-once',
  a: 'allow-always',
  always: 'allow-always',
};

/** `y` and `always`; anything else, also nothing, is no. */
export function decisionOf(answer: string, { mayAlways }: Pick<Approval, 'mayAlways'>): Decision {
  const word = answer.trim().toLowerCase();
  const decision = Object.hasOwn(ANSWERS, word) ? ANSWERS[word] : undefined;
  return decision === undefined || (decision === 'allow-always' && !mayAlways) ? 'deny' : decision;
}

export const questionOf = ({ mayAlways }: Pick<Approval, 'mayAlways'>): string =>
  mayAlways ? 'Allow it? y(es) / N(o) / always: ' : 'Allow it? y(es) / N(o): ';
