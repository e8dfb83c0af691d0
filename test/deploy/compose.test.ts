/** Every command, flag, variable, port and health check of compose.yaml is one that the code has. */
import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { parse } from 'yaml'
import { run as health } from '../../cli/commands/health.ts'
import { DRAIN_MS, readIngestConfig } from '../../cli/commands/ingest-config.ts'
import { readServeConfig } from '../../cli/commands/serve-config.ts'
import { readSimulateConfig } from '../../cli/commands/simulate-config.ts'
import { needs } from '../harness/needs.ts'

interface Service {
  image: string
  command?: string[]
  environment?: Record<string, string>
  ports?: string[]
  expose?: string[]
  volumes?: string[]
  profiles?: string[]
  depends_on?: Record<string, { condition: string }>
  healthcheck?: { test?: string[]; disable?: boolean }
  user?: string
  restart?: string
  stop_grace_period?: string
  read_only?: boolean
  cap_drop?: string[]
  security_opt?: string[]
  tmpfs?: string[]
}

const root = join(import.meta.dirname, '../..')
const read = (file: string): string => readFileSync(join(root, file), 'utf8')
const document = parse(read('compose.yaml'), { merge: true }) as {
  services: Record<string, Service>
  volumes: Record<string, null>
}
const services = Object.entries(document.services)
const own = services.filter(([, { image }]) => image.startsWith('tidemark:'))
const version = (JSON.parse(read('package.json')) as { version: string }).version

/** As compose does it: what the machine's variables leave out gets its default. */
const filledIn = (text: string): string => text.replace(/\$\{(\w+):-([^}]*)\}/g, '$2')
const wordsOf = ({ command = [] }: Service): string[] => command.map(filledIn)

/** The variables of a service, and which of them somebody read. */
function watchedEnv({ environment = {} }: Service): { env: NodeJS.ProcessEnv; unread: () => string[] } {
  const values = Object.fromEntries(
    Object.entries(environment).map(([name, value]) => [name, filledIn(value)]),
  )
  const unread = new Set(Object.keys(values))
  const env = new Proxy(values, {
    get(target, name) {
      unread.delete(String(name))
      return target[String(name)]
    },
  })
  return { env, unread: () => [...unread] }
}

const STORE = `redis+sentinel://${[1, 2, 3].map((n) => `valkey-sentinel-${n}:26379`).join(',')}/tidemark`

test('the services are those of the manual', () => {
  expect(services.map(([name]) => name).sort()).toEqual([
    'demo',
    'ingest',
    'kafka',
    'serve',
    'valkey',
    'valkey-cluster',
    ...[1, 2, 3, 4, 5, 6].map((n) => `valkey-node-${n}`),
    'valkey-replica',
    ...[1, 2, 3].map((n) => `valkey-sentinel-${n}`),
  ])
  expect(own.map(([name]) => name).sort()).toEqual(['demo', 'ingest', 'serve'])
})

describe('each service of ours says what the code understands', () => {
  const port = (list: string[] | undefined): number[] =>
    (list ?? []).map((text) => Number(filledIn(text).split(':').at(-1)))

  test('ingest', () => {
    const service = document.services['ingest']!
    const { env, unread } = watchedEnv(service)
    const [command, ...argv] = wordsOf(service)
    expect(command).toBe('ingest')
    const config = readIngestConfig(argv, env)!
    expect(unread()).toEqual([])
    expect(config.metrics).toEqual({ host: '0.0.0.0', port: port(service.expose)[0] })
    expect(service.ports).toBeUndefined()
    expect(service.healthcheck!.test).toEqual([
      'CMD',
      'node',
      'dist/cli/main.js',
      'health',
      '--port',
      String(config.metrics!.port),
    ])
    expect(config.log).toEqual({ level: 'info', format: 'json' })
    expect([config.brokers, config.store]).toEqual([['kafka:9092'], { access: {}, url: STORE }])
  })

  test('serve', () => {
    const service = document.services['serve']!
    const { env, unread } = watchedEnv(service)
    const [command, ...argv] = wordsOf(service)
    expect(command).toBe('serve')
    const config = readServeConfig(argv, env)!
    expect(unread()).toEqual([])
    expect(config.host).toBe('0.0.0.0')
    expect(port(service.ports)).toEqual([config.port])
    expect(service.healthcheck!.test).toEqual([
      'CMD',
      'node',
      'dist/cli/main.js',
      'health',
      '--port',
      String(config.port),
    ])
    expect([config.brokers, config.store]).toEqual([['kafka:9092'], { access: {}, url: STORE }])
  })

  test('serve refuses what is open to others, unless that is said', () => {
    const { env } = watchedEnv(document.services['serve']!)
    expect(() => readServeConfig([], { ...env, TIDEMARK_OPEN: undefined })).toThrow(
      /others could reach 0\.0\.0\.0/,
    )
  })

  test('demo', () => {
    const service = document.services['demo']!
    const [command, ...argv] = wordsOf(service)
    expect(command).toBe('simulate')
    const config = readSimulateConfig(argv)
    expect(config).toMatchObject({
      live: true,
      brokers: ['kafka:9092'],
      partitions: readIngestConfig([], watchedEnv(document.services['ingest']!).env)!.partitions,
    })
    expect(service).toMatchObject({ profiles: ['demo'], healthcheck: { disable: true } })
    expect(service.environment).toBeUndefined()
  })

  test('the words of the health checks are flags of tidemark health', async () => {
    const checks = own
      .flatMap(([, { healthcheck }]) => healthcheck?.test ?? [])
      .filter((word) => word.startsWith('--'))
    const instruction = /^HEALTHCHECK .*CMD (\[.*\])$/m.exec(read('Dockerfile'))![1]!
    const inImage = (JSON.parse(instruction) as string[]).slice(3)
    for (const flag of new Set([...checks, ...inImage]))
      await expect(health([flag, ...(flag === '--port' ? ['1'] : ['--port', '1'])])).rejects.toThrow(
        /nothing answers/,
      )
  })
})

