/** The rows of docs/bad-input.md about records of the log, by the decoder that the fold uses. */
import { gzipSync } from 'node:zlib'
import { decodeWith, sourceOf, type ByHand } from '../../decode/source.ts'
import { row, type Row, type Section } from './bad-input-table.ts'

const NOW = 1_795_555_607_312
type Given = Parameters<typeof sourceOf>[0]

/** `counted`, or the reason; what a field `f` became where it is asked for. */
const record =
  (value: string | Buffer, given: Given = {}, what: ByHand = {}): Row['does'] =>
  async () => {
    const source = sourceOf(given)
    const decoded = decodeWith(source, value, { tsMs: NOW, ...what })
    if ('reject' in decoded) return decoded.reject.detail.length > 10 ? decoded.reject.reason : 'no detail'
    const at = source.fields.findIndex(({ name }) => name === 'f')
    const [event] = decoded.events
    return at < 0
      ? `${decoded.events.length} counted`
      : `counted as ${inAscii(JSON.stringify(event!.values[at]))}`
  }
const inAscii = (text: string): string =>
  text.replaceAll(/[^ -~]/g, (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`)
const event = (f: string, ts: string | number = NOW): string => `{"ts":${ts},"f":${f}}`
const field = (said: object | string): Given => ({ fields: { k: 'string?', f: said as 'string' } })
const all =
  (rows: readonly Row['does'][]): Row['does'] =>
  async () =>
    [...new Set(await Promise.all(rows.map((one) => one())))].join(', ')
const each = (values: readonly string[], said: object | string): Row['does'] =>
  all(values.map((value) => record(event(value), field(said))))
const times = (values: readonly (string | number)[], given: Given = {}): Row['does'] =>
  all(values.map((value) => record(`{"ts":${JSON.stringify(value)}}`, given)))

export function records(): Section {
  const text = { type: 'number', accept: 'text' }
  const names = { type: 'string', accept: 'number' }
  const key = { fields: { k: 'string?' as const, f: { type: 'string' as const, from: '$key' } } }
  return {
    title: 'Records',
    says: 'What stands in a Kafka record. A reject keeps topic, partition, offset, reason and the head of its bytes; its detail says what to send, or which line of the definition would take it.',
    rows: [
      row('a tombstone, an empty value', 'there is no event', 'empty', record('')),
      row('`[]`', 'there is no event', 'no_events', record('[]')),
      row(
        '`1`, `"x"`, `null`, JSON that was encoded twice',
        'an event is an object',
        'not_an_object',
        all(['1', '"x"', 'null', JSON.stringify(event('1'))].map((one) => record(one))),
      ),
      row(
        'overlong UTF-8, CESU-8, Latin-1, a gzip file',
        'not UTF-8; a gzip file is called so',
        'not_utf8',
        all(
          [[0xc0, 0xaf], [0xed, 0xa0, 0xbd], [0xfc], [...gzipSync('{}')]].map((bytes) =>
            record(Buffer.from(bytes)),
          ),
        ),
      ),
      row(
        'a comma too many, a comment, single quotes, a NUL at the end, `NaN`, UTF-16',
        'not JSON; each is called by its name',
        'not_json',
        all(
          [
            '{"ts":1,}',
            '{"ts":1}//x',
            "{'ts':1}",
            '{"ts":1}\0',
            '{"ts":NaN}',
            Buffer.from('{}', 'utf16le'),
          ].map((one) => record(one)),
        ),
      ),
      row('a byte order mark before it', 'passed', '1 counted', record(`\ufeff${event('1')}`)),
      row(
        'two values behind each other',
        'names `rows: lines`, which takes them; they are two in the ledger',
        'not_json',
        record(`${event('1')}\n${event('2')}`),
      ),
      row(
        'the same, with `rows: lines`; with commas, 0x1E or nothing between',
        'taken',
        '2 counted',
        all(
          ['\n', '', ',\r\n', '\n\x1e'].map((between) =>
            record(`${event('1')}${between}${event('2')}`, { rows: 'lines' }),
          ),
        ),
      ),
      row(
        'a name twice in one object',
        'the last one holds',
        'counted as "b"',
        record(`{"ts":${NOW},"f":"a","f":"b"}`, field('string')),
      ),
      row(
        '`__proto__`, `constructor`, an empty name, 3,000 levels that nobody asks for',
        'names like any other',
        '1 counted',
        all(
          [
            `{"__proto__":{"f":1},"constructor":0,"":{},"ts":${NOW}}`,
            `{"ts":${NOW},"a":${'['.repeat(3000)}${']'.repeat(3000)}}`,
          ].map((one) => record(one)),
        ),
      ),
      row(
        'NUL, marks of direction, zero width in a value',
        'as it was sent',
        'counted as "\\u0000\\u202e\\u200b"',
        record(event('"\\u0000\u202e\u200b"'), field('string')),
      ),
      row(
        'half of a surrogate pair',
        'a name of its own; as an entity it is U+FFFD, as all such halves',
        'counted as "\\ud800"',
        record(event('"\\ud800"'), field('string')),
      ),
      row(
        '`é` in one letter and in two',
        'two names, unless `clean: path` makes one of them',
        'counted as "\\u00e9"',
        record(event('"e\u0301"'), field({ type: 'string', clean: 'path' })),
      ),
      row(
        'a number for a text, a text for a number, `1` or `"yes"` for a flag',
        'names what the field would have to say',
        'wrong_type',
        all([
          record(event('404'), field('string')),
          record(event('"12.5"'), field('number')),
          each(['1', '"yes"'], 'boolean'),
        ]),
      ),
      row(
        '`" 5"`, `"+5"`, `"1_000"`, `"0x1F"`, `"１２"`, `"NaN"`, `"5 kWh"` where text is accepted',
        'not a number as JSON writes it',
        'wrong_type',
        each(['" 5"', '"+5"', '"1_000"', '"0x1F"', '"１２"', '"NaN"', '"5 kWh"'], text),
      ),
      row(
        '`"1.234,5"` where commas are accepted',
        'digits are never grouped',
        'wrong_type',
        each(['"1.234,5"', '"1,234,5"'], { type: 'number', accept: 'comma' }),
      ),
      row('`1e400`', 'larger than a double', 'not_finite', each(['1e400', '"1e400"', '-1e400'], text)),
      row(
        '`1e-400`, `-0`',
        'zero',
        'counted as 0',
        all([
          record(event('1e-400'), field('number')),
          record(event('-0'), field('number')),
          record(event('"0e5"'), field(text)),
        ]),
      ),
      row(
        '9007199254740993 as a number',
        'a double would make another one of it',
        'too_large',
        each(['9007199254740993', '"9007199254740993"'], text),
      ),
      row(
        'the same as a name',
        'all its digits',
        'counted as "9007199254740993"',
        each(['9007199254740993', '9007199254740993.0'], names),
      ),
      row(
        'an array where one text is meant',
        'names `string[]`',
        'wrong_type',
        each(['["a"]', '[]'], 'string'),
      ),
      row(
        '21 different values of one field',
        '20 are counted of an event',
        'too_wide',
        record(event(JSON.stringify(Array.from({ length: 21 }, (_, n) => `t${n}`))), field('string[]')),
      ),
      row(
        'no time, `true`, a day without a time of day, spaces around it',
        'not a time',
        'bad_time',
        all([times(['2026-11-24', ' 1795555607', 'now']), record('{"ts":true}'), record('{}')]),
      ),
      row(
        '`2026-11-24 21:26:47`',
        'names no zone: `zone:` would take it',
        'bad_time',
        times(['2026-11-24 21:26:47', 'Tue Nov 24 21:26:47 2026']),
      ),
      row(
        '`CET`, `EST`, two digits for the year, `11/24/2026`, syslog without a year',
        'could be several times',
        'bad_time',
        times(
          [
            'Tue, 24 Nov 2026 21:26:47 CET',
            '24 Nov 26 21:26:47 GMT',
            '11/24/2026 21:26:47 UTC',
            'Nov 24 21:26:47',
          ],
          { zone: 'Europe/Berlin' },
        ),
      ),
      row(
        '0, -1, seconds since a boot, 1970, the year 1 of Go and .NET',
        'a clock that is not set',
        'bad_time',
        times([0, -1, 86_400, '1970-01-01T00:03:20Z', '0001-01-01T00:00:00Z']),
      ),
      row(
        'ticks of Windows and of .NET, 18 digits',
        'no nanoseconds of 1974 or 1990: the detail says what they are',
        'bad_time',
        times([134_086_000_000_000_000, '639155524070000000']),
      ),
      row('a time ahead of the log by more than `future`', 'not counted', 'future', times([NOW + 61_000])),
      row(
        'a key that is no UTF-8, or holds a NUL as binary numbers do',
        'no text',
        'wrong_type',
        record(`{"ts":${NOW}}`, key, { key: Buffer.from([0, 0, 0, 42]) }),
      ),
      row('a key that is empty', 'no key', 'missing_field', record(`{"ts":${NOW}}`, key, { key: '' })),
      row(
        'a key that is a JSON text, `"plant-1"` with its quotes',
        'what stands in them',
        'counted as "plant-1"',
        record(`{"ts":${NOW}}`, key, { key: '"plant-1"' }),
      ),
    ],
  }
}
