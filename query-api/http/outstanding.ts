/**
 * What was answered and not yet read: bytes that wait for their readers. Bounded for each address and for all; past the bound the
 * oldest answer of that address that nobody fetches is cut, so that a reader that reads is served beside those that do not.
 */
import type { ServerResponse } from 'node:http'
import { isIPv6 } from 'node:net'

/** For all readers, and for those of one address. */
export const OUTSTANDING_LIMITS = { bytes: 64 * 2 ** 20, bytesAnAddress: 32 * 2 ** 20 } as const
/** Smaller ones fit a socket's own buffers. */
const COUNTED_FROM_BYTES = 16_384
/** Whoever reads has this long before it can be cut for others. */
const UNTOUCHED_MS = 2000

export const TOO_MUCH_UNREAD = `answers of ${OUTSTANDING_LIMITS.bytesAnAddress / 2 ** 20} MB wait to be read by this address, or ${OUTSTANDING_LIMITS.bytes / 2 ** 20} MB by all, which is the limit`

interface Waiting {
  readonly address: string
  readonly bytes: number
  readonly sinceMs: number
  readonly response: ServerResponse
}

export class Outstanding {
  readonly #waiting = new Set<Waiting>()
  readonly #now: () => number

  constructor(now: () => number = () => performance.now()) {
    this.#now = now
  }

  /** Counts an answer until it is read or its reader is gone; false where there is no room for it. */
  add(address: string, bytes: number, response: ServerResponse): boolean {
    if (bytes < COUNTED_FROM_BYTES) return true
    const own = (one: Waiting): boolean => one.address === address
    if (
      !this.#makeRoom(bytes, OUTSTANDING_LIMITS.bytesAnAddress, own) ||
      !this.#makeRoom(bytes, OUTSTANDING_LIMITS.bytes, () => true)
    )
      return false
    const one: Waiting = { address, bytes, sinceMs: this.#now(), response }
    this.#waiting.add(one)
    const done = (): void => void this.#waiting.delete(one)
    response.once('finish', done).once('close', done)
    return true
  }

  get bytes(): number {
    return this.#sum(() => true)
  }

  #sum(counts: (one: Waiting) => boolean): number {
    let sum = 0
    for (const one of this.#waiting) if (counts(one)) sum += one.bytes
    return sum
  }

  #makeRoom(bytes: number, most: number, counts: (one: Waiting) => boolean): boolean {
    let sum = this.#sum(counts)
    for (const one of this.#waiting) {
      if (sum + bytes <= most) break
      if (!counts(one) || this.#now() - one.sinceMs < UNTOUCHED_MS) continue
      sum -= one.bytes
      this.#waiting.delete(one)
      one.response.destroy()
    }
    return sum + bytes <= most
  }
}

/** One reader's address: an IPv6 reader has a whole /64 to itself, and an IPv4 one in IPv6 spelling is itself. A connection that is gone has none any more. */
export function addressOf(ip: string | undefined): string {
  if (ip === undefined) return ''
  const plain = ip.replace(/^::ffff:(?=\d+\.)/i, '')
  if (!isIPv6(plain)) return plain
  const [head = '', tail] = plain.split('%')[0]!.split('::')
  const groups = head === '' ? [] : head.split(':')
  const missing = tail === undefined ? 0 : 8 - groups.length - (tail === '' ? 0 : tail.split(':').length)
  return [...groups, ...Array<string>(missing).fill('0'), ...(tail ? tail.split(':') : [])]
    .slice(0, 4)
    .map((group) => Number.parseInt(group, 16).toString(16))
    .join(':')
}
