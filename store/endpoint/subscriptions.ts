/** To how many channels a connection listens, by what the engine confirmed. In RESP2 a connection that listens is another one: what comes may be no answer. */
import { itemText } from './resp-walk.ts'

const messages = new Set(['message', 'pmessage', 'smessage', 'invalidate'])
const confirmations = new Set([
  'subscribe',
  'unsubscribe',
  'psubscribe',
  'punsubscribe',
  'ssubscribe',
  'sunsubscribe',
])

export class Subscriptions {
  #channels = 0
  #patterns = 0
  #shardChannels = 0

  get isListening(): boolean {
    return this.#channels + this.#patterns + this.#shardChannels > 0
  }

  /** How many confirmations a command gets: one a channel; without any named, one for each that is held, at least one. */
  confirmationsOf(name: string, words: number): number {
    if (words > 1) return words - 1
    const held = name.startsWith('p')
      ? this.#patterns
      : name === 'sunsubscribe'
        ? this.#shardChannels
        : this.#channels
    return Math.max(held, 1)
  }

  /** What a list that came is; a confirmation is counted. */
  heard(list: Buffer): 'message' | 'confirmation' | 'other' {
    const kind = itemText(list, 0)
    if (messages.has(kind)) return 'message'
    if (!confirmations.has(kind)) return 'other'
    const count = Number(itemText(list, 2)) || 0
    if (kind === 'ssubscribe' || kind === 'sunsubscribe') this.#shardChannels = count
    else if (kind.startsWith('p')) this.#patterns = Math.max(count - this.#channels, 0)
    else this.#channels = Math.max(count - this.#patterns, 0)
    return 'confirmation'
  }

  forget(): void {
    this.#channels = this.#patterns = this.#shardChannels = 0
  }
}
