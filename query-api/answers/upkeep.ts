/** What happened to the store, and what it comes to: written by the process that keeps it. */
import { z } from 'zod'
import { ms } from './common.ts'

export const memoryForecast = z
  .object({
    growthBytesADay: z.number(),
    fullAtMs: ms
      .nullable()
      .describe(
        'Null = not at this rate, or further away than 24 times what `sinceMs` tells of, or there is no limit',
      ),
    sinceMs: ms,
  })
  .nullable()
  .describe('By how the memory in use really grew; null while too little is known')

export const storeEvent = z.object({
  id: z.string(),
  atMs: ms,
  kind: z.string().describe('act, backup, backup failed, memory, node, keeper'),
  text: z.string(),
  by: z.string(),
})

export const upkeepStatus = z.object({
  keeper: z.string().nullable().describe('Which process keeps the store now; null = none'),
  backups: z.string().nullable().describe('Which one makes its backups; null = none does by a schedule'),
  memory: memoryForecast,
  events: z.array(storeEvent).describe('What happened to the store, the newest first'),
})