describe('every service is held as tight as it can be', () => {
  test.each(services)('%s', (name, service) => {
    expect(service.image).toMatch(/^[\w/]+:\d+\.\d+\.\d+$/)
    expect(service.restart).toBe('unless-stopped')
    const graceS = Number(/^(\d+)s$/.exec(service.stop_grace_period ?? '')?.[1] ?? 0)
    expect(graceS * 1000).toBeGreaterThan(DRAIN_MS)
    expect(service.cap_drop).toEqual(['ALL'])
    expect(service.security_opt).toEqual(['no-new-privileges:true'])
    // The Kafka image writes its settings into its root at each start.
    if (name !== 'kafka')
      expect(service).toMatchObject({ read_only: true, user: expect.stringMatching(/^(node|999:999)$/) })
    for (const published of service.ports ?? [])
      expect(published).toMatch(/^127\.0\.0\.1:\$\{TIDEMARK_\w+:-\d+\}:\d+$/)
    for (const [other, { condition }] of Object.entries(service.depends_on ?? {})) {
      expect(condition).toBe('service_healthy')
      expect(document.services[other]?.healthcheck?.test).toBeDefined()
    }
    expect(service.healthcheck).toBeDefined()
  })

  test('volumes are named, and each is used once', () => {
    const used = services.flatMap(([, { volumes = [] }]) => volumes.map((text) => text.split(':')[0]!))
    expect(used.sort()).toEqual(Object.keys(document.volumes).sort())
  })

  test('the stores forget nothing to make room, and keep a file', () => {
    for (const name of ['valkey', 'valkey-replica', ...[1, 2, 3, 4, 5, 6].map((n) => `valkey-node-${n}`)]) {
      const line = wordsOf(document.services[name]!).join(' ')
      for (const words of [
        '--appendonly yes',
        '--maxmemory-policy noeviction',
        '--maxmemory 1gb',
        '--dir /data',
      ])
        expect(line).toContain(words)
    }
  })
})

test('image and package have one version', () => {
  for (const [, { image }] of own) expect(image).toBe(`tidemark:${version}`)
  expect(/image\.version="([^"]+)"/.exec(read('Dockerfile'))![1]).toBe(version)
})

test('compose.definition.yaml adds one file, where its variable says', () => {
  const more = parse(read('compose.definition.yaml')) as {
    services: Record<
      string,
      { environment: Record<string, string>; volumes: { target: string; read_only: boolean }[] }
    >
  }
  expect(Object.keys(more.services).sort()).toEqual(['ingest', 'serve'])
  for (const { environment, volumes } of Object.values(more.services)) {
    expect(environment).toEqual({ TIDEMARK_DEFINITION: volumes[0]!.target })
    expect(volumes).toMatchObject([{ read_only: true }])
  }
})

describe('a compose tool takes it', () => {
  const { test: testWith } = needs('docker-compose')
  testWith.each([
    ['compose.yaml', 'demo'],
    ['compose.yaml', 'cluster'],
    ['compose.yaml + compose.definition.yaml', 'demo'],
  ])('%s, profile %s', (files, profile) => {
    const args = files.split(' + ').flatMap((file) => ['-f', join(root, file)])
    const { status, stderr } = spawnSync('docker-compose', [...args, '--profile', profile, 'config', '-q'], {
      encoding: 'utf8',
      timeout: 20_000,
    })
    expect([status, stderr]).toEqual([0, ''])
  })
})
