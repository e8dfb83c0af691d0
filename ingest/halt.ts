/** What stops one partition until a person looks: going on would make a number untrue. The others go on. */
const kinds = {
  LOG_STARTS_LATER: 'the log no longer holds the next record: it was deleted before it was counted. Keep the log longer, or clear the source to count from what is left',
  LOG_ENDS_EARLIER: 'the log ends before what the store has counted: it is another log, or it lost its end',
  ANOTHER_LOG: 'the log holds another record where the last one was counted: the topic was made anew, or this is another cluster',
  UNEXPLAINED_GAP: 'offsets are missing inside the log of a topic that is not compacted',
  UNREADABLE: 'a record batch cannot be read',
  DEFINITION_CHANGED: 'the store was folded by another definition of this source',
  SUPERSEDED: 'another worker started with another definition of this source, and its numbers answer now',
  STORE_DAMAGED: 'the store holds something that is not ours',
} as const

export type HaltCode = keyof typeof kinds

export class Halt extends Error {
  readonly code: HaltCode
  constructor(code: HaltCode, detail: string) {
    super(`${kinds[code]}: ${detail}`)
    this.name = 'Halt'
    this.code = code
  }
}

/** What a refused apply means. */
export function refusal(why: string, next: number | null): Error {
  if (why === 'DEF') return new Halt('DEFINITION_CHANGED', 'start the worker with the definition that is in the catalog')
  if (why.startsWith('TYPE') || why.startsWith('STREAM')) return new Halt('STORE_DAMAGED', why)
  return new Error(`the store refused (${why}); it stands at ${next ?? 'nothing'}`)
}
