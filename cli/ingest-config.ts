import { readFileSync } from 'node:fs'
import type { Source } from '../model/definition.ts'
import { DefinitionError, readDefinition } from '../model/definition-file.ts'
import { shipped } from '../model/shipped.ts'
import { CommandError, exitCodes } from './exit.ts'
import { describeFlags, parseFlags, type Flag } from './flags.ts'
import { defaultKafka, readBrokers, readNumber } from './producing.ts'

const flags = {
  kafka: { takes: 'HOST:PORT,...', says: `the Kafka brokers (${defaultKafka})` },
  store: { takes: 'URL', says: 'redis://HOST:PORT, rediss:// or redis+cluster://HOST:PORT,... (redis://127.0.0.1:4479)' },
  definition: { takes: 'FILE', says: 'the sources, as JSON (the shipped clicks and readings)' },
  partitions: { takes: 'N', says: 'of a topic that is not there yet (4)' },
  'session-timeout-ms': { takes: 'MS', says: 'how long the group waits for a silent worker (30000)' },
  help: { says: 'this text' },
} satisfies Record<string, Flag>

export const ingestHelp = `tidemark ingest: folds events from Kafka into the store, each exactly once

usage: tidemark ingest [flags]

${describeFlags(flags)}
Run as many as there are partitions; the group spreads the work. SIGTERM or Ctrl-C lets the calls in flight land and leaves the group.

exit codes: 0 told to stop, 1 failed (start it again), 2 wrong usage, 78 a setting that cannot work
`

export interface IngestConfig {
  readonly brokers: string[]
  readonly store: string
  readonly sources: Source[]
  readonly partitions: number
  readonly sessionTimeoutMs: number
}

/** Null when help was asked for. Throws CommandError. Environment: TIDEMARK_KAFKA, TIDEMARK_STORE, TIDEMARK_DEFINITION; flags win. */
export function readIngestConfig(argv: readonly string[], env: NodeJS.ProcessEnv = process.env): IngestConfig | null {
  const values = parseFlags('ingest', argv, flags)
  if (values['help'] === true) return null
  const text = (flag: string, variable: string): string | undefined => (values[flag] as string | undefined) ?? env[variable]
  return {
    brokers: readBrokers(text('kafka', 'TIDEMARK_KAFKA') ?? defaultKafka),
    store: text('store', 'TIDEMARK_STORE') ?? 'redis://127.0.0.1:4479',
    sources: readSources(text('definition', 'TIDEMARK_DEFINITION')),
    partitions: readNumber('partitions', text('partitions', 'TIDEMARK_PARTITIONS') ?? '4', { least: 1, most: 1000, whole: true }),
    sessionTimeoutMs: readNumber('session-timeout-ms', text('session-timeout-ms', 'TIDEMARK_SESSION_TIMEOUT_MS') ?? '30000', { least: 1000, most: 600_000, whole: true }),
  }
}

/** The sources of a definition file, or the shipped ones. Throws CommandError with every fault. */
export function readSources(file: string | undefined): Source[] {
  if (file === undefined) return readDefinition(shipped)
  try {
    return readDefinition(JSON.parse(readFileSync(file, 'utf8')))
  } catch (error) {
    const why = error instanceof DefinitionError ? error.message : `it cannot be read: ${(error as Error).message}`
    throw new CommandError(`${file}: ${why}`, exitCodes.config)
  }
}
