/** undefined when one of the values could not be measured. */
export function median(values) {
  if (values.includes(undefined)) return undefined;
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

/** For times that spread widely: what else the machine does can only make them longer. */
export const lowerQuartile = (values) => [...values].sort((a, b) => a - b)[values.length >> 2];

/** Runs each subject in turn, `rounds` times, so that what else the machine does falls on both alike. */
export async function alternate(rounds, subjects, measure) {
  const results = subjects.map(() => []);
  for (let round = 0; round < rounds; round += 1) {
    for (const [index, subject] of subjects.entries()) results[index].push(await measure(subject));
  }
  return results;
}
