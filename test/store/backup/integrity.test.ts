/** The seals of a backup: whatever byte is changed, wherever it is cut, by whichever name or key it is read, it does not pass. */
import { randomBytes } from 'node:crypto'
import { Readable } from 'node:stream'
import { buffer } from 'node:stream/consumers'
import { describe, expect, test } from 'vitest'
import { BackupError } from '../../../store/backup/fault.ts'
import { openFrames, sealing } from '../../../store/backup/frames.ts'
import { readKey } from '../../../store/backup/key.ts'
import { readManifest, writeManifest } from '../../../store/backup/manifest.ts'

const key = readKey(Buffer.alloc(32, 7), 'key')
const other = readKey(Buffer.alloc(32, 8), 'key')
const NAME = '0-clicks.3-0.part'
/** Two whole frames and a part of a third. */
const plain = randomBytes(150_000)
const seal = (bytes: Buffer, name = NAME): Promise<Buffer> =>
  buffer(Readable.from([bytes]).pipe(sealing(key, name)))
const opened = (file: Buffer, name = NAME, by = key): Promise<Buffer> =>
  buffer(Readable.from(openFrames(Readable.from([file]), by, name)))

async function faultOf(file: Buffer, name = NAME, by = key): Promise<string> {
  const error = await opened(file, name, by).then(
    () => null,
    (thrown: unknown) => thrown,
  )
  return error instanceof BackupError ? error.code : `not noticed: ${String(error)}`
}

describe('a part', () => {
  test('comes out as it went in', async () => {
    for (const bytes of [plain, Buffer.alloc(0), plain.subarray(0, 65_536), plain.subarray(0, 131_072)])
      expect((await opened(await seal(bytes))).equals(bytes)).toBe(true)
  })

  test('does not open with a bit flipped anywhere', async () => {
    const file = await seal(plain)
    const ends = [0, 6, 22, 26, 65_562, 65_578, 131_118, file.length]
    const near = ends.flatMap((end) => Array.from({ length: 12 }, (_, at) => end - 6 + at))
    const random = Array.from({ length: 60 }, () => Math.floor(Math.random() * file.length))
    for (const at of [...near, ...random].filter((at) => at >= 0 && at < file.length)) {
      const flipped = Buffer.from(file)
      flipped[at]! ^= 1 << (at % 8)
      expect(await faultOf(flipped), `byte ${at}`).toMatch(/^PART_(CHANGED|CUT)$/)
    }
  })

  test('does not open cut short anywhere, or with more behind it', async () => {
    const file = await seal(plain)
    for (const length of [0, 1, 5, 6, 21, 22, 25, 26, 65_577, 65_578, 131_118, file.length - 1])
      expect(await faultOf(file.subarray(0, length)), `${length} bytes`).toBe('PART_CUT')
    expect(await faultOf(Buffer.concat([file, Buffer.from([0])]))).toBe('PART_CHANGED')
  })

  test('does not open without one of its frames, with two of them in each other’s place, or with frames of another', async () => {
    const file = await seal(plain)
    const [head, first, second, third] = [
      file.subarray(0, 22),
      file.subarray(22, 65_578),
      file.subarray(65_578, 131_134),
      file.subarray(131_134),
    ]
    expect(Buffer.concat([head, first, second, third]).equals(file)).toBe(true)
    const foreign = (await seal(plain)).subarray(65_578, 131_134)
    for (const frames of [
      [first, third],
      [second, first, third],
      [first, first, third],
      [first, foreign, third],
      [third],
    ])
      expect(await faultOf(Buffer.concat([head, ...frames]))).toBe('PART_CHANGED')
    expect(await faultOf(Buffer.concat([head, first, second]))).toBe('PART_CUT')
  })

  test('does not open by another name or with another key', async () => {
    const file = await seal(plain)
    expect(await faultOf(file, '0-clicks.4-0.part')).toBe('PART_CHANGED')
    expect(await faultOf(file, NAME, other)).toBe('PART_CHANGED')
  })
})

test('a manifest of which any byte was changed is refused, and so is one without its seal or of another key', () => {
  const name = '20260301T120000Z-3f9a'
  const text = writeManifest(key, {
    name,
    takenAtMs: 1,
    tookMs: 2,
    tidemark: '1',
    engine: '7.2',
    keys: 3,
    sources: [
      {
        source: 'clicks',
        active: 1,
        generations: [{ generation: 1, def: 'd', state: 'active', topic: 't' }],
      },
    ],
    positions: [
      {
        source: 'clicks',
        partition: 0,
        generation: 1,
        first: 0,
        next: 9,
        def: 'd',
        cluster: 'c',
        topic: 't',
        counted: 9,
      },
    ],
    parts: [{ file: NAME, node: 0, keys: 3, expiring: 0, plainBytes: 9, bytes: 9, sha256: 'ab' }],
    verified: { atMs: 1, tookMs: 1, engine: '7.2' },
  })
  expect(readManifest(text, name, key).positions[0]!.next).toBe(9)
  // The line feed at its end is no part of what it says.
  for (let at = 0; at < text.length - 1; at++) {
    const changed = text.slice(0, at) + String.fromCharCode(text.charCodeAt(at) ^ 1) + text.slice(at + 1)
    expect(() => readManifest(changed, name, key), `byte ${at}`).toThrow(BackupError)
  }
  for (const [changed, why] of [
    [text.slice(0, text.trimEnd().lastIndexOf('\n')), /cannot be read|lacks what/],
    [text.slice(0, 100), /cannot be read/],
    ['', /cannot be read/],
  ] as const)
    expect(() => readManifest(changed, name, key)).toThrow(why)
  expect(() => readManifest(text, name, other)).toThrow(/made with another key/)
  expect(() => readManifest(text, '20260301T120000Z-0000', key)).toThrow(/it is the manifest of backup/)
})
