/** A box that scrolls, as it was when it was last looked at. */
export interface StickyPlace {
  isAtEnd: boolean;
  scrollTop: number;
  scrollHeight: number;
}

interface Box {
  scrollTop: number;
  clientHeight: number;
  scrollHeight: number;
}

/**
 * Whether somebody stays at the end. A box also scrolls by itself when its content grows or shrinks: only who scrolls up
 * in a content that is the same has left.
 */
export function placeAfterScroll(
  before: StickyPlace,
  { scrollTop, clientHeight, scrollHeight }: Box,
  nearPx: number,
): StickyPlace {
  const isNear = scrollHeight - clientHeight - scrollTop < nearPx;
  const hasLeft = scrollTop < before.scrollTop && scrollHeight === before.scrollHeight;
  return { isAtEnd: isNear || (before.isAtEnd && !hasLeft), scrollTop, scrollHeight };
}

/** After a change of content: who was at the end is there again. */
export function placeAfterChange(before: StickyPlace, box: Box): StickyPlace {
  if (before.isAtEnd) box.scrollTop = box.scrollHeight;
  return { isAtEnd: before.isAtEnd, scrollTop: box.scrollTop, scrollHeight: box.scrollHeight };
}

export const AT_END: StickyPlace = { isAtEnd: true, scrollTop: 0, scrollHeight: 0 };
