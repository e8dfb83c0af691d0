/** A seeded stream of random numbers: one seed, one stream, on every machine. Not for secrets. */
export interface Random {
  /** Uniform in [0, 1), 32 bits fine. */
  next(): number
  /** Uniform integer in [0, below). */
  below(below: number): number
  /** True with this probability. */
  chance(probability: number): boolean
  /** Uniform in [low, high). */
  between(low: number, high: number): number
  /** Standard normal: mean 0, deviation 1. */
  normal(): number
  /** Exponential with this mean. */
  exponential(mean: number): number
  pick<T>(from: readonly T[]): T
}

/** Spreads one 32-bit seed over as many words as asked for, so that near seeds give unlike streams (splitmix, 32 bits). */
function seedWords(seed: number): () => number {
  let state = seed >>> 0
  return () => {
    state = (state + 0x9e3779b9) >>> 0
    let word = state
    word = Math.imul(word ^ (word >>> 16), 0x85ebca6b)
    word = Math.imul(word ^ (word >>> 13), 0xc2b2ae35)
    return (word ^ (word >>> 16)) >>> 0
  }
}

const rotateLeft = (word: number, bits: number) => (word << bits) | (word >>> (32 - bits))

/** xoshiro128** (Blackman and Vigna, public domain); the seed is any integer, of which the low 32 bits count. */
export function createRandom(seed: number): Random {
  const word = seedWords(seed)
  let a = word()
  let b = word()
  let c = word()
  // All four words at zero would stand still for ever.
  let d = word() | 1

  function next(): number {
    const result = Math.imul(rotateLeft(Math.imul(b, 5), 7), 9) >>> 0
    const carried = b << 9
    c ^= a
    d ^= b
    b ^= c
    a ^= d
    c ^= carried
    d = rotateLeft(d, 11)
    return result / 0x1_0000_0000
  }
  const below = (limit: number) => Math.floor(next() * limit)

  return {
    next,
    below,
    chance: (probability) => next() < probability,
    between: (low, high) => low + next() * (high - low),
    // Box and Muller; 1 - next() is never 0, so the logarithm is finite.
    normal: () => Math.sqrt(-2 * Math.log(1 - next())) * Math.cos(2 * Math.PI * next()),
    exponential: (mean) => -mean * Math.log(1 - next()),
    pick: (from) => from[below(from.length)]!,
  }
}

/** Draws from `weights` in proportion; answers the index. Built once, O(log n) a draw. */
export function weighted(weights: readonly number[]): (random: Random) => number {
  let total = 0
  const upTo = weights.map((weight) => (total += weight))
  return (random) => {
    const at = random.next() * total
    let low = 0
    let high = upTo.length - 1
    while (low < high) {
      const middle = (low + high) >>> 1
      if (at < upTo[middle]!) high = middle
      else low = middle + 1
    }
    return low
  }
}

/** Zipf's law: the n-th most popular of `count` things has weight 1 / n^exponent. */
export function zipf(count: number, exponent = 1): (random: Random) => number {
  return weighted(Array.from({ length: count }, (_, rank) => 1 / (rank + 1) ** exponent))
}
