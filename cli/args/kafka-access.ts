/** How to get into a Kafka that does not let everyone in: TLS and SASL, the same flags and variables for every command that speaks to it. */
import type { LogConfig } from '../../log/log.ts'
import { readSwitch } from './environment.ts'
import { readFlagFile, wrongConfiguration as wrong } from './flag-file.ts'
import type { Flag, FlagValues } from './flags.ts'

const mechanisms = ['plain', 'scram-sha-256', 'scram-sha-512'] as const

export const accessFlags = {
  'kafka-tls': { description: 'speak TLS with the brokers' },
  'kafka-ca': {
    argument: 'FILE',
    description:
      'PEM of the authority that signed their certificates; implies --kafka-tls (those that Node trusts)',
  },
  'kafka-sasl': { argument: mechanisms.join('|'), description: 'log in by this mechanism' },
  'kafka-user': { argument: 'NAME', description: 'the user of --kafka-sasl' },
  'kafka-password-file': {
    argument: 'FILE',
    description: 'holds the password of that user; or the variable TIDEMARK_KAFKA_PASSWORD',
  },
} satisfies Record<string, Flag>

export const ACCESS_HELP = `A Kafka with TLS or SASL (docs/kafka.md): each of its flags can be a variable, TIDEMARK_KAFKA_TLS=1, _CA, _SASL, _USER, _PASSWORD_FILE;
the password itself only TIDEMARK_KAFKA_PASSWORD, never a flag, which everyone on the machine could read.
`

/** What a LogConfig takes of it. Holds the password: never print it. */
export type KafkaAccess = Pick<LogConfig, 'ssl' | 'sasl'>

/** Flags over variables; empty is absent. Throws CommandError (configuration). */
export function readKafkaAccess(values: FlagValues, env: NodeJS.ProcessEnv): KafkaAccess {
  const said = (flag: keyof typeof accessFlags): string | undefined =>
    (values[flag] as string | undefined) ??
    (env[`TIDEMARK_${flag.toUpperCase().replaceAll('-', '_')}`] || undefined)
  return {
    ...readTls(values['kafka-tls'] === true || readSwitch(env, 'TIDEMARK_KAFKA_TLS'), said('kafka-ca')),
    ...readSasl(
      said,
      values['kafka-password-file'] === undefined ? env['TIDEMARK_KAFKA_PASSWORD'] : undefined,
    ),
  }
}

/** The flags again, for a child that speaks to the same brokers; variables it inherits. */
export function accessArguments(values: FlagValues): string[] {
  return Object.keys(accessFlags).flatMap((flag) => {
    const value = values[flag]
    return value === undefined ? [] : value === true ? [`--${flag}`] : [`--${flag}`, String(value)]
  })
}

function readTls(wanted: boolean, caFile: string | undefined): KafkaAccess {
  if (caFile === undefined) return wanted ? { ssl: true } : {}
  const ca = readFlagFile('kafka-ca', caFile)
  if (!ca.includes('-----BEGIN CERTIFICATE-----'))
    throw wrong(`--kafka-ca ${caFile}: it holds no certificate in PEM form`)
  return { ssl: { ca: [ca] } }
}

function readSasl(
  said: (flag: keyof typeof accessFlags) => string | undefined,
  variable: string | undefined,
): KafkaAccess {
  const [mechanism, username, file] = [said('kafka-sasl'), said('kafka-user'), said('kafka-password-file')]
  if (mechanism === undefined) {
    if (username !== undefined || file !== undefined || variable)
      throw wrong(`a user or password without a mechanism: say --kafka-sasl ${mechanisms.join('|')}`)
    return {}
  }
  if (!(mechanisms as readonly string[]).includes(mechanism))
    throw wrong(`--kafka-sasl ${mechanism}: it is one of ${mechanisms.join(', ')}`)
  if (username === undefined) throw wrong('--kafka-sasl needs a user: say --kafka-user NAME')
  if (file !== undefined && variable)
    throw wrong('the password is given twice: by a file and by TIDEMARK_KAFKA_PASSWORD')
  const password =
    file === undefined ? variable : readFlagFile('kafka-password-file', file).replace(/\r?\n$/, '')
  if (!password)
    throw wrong(
      file === undefined
        ? '--kafka-sasl needs the password of its user; say --kafka-password-file FILE, or set TIDEMARK_KAFKA_PASSWORD'
        : `--kafka-password-file ${file}: it is empty`,
    )
  return { sasl: { mechanism, username, password } }
}
