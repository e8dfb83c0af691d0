/** The API that serves this page. */
import { Connection } from '../../client/connection.ts'

export const api = new Connection()
