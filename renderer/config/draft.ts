import type { BridgeResult, ConfigFileChange } from '../../main/bridge/contract.ts';

export type ConfigRead = BridgeResult<'config.file.read'>;
export type ConfigPlan = BridgeResult<'config.file.plan'>;
export type Edit = Extract<ConfigFileChange, { kind: 'edits' }>['edits'][number];
export type Path = readonly string[];

/** What a person has changed and not saved: in the form, or in the text. */
export interface Draft {
  /** By key path as JSON. */
  edits: ReadonlyMap<string, Edit>;
  /** Undefined: the text has not been touched. */
  text: string | undefined;
}

export const NO_DRAFT: Draft = { edits: new Map(), text: undefined };

export const keyOf = (path: Path): string => JSON.stringify(path);

/** Nothing is left of an edit that sets what is there already. */
export function withEdit(draft: Draft, path: Path, edit: Edit | undefined): Draft {
  const edits = new Map(draft.edits);
  if (edit) edits.set(keyOf(path), edit);
  else edits.delete(keyOf(path));
  return { ...draft, edits };
}

/** What the app is asked for; undefined when there is nothing to save. */
export function changeOf({ edits, text }: Draft, base: ConfigRead): ConfigFileChange | undefined {
  if (text !== undefined) return text === base.text ? undefined : { kind: 'text', text };
  return edits.size > 0 ? { kind: 'edits', edits: [...edits.values()] } : undefined;
}
