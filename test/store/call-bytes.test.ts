import fc from 'fast-check'
import { Command } from 'ioredis'
import { expect, test } from 'vitest'
import { ApplyCall } from '../../store/calls/apply-call.ts'
import { BulkWriter, requestBytes } from '../../store/calls/call-bytes.ts'
import { functionName } from '../../store/functions.ts'
import { pieceField } from '../../model/chunk.ts'
import { ChangesWriter } from '../../store/layout/changes.ts'
import { partitionKeys } from '../../store/keys.ts'

type Word = string | number | Uint8Array

/** As the client library writes it; numbers as their shortest text, which it does not take past 10^21. */
function written(args: readonly Word[]): Buffer {
  const command = new Command(
    'FCALL',
    args.map((one) => (typeof one === 'object' ? Buffer.from(one) : String(one))),
  )
  command.promise.catch(() => {})
  return Buffer.from(command.toWritable(undefined as never) as unknown as Uint8Array | string)
}

const word = fc.oneof(
  fc.string({ unit: 'grapheme', maxLength: 200 }),
  fc.uint8Array({ maxLength: 5000 }),
  fc.maxSafeInteger(),
  fc.double({ noNaN: true }),
  fc.constantFrom(0, -0, 9, 10, 99, 100, 2 ** 31, 2 ** 53 - 1, 2 ** 53, 1e21, -1, 0.1),
)

test('a request is byte for byte what the client library makes of the same words', () => {
  fc.assert(
    fc.property(
      fc.array(fc.string({ unit: 'grapheme' }), { minLength: 1, maxLength: 5 }),
      fc.array(word, { maxLength: 60 }),
      (names, words) => {
        const [keys, args] = [new BulkWriter(), new BulkWriter(16)]
        const prefix = Buffer.from('tm:{ä/0}:')
        names.forEach((name, at) => (at % 2 === 0 ? keys.text(name) : keys.prefixed(prefix, name)))
        for (const one of words) args.any(one)
        const found = requestBytes('apply_1', [keys], [args])
        const named = names.map((name, at) => (at % 2 === 0 ? name : `tm:{ä/0}:${name}`))
        expect(found.equals(written(['apply_1', named.length, ...named, ...words]))).toBe(true)
      },
    ),
  )
})

test('what lies beside a cell is written as a pair whose field is spelled', () => {
  const [piece, pair] = [new ChangesWriter(), new ChangesWriter()]
  for (const writer of [piece, pair]) writer.hash('c:x')
  for (const slot of [0, 9, 10, 127])
    for (const at of [-511, -10, -1, 0, 7, 99, 100]) {
      piece.piece(slot, slot % 12, at, Buffer.from('abcdef'), 1, 4)
      pair.pair(pieceField(slot, `${slot % 12}.${at}`), Buffer.from('bcd'))
    }
  expect(piece.pairs).toBe(28)
  expect(piece.view().equals(pair.view())).toBe(true)
})

test('a call carries every operation as lua/apply.lua reads it', () => {
  const keys = partitionKeys('s', 0, 1)
  const call = new ApplyCall(keys)
  for (let again = 0; again < 2; again++) {
    call.begin()
    call.sortedSet('z:m')
    call.member(1.5, 'a')
    call.member(-2, Buffer.from('b'))
    call.hash('c:x')
    call.pair(3, Buffer.from('abcdef'), 1, 3)
    call.fields('last')
    call.field('f', 'v')
    call.withoutFields('last')
    call.gone('g')
    call.withoutMembers('due')
    call.gone('h')
    call.stream('tail', '7-0', 256, ['raw', Buffer.from('x')])
    call.remove('c:old')
    const bytes = call.finish({ def: 'D', rev: '4' }, { base: 5, next: 7, pos: ['end', 9], feedFrom: 3 })
    const changes = Buffer.concat([
      Buffer.from([0xdd, 0, 0, 0, 2, 0xa3]),
      Buffer.from('c:x'),
      Buffer.from([0xdc, 0, 2, 0xa1]),
      Buffer.from('3'),
      Buffer.from([0xa2]),
      Buffer.from('bc'),
    ])
    const count = (n: number): string => String(n).padStart(6, '0')
    const names = ['c:x', 'z:m', 'last', 'last', 'due', 'tail', 'c:old'].map((suffix) => keys.of(suffix))
    const wanted: Word[] = [functionName('apply'), 2 + names.length, keys.pos, keys.feed, ...names]
    wanted.push(5, 7, 'D', '4', keys.wake, '3-0', changes, 2, 'end', 9)
    wanted.push('z', count(4), 1.5, 'a', -2, 'b', 'h', count(2), 'f', 'v', 'e', count(1), 'g')
    wanted.push('r', count(1), 'h', 'x', count(4), '7-0', 256, 'raw', 'x', 'd', count(0))
    expect(bytes.toString('latin1')).toBe(written(wanted).toString('latin1'))
  }
})
