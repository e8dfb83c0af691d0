/** Flags of `tidemark store backup`, `backups`, `verify` and `restore`: where backups are kept, and the key. */
import { brokersOf } from '../../args/settings.ts'
import { randomBytes } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { delimiter, dirname, resolve } from 'node:path'
import { findStoreBinaries } from '../../../embedded/store-binaries.ts'
import { bucketPlace } from '../../../store/backup/bucket.ts'
import { BackupError } from '../../../store/backup/fault.ts'
import { folderPlace } from '../../../store/backup/folder.ts'
import { readKey, type BackupKey } from '../../../store/backup/key.ts'
import type { BackupPlace } from '../../../store/backup/place.ts'
import { parseRetention, type Retention } from '../../../store/backup/retention.ts'
import { CommandError, exitCodes } from '../../args/exit.ts'
import { wrongConfiguration as wrong } from '../../args/flag-file.ts'
import { parseFlags, type Flag, type FlagValues } from '../../args/flags.ts'
import { accessFlags, readKafkaAccess, type KafkaAccess } from '../../args/kafka-access.ts'
import { readStoreSettings, storeFlags, type StoreSettings } from '../../args/store-access.ts'
import { DEFAULT_KAFKA, readTimeMs } from '../../args/values.ts'

const DEFAULT_PLACE = '.tidemark/backups'
const DEFAULT_KEY_FILE = '.tidemark/backup.key'
/** Where servers lie that are not on everybody's PATH. */
const USUAL_DIRS = [
  '.tidemark/engine/bin',
  '/usr/sbin',
  '/usr/local/bin',
  '/usr/local/sbin',
  '/opt/homebrew/bin',
]

const placeDescription = `a folder, or s3://BUCKET/PREFIX (TIDEMARK_BACKUPS, else ${DEFAULT_PLACE})`

export const keyFlags = {
  'key-file': {
    argument: 'FILE',
    description: `the key: 32 bytes or 64 hexadecimal digits (TIDEMARK_BACKUP_KEY_FILE, else ${DEFAULT_KEY_FILE}, which backup makes)`,
  },
} satisfies Record<string, Flag>
const binaryFlag = {
  binary: {
    argument: 'FILE',
    description: 'the server program for the rehearsal (valkey-server or redis-server, wherever it is found)',
  },
} satisfies Record<string, Flag>
const endpointFlag = {
  endpoint: {
    argument: 'URL',
    description: 'of a bucket: a service other than Amazon S3 (AWS_ENDPOINT_URL_S3)',
  },
} satisfies Record<string, Flag>
const help = { help: { description: 'this text' } } satisfies Record<string, Flag>

export const backupFlags = {
  to: { argument: 'PLACE', description: `where it is kept: ${placeDescription}` },
  ...endpointFlag,
  ...keyFlags,
  keep: {
    argument: 'RULE',
    description: 'delete older ones afterwards: 7d, or 10 for the newest ten, or 7d,10 for what either keeps',
  },
  ...binaryFlag,
  ...storeFlags,
  ...help,
} satisfies Record<string, Flag>

export const backupsFlags = {
  from: { argument: 'PLACE', description: placeDescription },
  ...endpointFlag,
  json: { description: 'the manifests as JSON' },
  ...help,
} satisfies Record<string, Flag>

export const verifyFlags = {
  from: backupsFlags.from,
  ...endpointFlag,
  backup: { argument: 'NAME', description: 'which one (the newest)' },
  ...keyFlags,
  ...binaryFlag,
  ...help,
} satisfies Record<string, Flag>

