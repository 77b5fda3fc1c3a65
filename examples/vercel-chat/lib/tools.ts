import { tool } from 'ai'
import { z } from 'zod'

const crossings: Readonly<Record<string, string[]>> = {
  Skerry: ['07:10', '11:40', '17:25'],
  Tern: ['08:30', '15:05'],
  Gannet: ['09:45'],
}

const island = z.string().describe('The island, such as Skerry')

/** One tool that the server runs at once, and one that asks first. */
export const tools = {
  timetable: tool({
    description: 'When ferries leave for an island today',
    inputSchema: z.object({ island }),
    execute: async ({ island }) => ({ island, departures: crossings[island] ?? [] }),
  }),
  bookPassage: tool({
    description: 'Books places on a ferry',
    inputSchema: z.object({ island, departure: z.string(), passengers: z.number().int().min(1).max(9) }),
    needsApproval: true,
    execute: async ({ island, departure, passengers }) => ({
      booking: `${island.slice(0, 2).toUpperCase()}-${departure.replace(':', '')}-${passengers}`,
    }),
  }),
}
