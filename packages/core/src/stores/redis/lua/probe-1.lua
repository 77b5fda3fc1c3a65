-- Runs every command that the other scripts use, so that a missing permission shows before anything is half done.
-- KEYS  1 a key of its own, empty again afterwards
-- ARGV  nonce
-- Reply nonce, the time in us
local nonce = take()
redis.call('ZADD', KEYS[1], 0, 'probe')
redis.call('EXISTS', KEYS[1])
redis.call('ZRANGEBYLEX', KEYS[1], '-', '+', 'LIMIT', 0, 1)
redis.call('ZREVRANGEBYLEX', KEYS[1], '+', '-', 'LIMIT', 0, 1)
redis.call('PEXPIRE', KEYS[1], 60000)
redis.call('PEXPIREAT', KEYS[1], digits(clock('') / 1000 + 60000))
redis.call('PERSIST', KEYS[1])
redis.call('ZREMRANGEBYLEX', KEYS[1], '[a', '(b')
redis.call('RENAME', KEYS[1], KEYS[1] .. '~')
redis.call('ZREM', KEYS[1] .. '~', 'probe')
redis.call('SET', KEYS[1], '')
redis.call('GET', KEYS[1])
redis.call('GETRANGE', KEYS[1], 0, 1)
redis.call('TYPE', KEYS[1])
redis.call('PEXPIREAT', KEYS[1], 1)
return { nonce, digits(clock('')) }
