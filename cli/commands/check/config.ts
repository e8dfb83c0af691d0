import { findDefinition } from '../../args/definition.ts'
import { settled } from '../../args/environment.ts'
import { describeFlags, parseFlags, type Flag } from '../../args/flags.ts'
import { readNumber } from '../../args/values.ts'

const flags = {
  names: { argument: 'N', description: 'forecast for N different values a breakdown and day (100)' },
  partitions: { argument: 'N', description: 'forecast for topics of N partitions (4)' },
  json: { description: 'the normalised sources and the forecast as JSON' },
  schema: { description: 'print the JSON Schema of definition files, for editors' },
  help: { description: 'this text' },
} satisfies Record<string, Flag>

export const checkHelp = `tidemark check: reads a definition file, says what it means and how much memory it may take

usage: tidemark check [FILE] [flags]

${describeFlags(flags)}
FILE is YAML or JSON; without it TIDEMARK_DEFINITION, ./tidemark.yaml, or else the two shipped sources. Nothing is started and nothing is asked.

exit codes: 0 the definition can be used, 2 wrong usage, 78 it cannot: every fault is said, with its line
`

export interface CheckConfig {
  readonly file: string | undefined
  readonly names: number
  readonly partitions: number
  readonly print: 'table' | 'json' | 'schema'
}

/** Null when help was asked for. Throws CommandError. */
export function readCheckConfig(
  argv: readonly string[],
  env: NodeJS.ProcessEnv = process.env,
): CheckConfig | null {
  const values = parseFlags('check', argv, flags, 'file')
  if (values['help'] === true) return null
  return {
    file:
      values['schema'] === true
        ? undefined
        : findDefinition((values['file'] as string | undefined) ?? settled(env)['TIDEMARK_DEFINITION']),
    names: readNumber('names', (values['names'] as string | undefined) ?? '100', {
      least: 1,
      most: 100_000,
      whole: true,
    }),
    partitions: readNumber('partitions', (values['partitions'] as string | undefined) ?? '4', {
      least: 1,
      most: 10_000,
      whole: true,
    }),
    print: values['schema'] === true ? 'schema' : values['json'] === true ? 'json' : 'table',
  }
}
