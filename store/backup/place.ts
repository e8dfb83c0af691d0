/** Where backups are kept: a folder, or a bucket. A backup is there once its manifest is: what has none is a remnant of one that failed. */
import type { Readable } from 'node:stream'

export interface BackupPlace {
  /** For messages. */
  readonly shown: string
  /** Backups that are there, oldest first: names sort by time. */
  names(): Promise<string[]>
  /** A file of a backup. Rejects with BackupError PART_MISSING where it is not there. */
  read(name: string, file: string): Promise<Readable>
  /** Null where there is no such backup. */
  manifest(name: string): Promise<string | null>
  /** What lies there of a backup, its manifest too. */
  files(name: string): Promise<string[]>
  draft(name: string): Promise<BackupDraft>
  remove(name: string): Promise<void>
  /** What is left of backups that were killed; `beforeMs`: of those that began before. */
  removeRemnants(beforeMs: number): Promise<void>
}

export interface BackupDraft {
  /** Takes over a local file. */
  add(file: string, path: string): Promise<void>
  read(file: string): Promise<Readable>
  /** From now on it is there, whole. */
  finish(manifest: string): Promise<void>
  /** Leaves nothing behind. */
  discard(): Promise<void>
}

/** `20260301T120000Z-3f9a`: by time, and unlike any other. */
export const BACKUP_NAME = /^\d{8}T\d{6}Z-[0-9a-f]{4}$/

export const missing = (name: string, file: string): string => `the file ${file} of backup ${name} is missing`
