/** How the machine is doing. */
export interface Load {
  /** How late the event loop is, ms: nine of ten timers are no later. */
  delayMs: number
  /** What share of the memory that it may take is taken, 0 to 1. */
  memory: number
}

/** What the machine is. */
export interface Device {
  /** What may run at once on it. */
  readonly cores: number
  /** What is free of the memory, bytes. */
  readonly freeBytes: number
}

export interface Bounds {
  readonly least: number
  readonly most: number
}

/** A turn mostly waits for its model: so many to a core. */
const TURNS_OF_CORE = 16
/** A turn with its session, context and streams is expected to need no more than this. */
const BYTES_OF_TURN = 16 * 1024 ** 2
/** With quiet models the capacity may grow to so many times what it was to begin with. */
const MOST_GROWTH = 4

/** Above these the capacity is lowered; it is raised again only below the others, so that it does not swing. */
const HIGH: Load = { delayMs: 100, memory: 0.85 }
const LOW: Load = { delayMs: 50, memory: 0.7 }
/** What stays of it when it is lowered. */
const LOWERED = 0.7

/** How many turns to begin with. */
export function capacityOf({ cores, freeBytes }: Device, { least, most }: Bounds): number {
  return within(Math.min(cores * TURNS_OF_CORE, Math.floor(freeBytes / BYTES_OF_TURN)), { least, most })
}

/** As far as it may ever grow, when nothing else is said. */
export const mostOf = (device: Device): number => capacityOf(device, { least: 1, most: 1e6 }) * MOST_GROWTH

/**
 * The capacity from now on: quickly lower, slowly higher, and beyond what it was to begin with only while turns wait.
 */
export function adapt(
  capacity: number,
  { load, isWanted, first, bounds }: { load: Load; isWanted: boolean; first: number; bounds: Bounds },
): number {
  if (load.delayMs > HIGH.delayMs || load.memory > HIGH.memory) return within(Math.floor(capacity * LOWERED), bounds)
  const isQuiet = load.delayMs < LOW.delayMs && load.memory < LOW.memory
  return isQuiet && (isWanted || capacity < first) ? within(capacity + 1, bounds) : capacity
}

const within = (value: number, { least, most }: Bounds): number => Math.min(Math.max(value, least), most)
