/** A frame as it came: an object whose fields nobody has checked yet. */
export type InboundFrame = Record<string, unknown>;

export const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** Undefined for text that is no JSON object. */
export function parseFrame(text: string): InboundFrame | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return isRecord(value) ? value : undefined;
  } catch {
    return undefined;
  }
}
