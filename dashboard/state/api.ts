/** The API that serves this page. */
import { Client } from '../../client/client.ts'

export const api = new Client()
