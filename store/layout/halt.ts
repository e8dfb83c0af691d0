/** `halt`: why a partition stands still, a hash beside `pos`. Nothing is fenced by it. */
import type { Argument } from '../connection/connection.ts'

export interface HaltNote {
  /** As in docs/operations.md. */
  readonly code: string
  readonly message: string
  /** The command that goes past it. */
  readonly command: string
  /** When it halted, ms. */
  readonly atMs: number
}

/** In the order of a reply to HMGET of them. */
export const HALT_FIELDS = ['code', 'message', 'command', 'at'] as const

export function haltPairs({ code, message, command, atMs }: HaltNote): Argument[] {
  return ['code', code, 'message', message, 'command', command, 'at', atMs]
}

/** Null where the partition is not halted. */
export function readHalt([code, message, command, at]: readonly (Buffer | null)[]): HaltNote | null {
  if (!code) return null
  return {
    code: code.toString(),
    message: message?.toString() ?? '',
    command: command?.toString() ?? '',
    atMs: Number(at?.toString() ?? 0) || 0,
  }
}
