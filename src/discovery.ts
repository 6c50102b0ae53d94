/**
 * How much there is left to see: the chance that the next run shows what none before it did, after Good and Turing the
 * share of what was seen exactly once. Pure; it knows texts, and nothing of what they tell.
 */

export interface Discovery {
  /** Takes note of what one run showed. */
  add(observed: string): void;
  /** From 0 to 1. */
  chance(): number;
}

export function newDiscovery(): Discovery {
  /** How often what bears a hash was observed: not at all, once, or again. */
  const seen = new Uint8Array(HASHES);
  let once = 0;
  let total = 0;
  return {
    add(observed) {
      const key = hashed(observed);
      if (seen[key] === 0) once++;
      else if (seen[key] === 1) once--;
      seen[key] = seen[key] === 0 ? 1 : 2;
      total++;
    },
    chance: () => (total === 0 ? 1 : once / total),
  };
}

/**
 * Hashes that are told apart, one byte for each: a night's observations would fill the memory as they are. Two that share
 * one count as seen again, which with a hundred thousand is one in forty.
 */
const HASHES = 1 << 22;

/** A hash of a text, from 0 to `HASHES` - 1 (FNV-1a, and the finaliser of MurmurHash3). */
function hashed(text: string): number {
  let hash = 0x811c_9dc5;
  for (let at = 0; at < text.length; at++) hash = Math.imul(hash ^ text.charCodeAt(at), 0x0100_0193);
  hash = Math.imul(hash ^ (hash >>> 16), 0x85eb_ca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2_ae35);
  return (hash ^ (hash >>> 16)) & (HASHES - 1);
}
