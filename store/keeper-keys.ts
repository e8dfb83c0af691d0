/** Keys of upkeep: no number of any source is among them. They belong to the store that stands, and go into no backup. */

export const EVENTS_KEY = 'tm:events'
/** Where the web hook stands in them: the ID that was told last. */
export const TOLD_KEY = 'tm:{keeper}:told'
/** Stream: samples of the memory in use, as JSON. */
export const MEMORY_KEY = 'tm:{keeper}:memory'

export const isKeeperKey = (key: string): boolean => key === EVENTS_KEY || key.startsWith('tm:{keeper}:')
