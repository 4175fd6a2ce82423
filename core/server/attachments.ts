import type { UserPart } from '../models/model.ts';
import { invalidRequest } from '../protocol/errors.ts';
import { LIMITS } from '../protocol/frames.ts';

interface Attachment {
  mimeType?: string | undefined;
  fileName?: string | undefined;
  content?: unknown;
}

const DATA_URL = /^data:([^;,]{1,200})(?:;[^;,]{1,200}){0,4};base64,/;
const MIME_TYPE = /^[\w.+-]{1,80}\/[\w.+-]{1,120}$/;
/** Looks for one wrong character, because a pattern for the whole text takes for ever on a long one. */
const NOT_BASE64 = /[^A-Za-z0-9+/]/;

/** What a client sent along, for the model. Throws INVALID_REQUEST for what is too large or no base64. */
export function userParts(attachments: readonly Attachment[] | undefined): UserPart[] {
  return (attachments ?? []).map(userPart);
}

function userPart({ mimeType, fileName, content }: Attachment, index: number): UserPart {
  if (typeof content !== 'string')
    throw invalidRequest(`attachment ${index + 1} has no content (base64 expected)`);
  const declared = DATA_URL.exec(content);
  const data = declared ? content.slice(declared[0].length) : content;
  const type =
    (declared?.[1] ?? mimeType ?? 'application/octet-stream').split(';', 1)[0]?.trim().toLowerCase() ?? '';
  if (!MIME_TYPE.test(type)) throw invalidRequest(`attachment ${index + 1} has no usable mimeType`);
  const bare = plainBase64(data);
  if (bare === undefined) throw invalidRequest(`attachment ${index + 1} is not base64`);
  const bytes = Math.floor((bare.length * 3) / 4);
  const limit = type.startsWith('image/') ? LIMITS.attachments.maxImageBytes : LIMITS.attachments.maxBytes;
  if (bytes > limit)
    throw invalidRequest(`attachment ${index + 1} is too large: ${bytes} bytes, at most ${limit}`);
  const name = fileName?.replace(/[^\w .()-]/g, '_').slice(0, 120);
  return { type: 'file', mimeType: type, data: padded(bare), ...(name ? { name } : {}) };
}

/** Of either alphabet, with or without padding and line breaks; undefined when it is something else. */
function plainBase64(data: string): string | undefined {
  const text = data.replace(/\s+/g, '').replaceAll('-', '+').replaceAll('_', '/');
  const bare = text.endsWith('==') ? text.slice(0, -2) : text.endsWith('=') ? text.slice(0, -1) : text;
  return NOT_BASE64.test(bare) || bare.length % 4 === 1 ? undefined : bare;
}

const padded = (bare: string): string => bare.padEnd(Math.ceil(bare.length / 4) * 4, '=');
