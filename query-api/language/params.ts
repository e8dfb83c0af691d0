/** Query strings to plain parameters, before any schema: one spelling, one value each unless said otherwise, all bounded. */
import { z } from 'zod'
import { insteadOf } from '../../model/nearest.ts'
import { ProblemError, type Fault } from '../problem.ts'

const MAX_PARAMS = 64
export const MAX_QUERY_CHARS = 8000

/** `a=1&b=2` to `{ a: '1', b: '2' }`; names in `repeatable` become arrays. Throws bad_request with every fault. */
export function readParams(
  raw: string,
  repeatable: readonly string[] = [],
  maxChars = MAX_QUERY_CHARS,
): Record<string, string | string[]> {
  if (raw.length > maxChars)
    throw new ProblemError('url_too_long', `a query string has at most ${maxChars} characters`)
  const pieces = raw.split('&').filter((piece) => piece !== '')
  if (pieces.length > MAX_PARAMS)
    throw new ProblemError('bad_request', `at most ${MAX_PARAMS} parameters are taken, not ${pieces.length}`)
  const faults: Fault[] = []
  const params = new Map<string, string | string[]>()
  for (const piece of pieces) {
    const [name, value] = split(piece, faults)
    const had = params.get(name)
    if (repeatable.includes(name)) params.set(name, [...((had as string[] | undefined) ?? []), value])
    else if (had === undefined) params.set(name, value)
    else faults.push({ pointer: pointerTo(name), detail: 'given more than once' })
  }
  refuse(faults)
  return Object.fromEntries(params)
}

function split(piece: string, faults: Fault[]): [name: string, value: string] {
  const equals = piece.indexOf('=')
  const halves = equals < 0 ? [piece, ''] : [piece.slice(0, equals), piece.slice(equals + 1)]
  const [name, value] = halves.map(decode)
  const shown = name ?? halves[0]!
  if (name === undefined || value === undefined)
    faults.push({ pointer: pointerTo(shown), detail: 'the percent-encoding is broken' })
  else if (/\p{Cc}/u.test(name + value))
    faults.push({ pointer: pointerTo(shown), detail: 'control characters are not taken' })
  return [shown, value ?? '']
}

function decode(text: string): string | undefined {
  try {
    return decodeURIComponent(text.replaceAll('+', ' '))
  } catch {
    return undefined
  }
}

/** RFC 6901; cut, because it may be anything that a caller made up. */
function pointerTo(name: string): string {
  return `/${name.slice(0, 60).replaceAll('~', '~0').replaceAll('/', '~1')}`
}

function refuse(faults: readonly Fault[]): void {
  if (faults.length === 0) return
  const said = faults.slice(0, 3).map(({ pointer, detail }) => `${pointer.slice(1)}: ${detail}`)
  throw new ProblemError('bad_request', said.join('; '), faults.slice(0, 20))
}

/** Parameters through a schema; every fault by its pointer. */
export function checkParams<S extends z.ZodType>(
  schema: S,
  params: Record<string, string | string[]>,
  known: readonly string[],
): z.output<S> {
  const parsed = schema.safeParse(params)
  if (parsed.success) return parsed.data
  refuse(
    parsed.error.issues.flatMap((issue) =>
      issue.code === 'unrecognized_keys'
        ? issue.keys.map((key) => ({
            pointer: pointerTo(key),
            detail:
              known.length === 0
                ? 'unknown; none is taken here'
                : `unknown; ${insteadOf(key, known, 'known are')}`,
          }))
        : [{ pointer: issue.path.map((part) => pointerTo(String(part))).join(''), detail: issue.message }],
    ),
  )
  throw new ProblemError('bad_request', 'the parameters are not understood')
}
