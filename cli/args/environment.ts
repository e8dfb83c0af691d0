/** Variables of the environment, which compose files and service units set to nothing and to words of their own. */
import { wrongConfiguration } from './flag-file.ts'

/** Without those of ours that hold nothing but blanks: they are as if they were not set. */
export function settled(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  return Object.fromEntries(
    Object.entries(env).filter(([name, value]) => !name.startsWith('TIDEMARK_') || value?.trim() !== ''),
  )
}

const ON = ['1', 'true', 'yes', 'on']
const OFF = ['0', 'false', 'no', 'off', '']

/** A flag without a value as a variable. A word that says neither is refused: TLS that somebody asked for must not be off without a word. */
export function readSwitch(env: NodeJS.ProcessEnv, name: string): boolean {
  const value = (env[name] ?? '').trim()
  const word = value.toLowerCase()
  if (ON.includes(word)) return true
  if (OFF.includes(word)) return false
  throw wrongConfiguration(`${name}=${value.slice(0, 40)}: write 1 or 0`)
}
