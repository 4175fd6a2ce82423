/**
 * A question to a person that is not put before them twice: while it waits, whoever asks once more is told no, and the
 * answer goes to the first.
 */
export function oneQuestion<A extends unknown[]>(
  ask: (...args: A) => Promise<boolean>,
): (...args: A) => Promise<boolean> {
  let isOpen = false;
  return async (...args) => {
    if (isOpen) return false;
    isOpen = true;
    try {
      return await ask(...args);
    } finally {
      isOpen = false;
    }
  };
}
