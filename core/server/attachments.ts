import type { UserPart } from '../models/model.ts';
import { invalidRequest } from '../protocol/errors.ts';
import { LIMITS } from '../protocol/frames.ts';

interface Attachment {
  mimeType?: string | undefined;
  fileName?: string | undefined;
  content?: unknown;
}

const DATA_URL = /^data:([^;,]+);base64,/;
const BASE64 = /^[A-Za-z0-9+/\s_-]*={0,2}\s*$/;

/** What a client sent along, for the model. Throws INVALID_REQUEST for what is too large or no base64. */
export function userParts(attachments: readonly Attachment[] | undefined): UserPart[] {
  return (attachments ?? []).map(userPart);
}

function userPart({ mimeType, fileName, content }: Attachment, index: number): UserPart {
  if (typeof content !== 'string')
    throw invalidRequest(`attachment ${index + 1} has no content (base64 expected)`);
  const declared = DATA_URL.exec(content);
  const data = declared ? content.slice(declared[0].length) : content;
  const type = declared?.[1] ?? mimeType ?? 'application/octet-stream';
  if (!BASE64.test(data)) throw invalidRequest(`attachment ${index + 1} is not base64`);
  const bytes = Math.floor((data.length * 3) / 4);
  const limit = type.startsWith('image/') ? LIMITS.attachments.maxImageBytes : LIMITS.attachments.maxBytes;
  if (bytes > limit)
    throw invalidRequest(`attachment ${index + 1} is too large: ${bytes} bytes, at most ${limit}`);
  const name = fileName?.replace(/[^\w .()-]/g, '_').slice(0, 120);
  return { type: 'file', mimeType: type, data, ...(name ? { name } : {}) };
}
