/**
 * What stops one partition: going on would make a number untrue. The others go on. A halt ends by itself where its cause goes away; where it takes a person,
 * it names the one command.
 */
// codes that users see: halt codes
const kinds = {
  LOG_STARTS_LATER: {
    says: 'the log no longer holds the next record: it was deleted before it was counted. Keep the log longer',
    way: 'skip',
  },
  LOG_ENDS_EARLIER: {
    says: 'the log ends before what the store has counted: it is another log, or it lost its end',
    way: 'rebuild',
  },
  ANOTHER_LOG: {
    says: 'the log holds another record where the last one was counted: the topic was made anew, or this is another cluster',
    way: 'rebuild',
  },
  UNEXPLAINED_GAP: {
    says: 'offsets are missing inside the log of a topic that is not compacted',
    way: 'skip',
  },
  UNREADABLE: { says: 'a record batch cannot be read', way: 'skip' },
  DEFINITION_CHANGED: { says: 'the store was folded by another definition of this source', way: 'rebuild' },
  LOOKUP_TABLE: { says: 'a table that fields are looked up in cannot be followed', way: 'rebuild' },
  LOOKUP_UNORDERED: {
    says: 'the changes of a table that fields are looked up in are not those that were counted by',
    way: 'rebuild',
  },
  STORE_DAMAGED: { says: 'the store holds something that is not ours', way: 'rebuild' },
} as const

export type HaltCode = keyof typeof kinds

export class Halt extends Error {
  readonly code: HaltCode
  /** The offset that leads past it, where one does. */
  readonly to: number | null
  constructor(code: HaltCode, detail: string, to: number | null = null) {
    super(`${kinds[code].says}: ${detail}`)
    this.name = 'Halt'
    this.code = code
    this.to = to
  }

  /** What a person types to go past it, once it is clear that the cause does not go away. */
  command(source: string, partition: number): string {
    if (kinds[this.code].way === 'skip' && this.to !== null)
      return `tidemark partition skip --source ${source} --partition ${partition} --to ${this.to} --why "..."`
    return `tidemark partition rebuild --source ${source} --why "..."`
  }
}

/** What a refused apply means. */
export function refusal(why: string, next: number | null): Error {
  if (why === 'DEF') return new Halt('DEFINITION_CHANGED', 'another worker wrote there with it')
  if (why.startsWith('TYPE') || why.startsWith('STREAM')) return new Halt('STORE_DAMAGED', why)
  return new Error(`the store refused (${why}); it stands at ${next ?? 'nothing'}`)
}
