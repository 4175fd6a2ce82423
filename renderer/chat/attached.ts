import type { ChatLimits } from '../../main/bridge/contract.ts';
import type { AttachedFile } from './wire.ts';

/** Formats that a window may decode to show them; anything else is a name. */
const SHOWN = new Set(['image/png', 'image/jpeg', 'image/gif', 'image/webp']);

/** The picture as an address that holds its own bytes; undefined for what is not shown as a picture. */
export const pictureOf = ({ mimeType, data }: AttachedFile): string | undefined =>
  SHOWN.has(mimeType) && data !== '' ? `data:${mimeType};base64,${data}` : undefined;

export const bytesOf = ({ data }: AttachedFile): number =>
  Math.floor((data.replace(/=+$/, '').length * 3) / 4);

export type TooMuch = 'fileTooLarge' | 'pictureTooLarge' | 'allTooLarge';

/** Room for all that stands around the files in one request. */
const REST_BYTES = 200_000;

/** Why a file of this size cannot go along with the others, or undefined when it can. */
export function tooMuch(
  { type, size }: { type: string; size: number },
  others: readonly AttachedFile[],
  limits: ChatLimits,
): TooMuch | undefined {
  if (type.startsWith('image/') && size > limits.imageBytes) return 'pictureTooLarge';
  if (size > limits.attachmentBytes) return 'fileTooLarge';
  const encoded = others.reduce((sum, { data }) => sum + data.length, (size * 4) / 3);
  return encoded + REST_BYTES > limits.requestBytes ? 'allTooLarge' : undefined;
}

/** Reads what a person has chosen, pasted or dropped. */
export function readFile(file: File): Promise<AttachedFile> {
  return new Promise((resolve, reject) => {
    const reader = new FileReader();
    reader.onerror = () => reject(reader.error);
    reader.onload = () => {
      const data = String(reader.result).replace(/^[^,]*,/, '');
      resolve({ name: file.name, mimeType: file.type || 'application/octet-stream', data });
    };
    reader.readAsDataURL(file);
  });
}

export const sizeText = (bytes: number): string =>
  bytes < 1e6 ? `${Math.max(1, Math.round(bytes / 1e3))} kB` : `${(bytes / 1e6).toFixed(1)} MB`;
