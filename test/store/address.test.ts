import { describe, expect, test } from 'vitest'
import { parseStoreAddress, showAddress } from '../../store/connection/address.ts'

const one = (host: string, port = 6379) => [{ host, port }]

describe('an address of the store', () => {
  test.each([
    ['redis://h', { primaryName: null, isCluster: false, isTls: false, nodes: one('h'), db: 0 }],
    ['valkey://h:1/', { primaryName: null, isCluster: false, isTls: false, nodes: one('h', 1), db: 0 }],
    [
      'REDISS://h.example.:65535/15',
      { primaryName: null, isCluster: false, isTls: true, nodes: one('h.example.', 65_535), db: 15 },
    ],
    [
      'redis://[::1]:7000',
      { primaryName: null, isCluster: false, isTls: false, nodes: one('::1', 7000), db: 0 },
    ],
    [
      'redis://:pw@h',
      { primaryName: null, isCluster: false, isTls: false, nodes: one('h'), db: 0, password: 'pw' },
    ],
    [
      'redis://app@h',
      { primaryName: null, isCluster: false, isTls: false, nodes: one('h'), db: 0, user: 'app' },
    ],
    [
      'redis://a%40b:p%3A%2F%40%25@h:1',
      {
        primaryName: null,
        isCluster: false,
        isTls: false,
        nodes: one('h', 1),
        db: 0,
        user: 'a@b',
        password: 'p:/@%',
      },
    ],
    [
      'redis://app:p@s:s@h:1',
      {
        primaryName: null,
        isCluster: false,
        isTls: false,
        nodes: one('h', 1),
        db: 0,
        user: 'app',
        password: 'p@s:s',
      },
    ],
    [
      'redis+cluster://a:1,b,[fe80::1]:3',
      {
        primaryName: null,
        isCluster: true,
        isTls: false,
        nodes: [...one('a', 1), ...one('b'), ...one('fe80::1', 3)],
        db: 0,
      },
    ],
    [
      'valkeys+cluster://app:S3cret@a:1,b:2/0',
      {
        primaryName: null,
        isCluster: true,
        isTls: true,
        nodes: [...one('a', 1), ...one('b', 2)],
        db: 0,
        user: 'app',
        password: 'S3cret',
      },
    ],
    [
      'redis://under_score:1',
      { primaryName: null, isCluster: false, isTls: false, nodes: one('under_score', 1), db: 0 },
    ],
    [
      'rediss+sentinel://app:S3cret@a,[::1]:2/main.1/3',
      {
        primaryName: 'main.1',
        isCluster: false,
        isTls: true,
        nodes: [...one('a', 26_379), ...one('::1', 2)],
        db: 3,
        user: 'app',
        password: 'S3cret',
      },
    ],
  ])('%s', (text, address) => expect(parseStoreAddress(text)).toEqual(address))

  test.each([
    ['http://S3cret'],
    ['S3cret'],
    [''],
    ['redis:S3cret'],
    ['//S3cret'],
    ['unix:///S3cret'],
    ['redis-cluster://S3cret'],
    ['rediss+clusters://S3cret'],
    ['redis://'],
    ['redis://:S3cret@'],
    ['redis://app:S3cret@:6379'],
    ['redis://:S3cret@[::1'],
    ['redis://:S3cret@[S3cret]:1'],
    ['redis://:S3cret@::1:6379'],
    ['redis://:S3cret@h:0'],
    ['redis://:S3cret@h:65536'],
    ['redis://:S3cret@h:S3cret'],
    ['redis://:S3cret@h:'],
    ['redis://:S3cret@h:1,i:2'],
    ['redis://:S3cret@h:1/S3cret'],
    ['redis://:S3cret@h:1/0/1'],
    ['redis://:S3cret@h:1?family=6'],
    ['redis://:S3cret@h:1#S3cret'],
    ['redis+cluster://:S3cret@h:1/1'],
    ['redis+cluster://:S3cret@h:1,'],
    ['redis://:S3c/ret@h:1'],
    ['redis://app:123/S3cret@h:1'],
    ['redis://:S3c#ret@h'],
    ['redis://:S3c?ret@h'],
    ['redis://:S3cret%@h'],
    ['redis://:S3cret%zz@h'],
    ['redis://:%FFS3cret@h'],
    ['redis://:S3cret@h h'],
    ['redis://:S3cret@h\n'],
    [' redis://:S3cret@h'],
    ['redis://:S3cret@h\\i'],
    ['redis://:S3cret@-'],
    ['redis://:S3cret@h*'],
  ])('%j is refused, and nothing of it is said', (text) => {
    let message = ''
    try {
      parseStoreAddress(text)
    } catch (error) {
      expect((error as Error).name).toBe('StoreAddressError')
      message = (error as Error).message
    }
    expect(message).not.toBe('')
    expect(message).not.toContain('S3c')
  })

  test('is shown without user and password', () => {
    expect(showAddress(parseStoreAddress('rediss://app:S3cret@h:1/2'))).toBe('rediss://h:1/2')
    expect(showAddress(parseStoreAddress('redis+cluster://:S3cret@a,[::1]:2'))).toBe(
      'redis+cluster://a:6379,[::1]:2',
    )
  })
})
