/** `tidemark doctor`: what about the store costs numbers, writes or nights, and what to do about each. */
import { openStore } from '../../store/connection.ts'
import { examine, type Finding } from '../../store/doctor.ts'
import { StoreError } from '../../store/errors.ts'
import { CommandError, exitCodes } from '../args/exit.ts'
import { describeFlags, parseFlags, type Flag } from '../args/flags.ts'
import { readStoreSettings, STORE_HELP, storeFlags } from '../args/store-access.ts'

const flags = {
  ...storeFlags,
  json: { description: 'the same as JSON' },
  help: { description: 'this text' },
} satisfies Record<string, Flag>

const help = `tidemark doctor: looks at the primaries of the store and says what to do

usage: tidemark doctor [flags]

${describeFlags(flags)}
exit codes: 0 no fault (there may be warnings), 1 a fault, or the store did not answer
${STORE_HELP}`

export async function run(argv: string[]): Promise<number> {
  const values = parseFlags('doctor', argv, flags)
  if (values['help'] === true) {
    process.stdout.write(help)
    return exitCodes.ok
  }
  const store = await openStore({ ...readStoreSettings(values, process.env) })
  try {
    const findings = await examine(store)
    process.stdout.write(
      values['json'] === true ? `${JSON.stringify({ findings }, null, 2)}\n` : findings.map(line).join(''),
    )
    return findings.some(({ verdict }) => verdict === 'fault') ? exitCodes.failed : exitCodes.ok
  } catch (error) {
    throw error instanceof StoreError ? new CommandError(error.message) : error
  } finally {
    await store.close()
  }
}

const line = ({ node, check, verdict, says, todo }: Finding): string =>
  `${verdict.padEnd(7)}  ${node}  ${check.padEnd(10)}  ${says}${todo === null ? '' : `\n${' '.repeat(9)}${todo}`}\n`
