import { createHash } from 'node:crypto'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { bucketPlace } from '../../../store/backup/bucket.ts'
import { signedHeaders } from '../../../store/backup/sigv4.ts'
import { ACCESS, startS3, type S3Server } from './s3-server.ts'
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
    await draft.add('0-s.0-0.part', file, sha256('sealed bytes'))
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

test('a bucket that refuses says why, one that is away says so', async () => {
  await expect(place('', { ...ACCESS, secret: 'other' }).names()).rejects.toThrow('403 SignatureDoesNotMatch')
  await expect(
    bucketPlace({ bucket: 'other', prefix: '', endpoint: s3.endpoint, access: ACCESS }).names(),
  ).rejects.toThrow('s3://other refused to list its backups: 403 NoSuchBucket')
  await expect(
    bucketPlace({ bucket: 'b', prefix: '', endpoint: 'http://127.0.0.1:1', access: ACCESS }).names(),
  ).rejects.toThrow('s3://b cannot be reached')
})
