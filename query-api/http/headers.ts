/** Headers that every response carries, and those that let a reader keep what it has. */
import { createHash } from 'node:crypto'
import type { Provenance } from '../wire.ts'

/** The page loads nothing from elsewhere, is framed by nobody, and runs no inline script. */
export const SECURITY_HEADERS: Readonly<Record<string, string>> = {
  'content-security-policy':
    "default-src 'self'; img-src 'self' data:; object-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
}

/** Beside what every response carries. */
export const STREAM_HEADERS: Readonly<Record<string, string>> = {
  'content-type': 'text/event-stream; charset=utf-8',
  'cache-control': 'no-store',
  'x-accel-buffering': 'no',
  connection: 'close',
}

/** Weak, because `lagMs` moves while nothing else does: the question, where the log was read to, and up to when all is known. */
export function etagOf(question: string, meta: Provenance, more: readonly (number | null)[] = []): string {
  const { vector, asOfMs, sinceMs, complete, generation, def, rebuilding } = meta
  const { per } = meta as { per?: unknown }
  const digest = createHash('sha256')
    .update(
      JSON.stringify([question, vector, asOfMs, sinceMs, complete, generation, def, rebuilding, more, per]),
    )
    .digest('base64url')
  return `W/"${digest.slice(0, 27)}"`
}

/** `If-None-Match` by weak comparison. */
export function matches(ifNoneMatch: string | undefined, etag: string): boolean {
  return (ifNoneMatch ?? '')
    .split(',')
    .some((one) => one.trim() === '*' || one.trim().replace(/^W\//, '') === etag.replace(/^W\//, ''))
}
