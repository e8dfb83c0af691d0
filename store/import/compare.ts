/** Whether what was taken over is there, and is the same: every key by its name, some by their whole content. */
import { StoreError } from '../errors.ts'
import { dumpBody } from '../dump-version.ts'
import type { Source } from './source.ts'
import type { Target } from './target.ts'

export interface Comparison {
  readonly keys: number
  readonly missing: readonly Buffer[]
  readonly compared: number
  readonly different: readonly Buffer[]
}

const KEYS_A_READ = 64
/** What a key has left differs by the way of its copy. */
const EXPIRY_APART_MS = 5000

type Ask = (command: string, ...args: (string | number)[]) => Promise<unknown>

/** `sample`: how many are read whole, at random. */
export async function compare(
  source: Source,
  target: Target,
  keys: readonly Buffer[],
  sample: number,
): Promise<Comparison> {
  const missing: Buffer[] = []
  for (let at = 0; at < keys.length; at += KEYS_A_READ) {
    const some = keys.slice(at, at + KEYS_A_READ)
    const there = await target.exist(some)
    missing.push(
      ...(await stillThere(
        source,
        some.filter((_, index) => !there[index]),
      )),
    )
  }
  const chosen = draw(keys, sample)
  const different: Buffer[] = []
  for (const key of chosen) if (!(await isSame(source, target, key))) different.push(key)
  return { keys: keys.length, missing, compared: chosen.length, different }
}

/** What expired in both meanwhile is no fault. */
async function stillThere(source: Source, keys: readonly Buffer[]): Promise<Buffer[]> {
  const there = await Promise.all(keys.map((key) => source.ask('EXISTS', key)))
  return keys.filter((_, index) => Number(there[index]) === 1)
}

function draw(keys: readonly Buffer[], count: number): Buffer[] {
  const all = [...keys]
  for (let at = 0; at < Math.min(count, all.length); at++) {
    const other = at + Math.floor(Math.random() * (all.length - at))
    ;[all[at], all[other]] = [all[other]!, all[at]!]
  }
  return all.slice(0, count)
}

async function isSame(source: Source, target: Target, key: Buffer): Promise<boolean> {
  const theirs: Ask = (command, ...args) => source.ask(command, key, ...args)
  const ours: Ask = async (command, ...args) => {
    const [reply] = await target.each([[command, target.nameOf(key)!, ...args]])
    if (reply instanceof StoreError) throw reply
    return reply
  }
  const [left, right] = await Promise.all([theirs('PTTL'), ours('PTTL')])
  const isExpiring = Number(left) >= 0
  if (isExpiring !== Number(right) >= 0) return Number(left) === -2 && Number(right) === -2
  if (isExpiring && Math.abs(Number(left) - Number(right)) > EXPIRY_APART_MS) return false
  const [a, b] = (await Promise.all([theirs('DUMP'), ours('DUMP')])) as (Buffer | null)[]
  if (!a || !b) return !a === !b
  if (dumpBody(a).equals(dumpBody(b))) return true
  const [one, other] = await Promise.all([contentOf(theirs), contentOf(ours)])
  return one !== null && one === other
}

/** The same text for the same content, whichever engine keeps it and however; null = of a type that is not known here. */
async function contentOf(ask: Ask): Promise<string | null> {
  const type = String(await ask('TYPE'))
  const list = async (command: string, ...args: (string | number)[]): Promise<string[]> =>
    ((await ask(command, ...args)) as unknown[]).map((one) => text(one))
  const pairs = (flat: string[]): string[] =>
    flat.flatMap((one, at) => (at % 2 === 0 ? [`${one}=${flat[at + 1]}`] : []))
  switch (type) {
    case 'string':
      return JSON.stringify([type, text(await ask('GET'))])
    case 'list':
      return JSON.stringify([type, await list('LRANGE', 0, -1)])
    case 'set':
      return JSON.stringify([type, (await list('SMEMBERS')).sort()])
    case 'zset':
      return JSON.stringify([type, pairs(await list('ZRANGE', 0, -1, 'WITHSCORES'))])
    case 'hash':
      return JSON.stringify([type, pairs(await list('HGETALL')).sort()])
    case 'stream':
      return JSON.stringify([type, await list('XRANGE', '-', '+')])
    default:
      return null
  }
}

/** Bytes as characters of the same number, lists as JSON. */
function text(value: unknown): string {
  if (Buffer.isBuffer(value)) return value.toString('latin1')
  return JSON.stringify(value, (_, one: unknown) =>
    typeof one === 'object' && one !== null && 'data' in one
      ? Buffer.from(one.data as number[]).toString('latin1')
      : one,
  )
}
