/** Milliseconds since the epoch. Given to a store factory, it replaces the database's time everywhere; meant for tests. */
export type Clock = () => number
