// How often a condition held, of what /measured says of a quantity: {count, lowest, highest, buckets: [{low, high, count}]}.
// Whether it never or always did is exact; any other share is, but for the bucket in which the limit lies.

const PASSES = {
  above: (value, limit) => value > limit,
  below: (value, limit) => value < limit,
  at_least: (value, limit) => value >= limit,
  at_most: (value, limit) => value <= limit,
};
const UPWARDS = new Set(["above", "at_least"]);

export const isUpwards = (holds) => UPWARDS.has(holds);

// {share: 0 to 1, never, always}
export function heldShare(quantity, holds, limit) {
  const passes = (value) => PASSES[holds](value, limit);
  const [easiest, hardest] = isUpwards(holds) ? [quantity.highest, quantity.lowest] : [quantity.lowest, quantity.highest];
  if (!passes(easiest)) return { share: 0, never: true, always: false };
  if (passes(hardest)) return { share: 1, never: false, always: true };
  const held = quantity.buckets.reduce((sum, bucket) => sum + bucket.count * partOf(bucket, holds, limit, passes), 0);
  const known = Math.min(Math.max(held, 1), quantity.count - 1); // the easiest passes, and the hardest does not
  return { share: known / quantity.count, never: false, always: false };
}

// Of one bucket: as if its values lay evenly in it.
function partOf({ low, high }, holds, limit, passes) {
  if (passes(low) && passes(high)) return 1;
  if (!passes(low) && !passes(high)) return 0;
  const below = (limit - low) / (high - low);
  return isUpwards(holds) ? 1 - below : below;
}
