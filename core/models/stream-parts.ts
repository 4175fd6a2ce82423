import type { LanguageModelV3FinishReason, LanguageModelV3StreamPart } from '@ai-sdk/provider';
import type { ModelEvent, ProviderMetadata } from './model.ts';
import { ModelError } from './model-error.ts';
import type { ProviderSettings } from './provider-settings.ts';
import { brokenOff } from './transport.ts';
import { usageOf } from './usage.ts';

export interface PartReader {
  /** Set once the finish event is out. */
  readonly finished: boolean;
  /** The events that a part stands for; throws on an error part, so that none is passed over. */
  read(part: LanguageModelV3StreamPart): ModelEvent[];
  /** To be called when the stream is over: throws when the answer was not. */
  end(): void;
}

type Part<T extends LanguageModelV3StreamPart['type']> = Extract<LanguageModelV3StreamPart, { type: T }>;
type FinishReason = Extract<ModelEvent, { type: 'finish' }>['reason'];

const FINISH_REASONS: Record<LanguageModelV3FinishReason['unified'], FinishReason> = {
  stop: 'stop',
  length: 'length',
  'tool-calls': 'tool-calls',
  'content-filter': 'error',
  error: 'error',
  other: 'stop',
};

/** Reads the parts of one answer. An answer longer than `maxChars` is cut there and finishes with `length`. */
export function createPartReader(settings: ProviderSettings, maxChars: number): PartReader {
  let chars = 0;
  let calls = 0;
  let finished = false;
  let response: { responseId?: string; responseModel?: string } = {};

  const counted = (delta: string, events: ModelEvent[]): ModelEvent[] => {
    chars += delta.length;
    if (chars <= maxChars) return events;
    finished = true;
    return [...events, { type: 'finish', reason: 'length', ...response }];
  };
  const toolCall = (part: Part<'tool-call'>): ModelEvent[] => {
    calls += 1;
    const { toolCallId: id, toolName: name, input, providerMetadata } = part;
    return [{ type: 'tool-call', id, name, args: argumentsOf(input), ...metadataOf(providerMetadata) }];
  };
  const finish = (part: Part<'finish'>): ModelEvent[] => {
    // A library ends its stream in good order when the connection did, also in the middle of an answer.
    if (part.finishReason.raw === undefined && part.finishReason.unified !== 'stop')
      throw brokenOff(settings.ref);
    refuseEmpty(settings, part.finishReason, chars + calls);
    finished = true;
    const reason = calls > 0 ? 'tool-calls' : FINISH_REASONS[part.finishReason.unified];
    return [
      { type: 'usage', usage: usageOf(part.usage, settings.model.cost) },
      { type: 'finish', reason, ...response },
    ];
  };
  const read = (part: LanguageModelV3StreamPart): ModelEvent[] => {
    switch (part.type) {
      case 'text-delta':
        return part.delta === '' ? [] : counted(part.delta, [{ type: 'text', delta: part.delta }]);
      case 'reasoning-start':
      case 'reasoning-delta':
      case 'reasoning-end':
        return reasoning(part, counted);
      case 'tool-input-delta':
        return counted(part.delta, []);
      case 'tool-call':
        return toolCall(part);
      case 'response-metadata':
        response = { ...named('responseId', part.id), ...named('responseModel', part.modelId) };
        return [];
      case 'raw':
        return [{ type: 'raw', event: part.rawValue }];
      case 'error':
        throw part.error;
      case 'finish':
        return finish(part);
      default:
        return [];
    }
  };
  return {
    get finished() {
      return finished;
    },
    read,
    end: () => {
      if (!finished) throw brokenOff(settings.ref);
    },
  };
}

function reasoning(
  part: Part<'reasoning-start' | 'reasoning-delta' | 'reasoning-end'>,
  counted: (delta: string, events: ModelEvent[]) => ModelEvent[],
): ModelEvent[] {
  const delta = part.type === 'reasoning-delta' ? part.delta : '';
  const metadata = metadataOf(part.providerMetadata);
  if (delta === '' && metadata.providerMetadata === undefined) return [];
  return counted(delta, [{ type: 'reasoning', delta, ...metadata }]);
}

/** Some providers attach empty metadata to every part; only what has to come back is worth carrying. */
function metadataOf(metadata: unknown): { providerMetadata?: ProviderMetadata } {
  if (typeof metadata !== 'object' || metadata === null) return {};
  const rows = Object.entries(metadata as ProviderMetadata).filter(([, row]) =>
    ['signature', 'redactedData', 'thoughtSignature'].some((key) => Object.hasOwn(row, key)),
  );
  return rows.length === 0 ? {} : { providerMetadata: Object.fromEntries(rows) };
}

/** An answer without a word, withheld by its provider, is a failure and not an empty reply. */
function refuseEmpty(settings: ProviderSettings, reason: LanguageModelV3FinishReason, content: number): void {
  if (content > 0 || !['content-filter', 'error'].includes(reason.unified)) return;
  const why = reason.unified === 'content-filter' ? 'withheld its answer' : 'ended without an answer';
  throw new ModelError(
    'format',
    `${settings.ref.provider} ${why} (${reason.raw ?? reason.unified}).`,
    settings.ref,
  );
}

function argumentsOf(input: string): unknown {
  if (input.trim() === '') return {};
  try {
    return JSON.parse(input, (key, value: unknown) => (key === '__proto__' ? undefined : value));
  } catch {
    return input;
  }
}

const named = <K extends string>(key: K, value: string | undefined): { [key in K]?: string } =>
  value === undefined || value === '' ? {} : ({ [key]: value } as { [key in K]?: string });