export const restoreFlags = {
  from: backupsFlags.from,
  ...endpointFlag,
  backup: { argument: 'NAME', description: 'which one (the newest; with --to the newest before that time)' },
  to: {
    argument: 'TIME',
    description: 'as of a time such as 2026-03-01T12:00:00Z: the log is replayed up to there, and no further',
  },
  'move-on': { description: 'with --to: workers may count on in it' },
  yes: { argument: 'NAME', description: 'agree that this backup takes the place of what the store holds' },
  ...keyFlags,
  kafka: { argument: 'HOST:PORT,...', description: `with --to: the Kafka brokers (${DEFAULT_KAFKA})` },
  ...accessFlags,
  ...storeFlags,
  ...help,
} satisfies Record<string, Flag>

export const BUCKET_HELP = `A bucket is opened by the variables AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, AWS_SESSION_TOKEN and AWS_REGION; AWS_ENDPOINT_URL_S3 names a service other than Amazon's.
`

export interface BackupConfig {
  readonly place: BackupPlace
  readonly keep: Retention | null
  readonly key: BackupKey
  /** Made by this run: its owner must be told. */
  readonly newKeyFile: string | null
  readonly binary: string
  readonly store: StoreSettings
}

type Environment = NodeJS.ProcessEnv

/** Null when help was asked for. Throws CommandError. */
export function readBackupConfig(
  argv: readonly string[],
  env: Environment = process.env,
): BackupConfig | null {
  const values = parseFlags('store backup', argv, backupFlags)
  if (values['help'] === true) return null
  const store = readStoreSettings(values, env)
  return { ...readBackupSettings(values, env), store }
}

/** What `store backup` and the keeper's schedule have in common. */
export function readBackupSettings(values: FlagValues, env: Environment): Omit<BackupConfig, 'store'> {
  const keepText = text(values, 'keep') ?? env['TIDEMARK_BACKUP_KEEP']
  const keep = keepText === undefined ? null : parseRetention(keepText)
  if (keepText !== undefined && keep === null)
    throw wrong(`--keep ${keepText}: write 7d, 10, or 7d,10 (m, h, d, w are minutes, hours, days, weeks)`)
  const place = readPlace(values, 'to', env)
  const binary = readBinary(values, env)
  const file = text(values, 'key-file') ?? env['TIDEMARK_BACKUP_KEY_FILE'] ?? DEFAULT_KEY_FILE
  const isNew = file === DEFAULT_KEY_FILE && !existsSync(file)
  if (isNew) {
    try {
      mkdirSync(dirname(file), { recursive: true })
      writeFileSync(file, `${randomBytes(32).toString('hex')}\n`, { mode: 0o600, flag: 'wx' })
    } catch (error) {
      throw wrong(
        `a key cannot be made in ${resolve(file)} (${(error as NodeJS.ErrnoException).code}): run this where you may write, or name a key by --key-file (TIDEMARK_BACKUP_KEY_FILE), as "openssl rand -hex 32" writes one`,
      )
    }
  }
  return { place, keep, key: readKeyFile(values, env), newKeyFile: isNew ? file : null, binary }
}

export function readBackupsConfig(
  argv: readonly string[],
  env: Environment = process.env,
): { place: BackupPlace; isJson: boolean } | null {
  const values = parseFlags('store backups', argv, backupsFlags)
  return values['help'] === true
    ? null
    : { place: readPlace(values, 'from', env), isJson: values['json'] === true }
}

export function readVerifyConfig(
  argv: readonly string[],
  env: Environment = process.env,
): { place: BackupPlace; key: BackupKey; name: string | undefined; binary: string } | null {
  const values = parseFlags('store verify', argv, verifyFlags)
  if (values['help'] === true) return null
  return {
    place: readPlace(values, 'from', env),
    key: readKeyFile(values, env),
    name: text(values, 'backup'),
    binary: readBinary(values, env),
  }
}

export interface RestoreConfig {
  readonly place: BackupPlace
  readonly key: BackupKey
  readonly name: string | undefined
  readonly toMs: number | undefined
  /** The copy as of a time may be counted on. */
  readonly moveOn: boolean
  readonly agreed: string | undefined
  readonly brokers: string[]
  readonly access: KafkaAccess
  readonly store: StoreSettings
}

