/** The client as a package: `import { Client, live, queryText } from 'tidemark/client'`. */
export { ApiError } from './api-error.ts'
export { Client } from './client.ts'
export { Connection, type CallOptions, type ConnectionOptions } from './connection.ts'
export { live, type LiveHandlers, type LiveOptions, type LiveStream } from './live.ts'
export { applyPatch } from './patch.ts'
export { queryString, queryText, type QueryName } from './query-text.ts'
export type * from '../query-api/wire.ts'
export type * from '../query-api/wire-queries.ts'
