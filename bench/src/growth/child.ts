import { type GrowthJob, measureGrowth } from './measure.ts'

// One saver a process: its heap, its collector and its CPU time are its own.
process.once('message', (job: GrowthJob) => {
  measureGrowth(job).then(
    (result) => process.send?.({ result }, () => process.disconnect()),
    (error: unknown) =>
      process.send?.({ error: error instanceof Error ? error.message : String(error) }, () => process.disconnect()),
  )
})
