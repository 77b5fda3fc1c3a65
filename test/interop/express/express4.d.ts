/** Express 4 under its alias, as far as our tests use it. */
declare module 'express4' {
  import express from 'express'
  export = express
}
