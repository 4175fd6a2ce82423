import { asObject, asText } from '../lib/json.ts';
import type { ModelRef } from './model.ts';
import { ModelError, type ModelErrorKind, shownText } from './model-error.ts';
import { retryAfter } from './retry-after.ts';
import { brokenOff } from './transport.ts';

/** What came is not what a model's stream is made of. */
export class MalformedStream extends Error {
  override readonly name = 'MalformedStream';
}

/** An answer whose status says no. */
export class RefusedRequest extends Error {
  override readonly name = 'RefusedRequest';
  readonly statusCode: number;
  readonly responseHeaders: unknown;
  readonly responseBody: string;

  constructor(message: string, statusCode: number, responseHeaders: unknown, responseBody: string) {
    super(message);
    this.statusCode = statusCode;
    this.responseHeaders = responseHeaders;
    this.responseBody = responseBody;
  }
}

interface FailureContext {
  ref: ModelRef;
  secrets: readonly string[];
  /** Epoch milliseconds, for `Retry-After` as a date. */
  now: number;
}

const MAX_CAUSES = 8;

const TOO_LONG =
  /context.{0,10}(length|window|size)|maximum context|prompt is too long|too many (input )?tokens|input token count|exceeds? the (available )?context/i;
const OUT_OF_MONEY = /insufficient_quota|insufficient credit|credit balance|billing|payment required/i;

/** What went wrong, from whatever a provider's library threw or sent as an error inside its stream. */
export function modelFailure(error: unknown, context: FailureContext): ModelError {
  const causes = causesOf(error);
  const known = causes.find((one) => one instanceof ModelError);
  if (known instanceof ModelError) return known;
  const call = causes.map(asFields).find(({ statusCode }) => typeof statusCode === 'number');
  if (call && Number(call.statusCode) >= 400) return httpFailure(call, context);
  const name = causes.map((one) => asText(asFields(one).name) ?? '').join(' ');
  if (/without a finish reason|unterminated/i.test(messageOf(error))) return brokenOff(context.ref);
  if (/MalformedStream|JSONParse|TypeValidation|InvalidResponse|EmptyResponse|NoContent/.test(name)) {
    return malformed(context.ref, error);
  }
  return reportedFailure(error, context);
}

const malformed = (ref: ModelRef, cause: unknown): ModelError =>
  new ModelError(
    'format',
    `${ref.provider} sent something that is not an event of a model stream. Check models.providers.${ref.provider}.api and baseUrl.`,
    ref,
    { cause },
  );

function httpFailure(call: Fields, { ref, secrets, now }: FailureContext): ModelError {
  const status = Number(call.statusCode);
  const said = shownText(`${messageOf(call)}`, secrets);
  const body = asText(call.responseBody) ?? '';
  const kind = kindOfStatus(status, `${said} ${body.slice(0, 4096)}`);
  const isUnpaid = OUT_OF_MONEY.test(`${said} ${body.slice(0, 4096)}`);
  const waitMs = retryAfter(asObject(call.responseHeaders), now);
  return new ModelError(kind, `${status} ${said}${adviceFor(kind, ref)}`, ref, {
    status,
    ...(waitMs === undefined ? {} : { retryAfterMs: waitMs }),
    ...(isUnpaid ? { retryable: false } : {}),
    cause: call,
  });
}

const STATUS_KINDS: Readonly<Record<number, ModelErrorKind>> = {
  401: 'auth',
  402: 'auth',
  403: 'auth',
  408: 'timeout',
  413: 'context',
  429: 'rate-limit',
  503: 'overloaded',
  504: 'timeout',
  529: 'overloaded',
};

function kindOfStatus(status: number, text: string): ModelErrorKind {
  const kind = STATUS_KINDS[status];
  if (kind !== undefined) return kind;
  if (status >= 500) return 'server';
  return TOO_LONG.test(text) ? 'context' : 'format';
}

const adviceFor = (kind: ModelErrorKind, ref: ModelRef): string =>
  kind === 'auth' ? ` Check models.providers.${ref.provider}.apiKey.` : '';

/** An error inside a stream that began well: `{type, message}`, or anything else with a message. */
function reportedFailure(error: unknown, { ref, secrets }: FailureContext): ModelError {
  const fields = asFields(error);
  const inner = Object.keys(asObject(fields.error)).length > 0 ? asObject(fields.error) : fields;
  const type = `${asText(inner.type) ?? ''} ${asText(inner.code) ?? ''} ${asText(inner.status) ?? ''}`;
  const text = shownText(messageOf(inner), secrets) || 'The provider reported an error without a message.';
  return new ModelError(kindOfType(type, text), text, ref, { cause: error });
}

function kindOfType(type: string, text: string): ModelErrorKind {
  if (/overloaded|unavailable/i.test(type)) return 'overloaded';
  if (/rate_limit|resource_exhausted/i.test(type)) return 'rate-limit';
  if (/authentication|permission|api_key/i.test(type)) return 'auth';
  if (TOO_LONG.test(text)) return 'context';
  return /invalid_request|invalid_argument/i.test(type) ? 'format' : 'server';
}

type Fields = Record<string, unknown>;

const asFields = (value: unknown): Fields =>
  typeof value === 'object' && value !== null ? (value as Fields) : {};

function causesOf(error: unknown): unknown[] {
  const causes: unknown[] = [];
  let at = error;
  while (at !== undefined && at !== null && causes.length < MAX_CAUSES) {
    causes.push(at);
    at = asFields(at).cause;
  }
  return causes;
}

function messageOf(error: unknown): string {
  if (typeof error === 'string') return error;
  return asText(asFields(error).message) ?? '';
}
