/**
 * Every statement in our functions is a walk along one index. A plan that was cached while a table was small must
 * not become a scan of the whole table once it is large.
 */
export const PLAN_SETTINGS: string = ['seqscan', 'bitmapscan', 'hashjoin', 'mergejoin']
  .map((way) => `SET enable_${way} TO off`)
  .concat('SET jit TO off')
  .join(' ')
