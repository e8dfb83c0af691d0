/** The question to the engine, what its answer means, and what a client hears where the answer is not yes. */
import { itemText } from './resp-walk.ts'

/** Why a write cannot be called durable. It was carried out in every case. */
export type DiskFault =
  | {
      readonly kind: 'few'
      readonly local: number
      readonly replicas: number
      readonly needed: number
      readonly waitMs: number
    }
  /** It cannot be told which replicas there are. */
  | { readonly kind: 'replicas-unknown' }
  /** The engine refused the question, in these words. */
  | { readonly kind: 'refused'; readonly words: string }
  | { readonly kind: 'unanswered' }
  /** The connection went away before it could be asked or answered. */
  | { readonly kind: 'lost'; readonly why: string }

export type DiskFaultKind = DiskFault['kind']

const [LIST, ERROR] = [0x2a, 0x2d]

/** The last one asked: the next one is mostly the same. */
let last = { replicas: -1, waitMs: -1, bytes: Buffer.alloc(0) }

export function waitaof(replicas: number, waitMs: number): Buffer {
  if (last.replicas !== replicas || last.waitMs !== waitMs) {
    const words = ['WAITAOF', '1', String(replicas), String(waitMs)]
    const text = words.map((word) => `$${word.length}\r\n${word}\r\n`).join('')
    last = { replicas, waitMs, bytes: Buffer.from(`*${words.length}\r\n${text}`) }
  }
  return last.bytes
}

/** null = the writes are on the engine's own disk and on those of `needed` replicas. */
export function judged(answer: Buffer | null, needed: number | null, waitMs: number): DiskFault | null {
  if (answer === null) return { kind: 'unanswered' }
  if (answer[0] !== LIST)
    return {
      kind: 'refused',
      words: answer[0] === ERROR ? answer.toString('utf8', 1).trim() : 'an answer of another kind',
    }
  if (needed === null) return { kind: 'replicas-unknown' }
  const [local, replicas] = [Number(itemText(answer, 0)), Number(itemText(answer, 1))]
  return local >= 1 && replicas >= needed ? null : { kind: 'few', local, replicas, needed, waitMs }
}

/** An error of RESP2 and RESP3. Its first word is for programs. */
export function diskFault(fault: DiskFault): Buffer {
  return Buffer.from(
    `-UNKNOWN the write was carried out, but ${why(fault)}: unknown, not lost. Read before you write it again.\r\n`,
  )
}

/** What a write is answered that the engine had not answered when the connection ended. */
export const unheard = (why: string): Buffer =>
  Buffer.from(
    `-UNKNOWN the engine did not answer (${why}): whether the write was carried out is unknown. Read before you write it again.\r\n`,
  )

function why(fault: DiskFault): string {
  switch (fault.kind) {
    case 'few':
      return `within ${fault.waitMs} ms it was on the disk of ${fault.local < 1 ? 'no primary' : 'the primary'} and of ${fault.replicas} of ${fault.needed} replicas`
    case 'replicas-unknown':
      return 'which replicas must have it could not be told'
    case 'refused':
      return `the engine did not say whether it is on disk (${fault.words.replace(/\s+/g, ' ').slice(0, 200)})`
    case 'unanswered':
      return 'the engine did not say in time whether it is on disk'
    case 'lost':
      return `nobody said whether it is on disk (${fault.why})`
  }
}
