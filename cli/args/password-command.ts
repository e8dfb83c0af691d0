/** A password that a program hands out for a short while, as managed stores want it (MemoryDB: a token of 15 minutes). Its words are never shown. */
import { execFile, spawnSync } from 'node:child_process'
import { wrongConfiguration } from './flag-file.ts'

const PATIENCE_MS = 20_000
const OUTPUT_BYTES_MAX = 64 * 1024

/**
 * Asks once now, whose faults are said at once, and again every few minutes, so that a connection that comes back finds one that is good. A later fault keeps the one
 * before. Throws CommandError (configuration).
 */
export function passwordFromCommand(command: string, everyMs: number): () => string {
  const first = spawnSync('/bin/sh', ['-c', command], {
    timeout: PATIENCE_MS,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'ignore'],
    maxBuffer: OUTPUT_BYTES_MAX,
  })
  const answered = first.status === 0 ? first.stdout.trim() : ''
  if (answered === '')
    throw wrongConfiguration(
      `--store-password-command: it ended with ${first.status ?? first.signal ?? 'an error'} and ${first.stdout?.trim() ? 'a password' : 'no password'} on its output`,
    )
  let password = answered
  const timer = setInterval(() => {
    execFile(
      '/bin/sh',
      ['-c', command],
      { timeout: PATIENCE_MS, maxBuffer: OUTPUT_BYTES_MAX },
      (error, stdout) => {
        if (error === null && stdout.trim() !== '') password = stdout.trim()
      },
    )
  }, everyMs)
  timer.unref()
  return () => password
}
