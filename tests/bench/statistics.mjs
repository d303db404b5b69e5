// Medians and ratios.

/** The median of numbers; `null` where there is none. */
export function median(numbers) {
  const sorted = numbers.filter((number) => number !== null && number !== undefined).sort((a, b) => a - b);
  if (sorted.length === 0) return null;
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

/** The median of how many times `numbers` are those that were measured beside them. */
export const ratio = (numbers, beside) => median(numbers.map((number, index) => (beside[index] ? number / beside[index] : null)));
