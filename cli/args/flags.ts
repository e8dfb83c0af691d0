import { parseArgs } from 'node:util'
import { CommandError, exitCodes } from './exit.ts'
import { nearest } from '../../model/nearest.ts'

/** One flag: whether it takes a value, how that value is written in the help, and what it does. */
export interface Flag {
  argument?: string
  description: string
  /** May be given again and again: its values come joined by commas, or by this text. */
  many?: true | '\n'
}

export type FlagValues = Record<string, string | boolean | undefined>

/**
 * Reads `argv` by a table of flags. `--no-x` is a flag of its own when the table says so. `operand`: the name under which the one
 * word without dashes is answered; without it such a word is wrong usage.
 * Throws CommandError (wrong usage) naming the offending flag and the nearest known one.
 */
export function parseFlags(
  command: string,
  argv: readonly string[],
  flags: Record<string, Flag>,
  operand?: string,
): FlagValues {
  const options = Object.fromEntries(
    Object.entries(flags).map(([name, flag]) => [
      name,
      { type: flag.argument === undefined ? 'boolean' : 'string' } as const,
    ]),
  )
  const { tokens } = parseArgs({
    args: [...argv],
    options,
    strict: false,
    tokens: true,
    allowPositionals: true,
  })
  const values: FlagValues = {}
  for (const token of tokens) {
    if (token.kind === 'option-terminator') continue
    if (token.kind === 'positional') {
      if (operand === undefined) throw usage(command, `"${token.value}" is not a flag`)
      if (values[operand] !== undefined) throw usage(command, `"${token.value}" is one word too many`)
      values[operand] = token.value
      continue
    }
    const flag = Object.hasOwn(flags, token.name) ? flags[token.name] : undefined
    if (flag === undefined) {
      const near = nearest(token.name, Object.keys(flags))
      throw usage(
        command,
        `unknown flag ${token.rawName}${near === undefined ? '' : `; did you mean --${near}?`}`,
      )
    }
    if (flag.argument === undefined && token.value !== undefined)
      throw usage(command, `--${token.name} takes no value`)
    if (flag.argument !== undefined && (token.value === undefined || token.value.trim() === ''))
      throw usage(command, `--${token.name} needs a value: --${token.name} ${flag.argument}`)
    if (flag.many !== undefined && values[token.name] !== undefined) {
      values[token.name] = [values[token.name], token.value ?? ''].join(flag.many === true ? ',' : flag.many)
      continue
    }
    if (values[token.name] !== undefined && values[token.name] !== (token.value ?? true))
      throw usage(command, `--${token.name} is given twice, with different values`)
    values[token.name] = token.value ?? true
  }
  return values
}

function usage(command: string, fault: string): CommandError {
  return new CommandError(
    `${fault}${/[?.]$/.test(fault) ? '' : '.'} See: tidemark ${command} --help`,
    exitCodes.usage,
  )
}

/** The flags as two columns of text. */
export function describeFlags(flags: Record<string, Flag>): string {
  const left = Object.entries(flags).map(
    ([name, flag]) => `--${name}${flag.argument === undefined ? '' : ` ${flag.argument}`}`,
  )
  const width = Math.max(...left.map((text) => text.length))
  return Object.values(flags)
    .map((flag, i) => `  ${left[i]!.padEnd(width)}  ${flag.description}\n`)
    .join('')
}
