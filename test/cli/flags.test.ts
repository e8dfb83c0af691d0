import { createServer, type AddressInfo } from 'node:net'
import { chmodSync, mkdtempSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { claimDataDirectory } from '../../cli/up/data-lock.ts'
import { nearest } from '../../model/nearest.ts'
import { choosePort } from '../../cli/up/ports.ts'
import { planChildren } from '../../cli/up/up-plan.ts'
import { readKafkaAccess } from '../../cli/args/kafka-access.ts'
import { readUpConfig } from '../../cli/up/up-config.ts'
import { readStoreSettings, showStore } from '../../cli/args/store-access.ts'

const scratch = mkdtempSync(join(tmpdir(), 'tidemark-cli-'))
afterAll(() => rmSync(scratch, { recursive: true, force: true }))

describe('the flags of up', () => {
  test('without any: the demo, in a data directory of its own', () => {
    expect(readUpConfig([], {})).toMatchObject({ demo: true, data: resolve('.tidemark/demo') })
    expect(readUpConfig(['--no-demo'], {})).toMatchObject({ demo: false, data: resolve('.tidemark/data') })
  })

  test('your own Kafka, store or definition turns the demo off', () => {
    expect(readUpConfig(['--kafka', 'a:9092,[::1]:9093'], {})).toMatchObject({
      demo: false,
      kafka: 'a:9092,[::1]:9093',
    })
    expect(readUpConfig([], { TIDEMARK_STORE: 'redis://h:1' })).toMatchObject({
      demo: false,
      store: 'redis://h:1',
    })
    expect(readUpConfig(['--definition', 'x.json'], {})).toMatchObject({
      demo: false,
      definition: resolve('x.json'),
    })
  })

  test('made-up events into your own Kafka need a yes', () => {
    expect(() => readUpConfig(['--demo', '--kafka', 'a:1'], {})).toThrow('add --yes if you mean it')
    expect(readUpConfig(['--demo', '--kafka', 'a:1', '--yes'], {})).toMatchObject({ demo: true })
  })

  test.each(['0', '70000', '1.5', 'x', '0x10', '1e3', '-1'])('port %s is none', (port) => {
    expect(() => readUpConfig(['--kafka-port', port], {})).toThrow(
      /^wrong configuration: --kafka-port: write a whole number from 1 to 65535, not "/,
    )
  })

  test('a variable that is empty or blank is as if it were not set, and a wrong one is named', () => {
    const names = ['PORT', 'DATA_DIR', 'KAFKA', 'STORE', 'DEFINITION', 'DURABILITY', 'STORE_SHARDS']
    for (const nothing of ['', ' ', '\t'])
      expect(
        readUpConfig([], Object.fromEntries(names.map((name) => [`TIDEMARK_${name}`, nothing]))),
      ).toMatchObject({ demo: true, data: resolve('.tidemark/demo') })
    expect(() => readUpConfig([], { TIDEMARK_PORT: '0x10', TIDEMARK_DURABILITY: 'ever' })).toThrow(
      'wrong configuration: TIDEMARK_PORT: write a whole number from 1 to 65535, not "0x10"; TIDEMARK_DURABILITY: is one of cache, durable, strict',
    )
    expect(() => readUpConfig(['--data', ' '], {})).toThrow('--data needs a value')
  })

  test('a variable for a flag without a value says yes or no, or is refused', () => {
    const tls = (word: string): unknown =>
      readUpConfig(['--kafka', 'a:1'], { TIDEMARK_KAFKA_TLS: word }) &&
      readKafkaAccess({}, { TIDEMARK_KAFKA_TLS: word })
    for (const yes of ['1', 'true', 'YES', 'on']) expect(tls(yes)).toEqual({ ssl: true })
    for (const no of ['0', 'False', 'no', 'off', '']) expect(tls(no)).toEqual({})
    for (const neither of ['2', 'ja', 'enabled'])
      expect(() => tls(neither)).toThrow(`TIDEMARK_KAFKA_TLS=${neither}: write 1 or 0.`)
  })

  test('a flag wins over its variable', () => {
    expect(readUpConfig(['--port=5000'], { TIDEMARK_PORT: '6000' })).toMatchObject({ port: 5000 })
    expect(readUpConfig([], { TIDEMARK_PORT: '6000' })).toMatchObject({ port: 6000 })
  })

  test.each([
    [['--prot', '4400'], 'unknown flag --prot; did you mean --port?'],
    [['--nodemo'], 'unknown flag --nodemo; did you mean --no-demo?'],
    [['--constructor'], 'unknown flag --constructor. See'],
    [['--zzzzzzzz'], 'unknown flag --zzzzzzzz. See'],
    [['--port'], '--port needs a value: --port N'],
    [['--yes=1'], '--yes takes no value'],
    [['--port', '1', '--port', '2'], 'given twice'],
    [['--demo', '--no-demo'], 'exclude each other'],
    [['stray'], '"stray" is not a flag'],
  ])('%j is wrong usage', (argv, sentence) => {
    expect(() => readUpConfig(argv, {})).toThrow(
      expect.objectContaining({ exitCode: 2, message: expect.stringContaining(sentence) }),
    )
  })

  test('all wrong values are told at once', () => {
    expect(() => readUpConfig(['--port', '70000', '--kafka', 'nowhere', '--store', 'http://x'], {})).toThrow(
      expect.objectContaining({
        exitCode: 78,
        message: expect.stringMatching(
          /--port.*--kafka.*--store|--kafka.*--store.*--port|--port.*--store.*--kafka/,
        ),
      }),
    )
  })
})

test('nearest knows what a typist meant, and when nobody can', () => {
  const known = ['up', 'ingest', 'serve', 'simulate']
  expect(nearest('ingset', known)).toBe('ingest')
  expect(nearest('sim', known)).toBe('simulate')
  expect(nearest('quetzal', known)).toBeUndefined()
})

test('a busy default moves, a busy given port is an error', async () => {
  const server = createServer()
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
  const busy = (server.address() as AddressInfo).port
  const moved = await choosePort('--port', undefined, busy, new Set([busy + 1]))
  expect(moved).toBeGreaterThan(busy + 1)
  await expect(choosePort('--port', busy, 4400, new Set())).rejects.toThrow(`port ${busy} is already in use`)
  await expect(choosePort('--store-port', 4400, 4479, new Set([4400]))).rejects.toThrow(
    'another flag says too',
  )
  await new Promise((done) => server.close(done))
})

describe('the data directory', () => {
  test('belongs to one process at a time', async () => {
    const folder = join(scratch, 'one')
    const lock = await claimDataDirectory(folder)
    await expect(claimDataDirectory(folder)).rejects.toThrow(`in use by process ${process.pid}`)
    await lock.release()
    await (await claimDataDirectory(folder)).release()
  })

  test('that cannot be used is one sentence and exit 78, at once', async () => {
    const file = join(scratch, 'file')
    const loop = join(scratch, 'loop')
    writeFileSync(file, '')
    symlinkSync(loop, loop)
    const cases: [folder: string, reason: RegExp][] = [
      [join(file, 'below'), /part of the path is a file/],
      [file, /it is a file, not a folder/],
      ['/dev/null', /it is a file, not a folder/],
      [join(loop, 'x'), /its links lead in a circle/],
      [join(scratch, 'a'.repeat(300)), /the name is too long/],
      ['/proc/x/y', /takes no new files|permission denied|part of the path|read-only/],
      ['/proc', /takes no new files|permission denied|read-only/],
    ]
    if (process.getuid?.() !== 0) {
      const locked = mkdtempSync(join(scratch, 'locked-'))
      chmodSync(locked, 0o500)
      cases.push([join(locked, 'below'), /permission denied/])
    }
    for (const [folder, reason] of cases) {
      const error = await claimDataDirectory(folder).catch((refused: unknown) => refused)
      expect(error, folder).toMatchObject({ exitCode: 78, message: expect.stringMatching(reason) })
      expect((error as Error).message).toMatch(
        /^cannot write to [^\n]*; choose another folder by --data DIR\.$/,
      )
    }
  })

  test('makes the folders above it', async () => {
    const folder = join(scratch, 'new', 'newer', 'newest')
    await (await claimDataDirectory(folder)).release()
    expect(statSync(join(scratch, 'new')).mode & 0o777).toBe(0o700)
  })
})

test('a password in a store URL is never shown', () => {
  expect(showStore('redis://user:secret@h:1')).toBe('redis://h:1')
  expect(showStore('rediss+cluster://:secret@h:1,[::1]')).toBe('rediss+cluster://h:1,[::1]:6379')
  expect(showStore('valkey://h:1/3')).toBe('redis://h:1/3')
})

describe('how to get into the store', () => {
  const file = (name: string, text: string): string => {
    const path = join(scratch, name)
    writeFileSync(path, text)
    return path
  }
  test('by file, by variable, by address; a changed file is read again', () => {
    const path = file('store-password', 'one\n')
    const { url, access } = readStoreSettings(
      { store: 'rediss+cluster://h:1', 'store-password-file': path, 'store-user': 'app' },
      {},
    )
    expect([url, access?.user, access?.password?.()]).toEqual(['rediss+cluster://h:1', 'app', 'one'])
    writeFileSync(path, 'two\n')
    expect(access?.password?.()).toBe('two')
    expect(
      readStoreSettings(
        {},
        { TIDEMARK_STORE: 'redis://h:1', TIDEMARK_STORE_PASSWORD: 'three' },
      ).access?.password?.(),
    ).toBe('three')
    expect(readStoreSettings({}, {})).toEqual({ url: 'redis://127.0.0.1:4479', access: {} })
  })

  test.each([
    [{ store: 'http://x' }, {}, /begins with no scheme.*redis:\/\/.*rediss\+cluster/],
    [{ store: 'redis://:S3cret@[::1' }, {}, /HOST:PORT/],
    [
      { store: 'redis://h:1', 'store-user': 'a', 'store-password-file': '/no/such/S3cret' },
      {},
      /store-password-file.*cannot be read \(ENOENT\)/,
    ],
    [{ store: 'redis://:S3cret@h:1' }, { TIDEMARK_STORE_PASSWORD: 'S3cret' }, /given twice/],
    [{ store: 'redis://app:S3cret@h:1', 'store-user': 'other' }, {}, /two users/],
    [{ store: 'redis://h:1' }, { TIDEMARK_STORE_CA: '/ca.pem' }, /--store-ca is for a store with TLS/],
    [{ store: 'rediss://h:1', 'store-ca': file('no.pem', 'S3cret') }, {}, /holds no certificate/],
    [
      { store: 'rediss://h:1', 'store-cert': file('c.pem', '-----BEGIN CERTIFICATE-----') },
      {},
      /belong together/,
    ],
    [{ store: 'redis://h:1', 'store-password-file': file('empty', '\n') }, {}, /it is empty/],
  ])('%j with %j is refused with 78', (values, env, sentence) => {
    let message = ''
    try {
      readStoreSettings(values, env)
    } catch (error) {
      message = (error as Error).message
      expect(error).toMatchObject({ exitCode: 78 })
    }
    expect(message).toMatch(sentence)
    if (!('store-password-file' in values)) expect(message).not.toContain('S3cret')
  })

  test('children of up get the address by their environment, where nobody else can read it', async () => {
    const config = readUpConfig(
      ['--store', 'redis://app:S3cret@127.0.0.1:1', '--no-demo', '--store-ca', 'x'].slice(0, 3),
      { HOME: '/h' },
    )
    if (config === 'help') throw new Error('help')
    const { stages } = await planChildren(config)
    for (const { args, env } of stages.flat()) {
      expect(args.join(' ')).not.toContain('S3cret')
      expect(env).toMatchObject({ HOME: '/h', TIDEMARK_STORE: 'redis://app:S3cret@127.0.0.1:1' })
    }
  })
})
