import { createHash, randomBytes } from 'node:crypto'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { buffer, text } from 'node:stream/consumers'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { bucketPlace } from '../../../store/backup/bucket.ts'
import { signedHeaders } from '../../../store/backup/sigv4.ts'
import { ACCESS, READER, startS3, type S3Server } from './s3-server.ts'
import { newFolder } from './scratch.ts'

const sha256 = (data: string): string => createHash('sha256').update(data).digest('hex')
let s3: S3Server
const place = (prefix = 'a/b c', access = ACCESS) =>
  bucketPlace({ bucket: 'backups', prefix, endpoint: s3.endpoint, access })

beforeAll(async () => {
  s3 = await startS3('backups')
})
afterAll(() => s3?.stop())

test('the signature is the one of the published example', () => {
  const headers = signedHeaders(
    {
      method: 'GET',
      url: new URL('https://examplebucket.s3.amazonaws.com/?max-keys=2&prefix=J'),
      sha256: sha256(''),
      nowMs: Date.UTC(2013, 4, 24),
    },
    {
      keyId: 'AKIAIOSFODNN7EXAMPLE',
      secret: 'wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY',
      region: 'us-east-1',
    },
  )
  expect(headers['authorization']).toContain(
    'Signature=34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7',
  )
})

test('a backup is there once its manifest is, over pages of names, and goes whole', async () => {
  const file = join(newFolder(), 'local')
  writeFileSync(file, 'sealed bytes')
  const names = ['20260101T000000Z-0001', '20260102T000000Z-0002', '20260103T000000Z-0003']
  for (const name of names) {
    const draft = await place().draft(name)
    await draft.add('0-s.0-0.part', file)
    expect(await text(await draft.read('0-s.0-0.part'))).toBe('sealed bytes')
    if (name !== names[1]) await draft.finish(`manifest of ${name}`)
  }
  expect(await place().names()).toEqual([names[0], names[2]])
  expect(await place().manifest(names[0]!)).toBe(`manifest of ${names[0]}`)
  expect(await place().manifest(names[1]!)).toBeNull()
  await expect(place().read(names[0]!, 'other.part')).rejects.toThrow(
    `the file other.part of backup ${names[0]} is missing`,
  )
  await (await place().draft(names[1]!)).discard()
  await place().remove(names[0]!)
  expect([...s3.objects.keys()].sort()).toEqual([
    `a/b c/${names[2]}/0-s.0-0.part`,
    `a/b c/${names[2]}/manifest.json`,
  ])
})

test('a bucket that refuses says why and what to look at, one that is away says so', async () => {
  const other = (options: object) =>
    bucketPlace({
      bucket: 'backups',
      prefix: '',
      endpoint: s3.endpoint,
      access: ACCESS,
      pauseMs: 1,
      ...options,
    })
  const said = (options: object): Promise<unknown> =>
    other(options)
      .names()
      .catch((error: Error) => error.message)
  expect(await said({ access: { ...ACCESS, secret: 'other' } })).toBe(
    's3://backups refused to list its backups: 403 SignatureDoesNotMatch; the secret is not that of the key AKIDEXAMPLE: look at AWS_SECRET_ACCESS_KEY',
  )
  expect(await said({ access: { ...ACCESS, keyId: 'AKIDX' } })).toMatch(
    /knows no key AKIDX: look at AWS_ACCESS_KEY_ID/,
  )
  expect(await said({ access: { ...ACCESS, region: 'us-east-9' } })).toMatch(
    /another region than us-east-9: look at AWS_REGION/,
  )
  expect(await said({ bucket: 'absent' })).toBe(
    `s3://absent refused to list its backups: 404 NoSuchBucket; there is no bucket absent at ${s3.endpoint}: make it first`,
  )
  expect(await said({ endpoint: 'http://127.0.0.1:1' })).toMatch(
    /^s3:\/\/backups cannot be reached at http:\/\/127.0.0.1:1: .*ECONNREFUSED/,
  )
  const draft = await other({ access: READER }).draft('20260101T000000Z-0001')
  await expect(draft.finish('manifest')).rejects.toThrow(
    '403 AccessDenied; the key needs the rights to list the bucket, and to get, put and delete below the prefix',
  )
  expect(await other({ access: READER }).names()).toEqual([])
})

test('what breaks on its way is sent again, piece by piece, and read on from where it broke', async () => {
  const bytes = randomBytes(1000)
  const file = join(newFolder(), 'local')
  writeFileSync(file, bytes)
  const name = '20260401T000000Z-0001'
  const here = bucketPlace({
    bucket: 'backups',
    prefix: 'p',
    endpoint: s3.endpoint,
    access: ACCESS,
    pauseMs: 1,
    pieceBytes: 300,
  })
  const draft = await here.draft(name)
  let troubles = 0
  s3.trouble = () => (['break', null, 'busy', 'busy', null] as const)[troubles++ % 5]!
  await draft.add('a.part', file)
  expect(s3.objects.get(`p/${name}/a.part`)).toEqual(bytes)
  expect(troubles).toBeGreaterThan(6)
  let breaks = 0
  s3.trouble = () => (breaks++ < 3 ? 'break' : null)
  expect(await buffer(await here.read(name, 'a.part'))).toEqual(bytes)
  expect(breaks).toBe(4)

  // What stays broken is said, and leaves no pieces behind that cost money.
  s3.trouble = (method) => (method === 'GET' || method === 'PUT' ? 'break' : null)
  await expect(draft.add('b.part', file)).rejects.toThrow('s3://backups/p cannot be reached at')
  expect(s3.uploads.size).toBe(0)
  await expect(here.read(name, 'a.part').then(buffer)).rejects.toThrow('s3://backups/p cannot be reached at')
  s3.trouble = () => null
  expect(await here.names()).toEqual([])
  await here.removeRemnants(Date.UTC(2026, 2, 1))
  expect(s3.objects.has(`p/${name}/a.part`)).toBe(true)
  await here.removeRemnants(Date.UTC(2026, 4, 1))
  expect(s3.objects.has(`p/${name}/a.part`)).toBe(false)
})

test('a piece that did not come whole fails the file', async () => {
  const file = join(newFolder(), 'local')
  writeFileSync(file, randomBytes(1000))
  s3.trouble = (method) => {
    for (const { pieces } of s3.uploads.values()) if (method === 'POST') pieces.set(1, Buffer.alloc(3))
    return null
  }
  const here = bucketPlace({
    bucket: 'backups',
    prefix: 'q',
    endpoint: s3.endpoint,
    access: ACCESS,
    pieceBytes: 300,
  })
  await expect((await here.draft('20260401T000000Z-0002')).add('a.part', file)).rejects.toThrow(
    'refused to keep q/20260401T000000Z-0002/a.part: InvalidPart',
  )
  s3.trouble = () => null
})
