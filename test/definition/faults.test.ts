import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { DefinitionError, readDefinition, readDefinitionText } from '../../model/definition/file.ts'
import { shipped } from '../../model/shipped.ts'

const orders = readFileSync(join(import.meta.dirname, '../../examples/orders.yaml'), 'utf8')

/** What a user reads, without the first line and the indentation. */
function faultsOf(text: string | Uint8Array): string[] {
  try {
    readDefinitionText(typeof text === 'string' ? Buffer.from(text) : text)
  } catch (error) {
    if (!(error instanceof DefinitionError)) throw error
    const [head, ...lines] = error.message.split('\n')
    expect(head).toMatch(/^the definition has \d+ faults?:$/)
    return lines.map((line) => line.trim())
  }
  return []
}

test('faults of every kind in one file are all said at once, each with its line', () => {
  const said = faultsOf(readFileSync(join(import.meta.dirname, 'wrong.yaml')))
  expect(`${said.join('\n')}\n`).toBe(readFileSync(join(import.meta.dirname, 'wrong.txt'), 'utf8'))
})

describe('a file whose text is at fault', () => {
  test.each([
    ['empty', '', 'the file is empty; it needs sources and keep'],
    ['blank', ' \n\t\n', 'the file is empty; it needs sources and keep'],
    ['comments only', '# nothing yet\n', 'the file says nothing; it needs sources and keep'],
    [
      'a list',
      '[]',
      'line 1, column 1: an empty list does not fit; it takes a definition: a block with sources and keep',
    ],
    [
      'a word',
      'hello',
      'line 1, column 1: "hello" does not fit; it takes a definition: a block with sources and keep',
    ],
    [
      'indented by tabs',
      'sources:\n\torders: 1\n',
      'line 2, column 1: a tab indents this line; YAML wants spaces',
    ],
    [
      'out of line',
      'a:\n    b: 1\n  c: 2\n',
      'line 3, column 1: this line is indented differently from those it belongs to',
    ],
    [
      'two documents',
      'a: 1\n---\nb: 2\n',
      'line 2, column 1: a second document begins here (---); a definition is one',
    ],
    ['an open bracket', 'a: { b: 1\n', 'line 2, column 1: a bracket { or [ is still open here'],
    [
      'a colon too many',
      'a: b: c\n',
      'line 1, column 4: two "name: value" on one line; put the second on a line of its own, or the value in quotes',
    ],
    [
      'no colon',
      'topic orders\nkey: x\n',
      'line 1, column 1: a colon is missing after the name, or a quote or bracket is open',
    ],
    ['a tag', 'a: !binary x\n', 'line 1, column 4: this is not YAML: unresolved tag: !binary'],
    ['a list as a name', '[a]: 1\n', 'line 1, column 1: a list or block cannot be a name'],
    [
      'an alias of nothing',
      'a: *x\n',
      'line 1, column 4: a: *x stands for nothing: no &x before it (a text that begins with * goes in quotes)',
    ],
    [
      'an alias of itself',
      'a: &a [*a]\n',
      'line 1, column 8: a[0]: *a stands for nothing: no &a before it (a text that begins with * goes in quotes)',
    ],
    ['deep', '['.repeat(1_000_000), 'more than 64 brackets or lists are open inside each other'],
    ['deep by dashes', '- '.repeat(500_000), 'more than 64 brackets or lists are open inside each other'],
    ['large', `# ${'x'.repeat(1024 * 1024)}`, 'the file is larger than 1048576 bytes'],
    ['UTF-16', Buffer.from('\ufeffsources: 1', 'utf16le'), 'the file is not text in UTF-8; save it as UTF-8'],
    [
      'UTF-16 without a mark',
      Buffer.from('sources: 1', 'utf16le'),
      'the file is not text in UTF-8; save it as UTF-8',
    ],
    ['Latin-1', Buffer.from('# caf\u00e9', 'latin1'), 'the file is not text in UTF-8; save it as UTF-8'],
  ])('%s', (_, text, fault) => expect(faultsOf(text)).toEqual([fault]))

  test('aliases that unfold to a billion items are not followed', () => {
    const levels = [...'bcdefghi'].map(
      (name, at) => `${name}: &${name} [${Array(9).fill(`*${'abcdefgh'[at]}`).join(', ')}]`,
    )
    expect(faultsOf(['a: &a [x, x, x, x, x, x, x, x, x]', ...levels].join('\n'))).toEqual([
      expect.stringContaining('its anchors and aliases cannot be followed'),
    ])
    expect(faultsOf(`a: &a x\nb: [${'*a, '.repeat(101)}]`)).toEqual(['101 aliases (*name); 100 are allowed'])
  })

  test('fifty thousand names are read in one go, and not all of them complained about', () => {
    const said = faultsOf(Array.from({ length: 50_000 }, (_, at) => `name${at}: x`).join('\n'))
    expect(said).toHaveLength(51)
    expect(said.at(-1)).toMatch(/^and \d+ more$/)
  })

  test('names given twice do not hide what else is wrong', () => {
    expect(
      faultsOf(
        orders
          .replace('status: string\n', 'status: string\n      status: number\n')
          .replace('orders: { count', 'orders: { cuont'),
      ),
    ).toEqual([
      'line 14, column 7: sources.orders.fields.status: given twice',
      'line 19, column 18: sources.orders.breakdowns[0]: status is a number; a breakdown takes a string field, such as  status: { type: string, accept: number }',
      expect.stringMatching(
        /^line 21, column 7: sources\.orders\.metrics\.orders: a block with cuont, rank does not fit; it takes count, /,
      ),
      expect.stringMatching(/where\[0\]: status is a number; (?:paid|cancelled) is none/),
      expect.stringMatching(/where\[0\]: status is a number; (?:paid|cancelled) is none/),
    ])
  })

  test.each(['__proto__', 'constructor', 'toString'])('%s is no key like any other', (name) => {
    expect(faultsOf(`${name}: 1\n${orders}`)).toContainEqual(
      expect.stringMatching(new RegExp(`^line 1, column 1: ${name}: `)),
    )
  })
})

test('JSON is read too, with its lines, and tabs are well there', () => {
  const text = JSON.stringify(shipped, null, '\t')
  expect(readDefinitionText(Buffer.from(text))).toEqual(readDefinition(shipped))
  expect(readDefinitionText(Buffer.from(`\ufeff${JSON.stringify({ $schema: 'x', ...shipped })}`))).toEqual(
    readDefinition(shipped),
  )
  expect(faultsOf(text.replace('"topic": "clicks"', '"topik": "clicks"'))).toEqual([
    'line 3, column 3: sources.clicks.topic: missing; it takes the name of a Kafka topic',
    'line 4, column 4: sources.clicks.topik: not known here; did you mean "topic"?',
  ])
})

test('a definition that came from no file names places without lines', () => {
  expect(() => readDefinition({ ...shipped, keep: { '7m': '2d' } })).toThrow(
    'the definition has 1 fault:\n  keep.7m: an interval is 1s to 1d and divides a day',
  )
  expect(() => readDefinition(undefined)).toThrow('missing; it takes a definition')
})

test('anchors and aliases may save writing', () => {
  const text = orders
    .replace('breakdowns: [status,', 'breakdowns: [&s status,')
    .replace('by: status,', 'by: *s,')
  expect(readDefinitionText(Buffer.from(text))).toEqual(readDefinitionText(Buffer.from(orders)))
})
