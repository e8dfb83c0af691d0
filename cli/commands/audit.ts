import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { constants } from 'node:os'
import { fileURLToPath } from 'node:url'
import { CommandError, exitCodes } from '../args/exit.ts'

const signals = ['SIGINT', 'SIGTERM'] as const

/** The Python program, beside cli/ in the sources and one step further up from dist/cli/commands/. */
function findRecount(): string {
  const places = ['../../audit/recount.py', '../../../audit/recount.py'].map((place) =>
    fileURLToPath(new URL(place, import.meta.url)),
  )
  const found = places.find((place) => existsSync(place))
  if (found === undefined)
    throw new CommandError(
      `the recount is missing: ${places.at(-1)} does not exist. Is the installation whole?`,
      exitCodes.missing,
    )
  return found
}

/** `tidemark audit`: hands over to the recount, which is written in another language on purpose. Answers its exit code (docs/audit.md). */
export async function run(argv: string[]): Promise<number> {
  // -B: nothing is written beside the program, which may lie in a folder that is not ours.
  const child = spawn('python3', ['-B', findRecount(), ...argv], { stdio: 'inherit' })
  const forward = (signal: NodeJS.Signals): boolean => child.kill(signal)
  for (const signal of signals) process.on(signal, forward)
  try {
    const [code, signal] = (await once(child, 'close')) as [number | null, NodeJS.Signals | null]
    return code ?? 128 + constants.signals[signal ?? 'SIGTERM']
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error
    throw new CommandError(
      'the recount needs python3 (3.9 or later), and there is none on the path: install it, for example with "apt install python3"',
      exitCodes.missing,
    )
  } finally {
    for (const signal of signals) process.off(signal, forward)
  }
}