/** Times of the log are of other machines. */
const CLOCKS_DIFFER_MS = 60_000

export function readRestoreConfig(
  argv: readonly string[],
  env: Environment = process.env,
  nowMs = Date.now(),
): RestoreConfig | null {
  const values = parseFlags('store restore', argv, restoreFlags)
  if (values['help'] === true) return null
  const to = text(values, 'to')
  const toMs = to === undefined ? undefined : readTimeMs('to', to)
  if (toMs !== undefined && toMs > nowMs + CLOCKS_DIFFER_MS)
    throw new CommandError(
      `--to ${to}: that time has not come yet (here it is ${new Date(nowMs).toISOString()}); name one that is over`,
      exitCodes.usage,
    )
  return {
    place: readPlace(values, 'from', env),
    key: readKeyFile(values, env),
    name: text(values, 'backup'),
    toMs,
    moveOn: values['move-on'] === true,
    agreed: text(values, 'yes'),
    brokers: brokersOf(values, env),
    access: readKafkaAccess(values, env),
    store: readStoreSettings(values, env),
  }
}

const text = (values: FlagValues, flag: string): string | undefined => values[flag] as string | undefined

function readKeyFile(values: FlagValues, env: Environment): BackupKey {
  const file = text(values, 'key-file') ?? (env['TIDEMARK_BACKUP_KEY_FILE'] || DEFAULT_KEY_FILE)
  try {
    return readKey(readFileSync(file), file)
  } catch (error) {
    if (error instanceof BackupError) throw wrong(error.message)
    throw wrong(
      `--key-file ${file}: it cannot be read (${(error as NodeJS.ErrnoException).code}); name the file with the key that the backups were made with`,
    )
  }
}

function readPlace(values: FlagValues, flag: 'to' | 'from', env: Environment): BackupPlace {
  const place = text(values, flag) ?? (env['TIDEMARK_BACKUPS'] || DEFAULT_PLACE)
  if (!place.startsWith('s3://')) return folderPlace(place)
  const [, bucket, prefix = ''] = /^s3:\/\/([a-z0-9][a-z0-9.-]{1,62})(?:\/(.*?))?\/*$/.exec(place) ?? []
  if (bucket === undefined) throw wrong(`${place}: write s3://BUCKET or s3://BUCKET/PREFIX`)
  const [keyId, secret] = [env['AWS_ACCESS_KEY_ID'], env['AWS_SECRET_ACCESS_KEY']]
  if (!keyId || !secret)
    throw wrong(`${place} needs the variables AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY`)
  const region = env['AWS_REGION'] || env['AWS_DEFAULT_REGION'] || 'us-east-1'
  const endpoint =
    text(values, 'endpoint') ||
    env['AWS_ENDPOINT_URL_S3'] ||
    env['AWS_ENDPOINT_URL'] ||
    `https://s3.${region}.amazonaws.com`
  if (!URL.canParse(endpoint) || !/^https?:/.test(endpoint))
    throw wrong(
      `--endpoint (AWS_ENDPOINT_URL_S3) is no address: write https://HOST:PORT, not ${endpoint.slice(0, 100)}`,
    )
  const sessionToken = env['AWS_SESSION_TOKEN'] || undefined
  return bucketPlace({
    bucket,
    prefix,
    endpoint,
    access: { keyId, secret, region, ...(sessionToken !== undefined && { sessionToken }) },
  })
}

function readBinary(values: FlagValues, env: Environment): string {
  const named = text(values, 'binary') ?? (env['TIDEMARK_STORE_BIN'] || undefined)
  const found =
    named ?? findStoreBinaries([], [...(env['PATH'] ?? '').split(delimiter), ...USUAL_DIRS])?.server
  if (found === undefined)
    throw new CommandError(
      'no valkey-server or redis-server was found, and every backup is restored into one before it counts as good; install one, or name it by --binary FILE.',
      exitCodes.missing,
    )
  return found
}
