import type { Click, Fault, Reading } from './events.ts'
import type { Random } from './random.ts'

/** Every way in which a record can be bad that the simulator knows; each gives exactly the reject reason of its name. */
export const faults = [
  'not_json',
  'missing_field',
  'wrong_type',
  'bad_time',
  'not_utf8',
  'empty',
] as const satisfies readonly Fault[]

/** Fields that are never optional, so that taking one away or turning it into a number is a fault. */
const required = { click: ['type', 'path', 'visitor'], reading: ['device', 'site', 'signal'] } as const
const badTimes: readonly unknown[] = [
  'yesterday',
  '2026-02-30T12:00:00Z',
  '2026-05-01T25:00:00Z',
  '2026-05-01T12:00:00',
  42,
  -1,
]

/** The bytes of this event with one fault in them; null is a record without a value. */
export function spoil(event: Click | Reading, fault: Fault, random: Random): Buffer | null {
  const fields: Record<string, unknown> = { ...event }
  const field = random.pick('visitor' in event ? required.click : required.reading)
  switch (fault) {
    case 'empty':
      return random.chance(0.5) ? null : Buffer.alloc(0)
    case 'not_json': {
      // No proper beginning of an object's text is JSON.
      const bytes = Buffer.from(JSON.stringify(fields))
      return Buffer.from(
        bytes
          .toString('latin1')
          .replace(/[^ -~]/g, '?')
          .slice(0, 1 + random.below(bytes.length - 1)),
      )
    }
    case 'not_utf8': {
      const bytes = Buffer.from(JSON.stringify(fields))
      // 0xff appears nowhere in UTF-8.
      bytes[1 + random.below(bytes.length - 1)] = 0xff
      return bytes
    }
    case 'missing_field':
      if (random.chance(0.5)) delete fields[field]
      else fields[field] = null
      break
    case 'wrong_type':
      fields[field] = random.pick([7, true, ['a'], { a: 1 }])
      break
    case 'bad_time':
      fields['ts'] = random.pick(badTimes)
      break
  }
  return Buffer.from(JSON.stringify(fields))
}
