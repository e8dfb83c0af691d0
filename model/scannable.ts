/**
 * The one list of what a scanner of bytes may read by itself, and what is left to the plain decoder ({@link compileDecoder}), whose verdict counts.
 * Whoever teaches the scanner one of these takes its line out; whoever adds an option to a definition adds one.
 */
import type { Field, Source } from './definition.ts'
import { isInEvent } from './path.ts'

/** What of the source needs the plain decoder for every record; empty where a scanner may read it. */
export function plainParts(source: Source): string[] {
  return [
    ...(source.timePath.length > 0 && isInEvent(source.timePath) ? [] : ['time: outside of the event']),
    ...(source.timeElse === undefined ? [] : ['time: several places']),
    ...(source.zone === undefined ? [] : ['zone']),
    ...(source.framed === undefined ? [] : ['framed']),
    ...(source.rows === undefined ? [] : ['rows']),
    ...(source.id === undefined ? [] : ['id']),
    ...source.fields.flatMap((field) =>
      plainOptions(field).map((option) => `fields.${field.name}: ${option}`),
    ),
  ]
}

export const isScannable = (source: Source): boolean => plainParts(source).length === 0

function plainOptions({ takes, absent, clean, query, from }: Field): string[] {
  return [
    ...(takes === undefined ? [] : ['accept']),
    ...(absent === undefined ? [] : ['absent']),
    ...(clean === undefined ? [] : ['clean']),
    ...(query === undefined ? [] : ['query']),
    ...(from.every(isInEvent) ? [] : ['from: outside of the event']),
  ]
}
