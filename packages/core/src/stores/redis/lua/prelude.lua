-- Put before every script. A partition is one sorted set whose members all score 0, so that they stand in bytewise
-- order and live, expire and are evicted together. The first byte of a member says what it is:
--   \0  the head: version, dead, revision, expiresAt, removeAt, index revision, index digest, newest commits
--   \1  revision and 8 older commits, each a digest of its id and its revision
--   \2  an index entry: index \0 sort \0 and whether it has a value, and the value
--   \3  when a row with a ttl ends, and its key
--   >   a row: key \0 revision, until (0: none) and value; keys hold no control characters
local HEAD = '>I1I1I7I6I6I7c12'
local COMMIT_BYTES = 19
local NO_INDEX = string.rep('\0', 12)

local taken = 0
local function take()
  taken = taken + 1
  return ARGV[taken]
end

-- tostring() would round revisions: they have 16 digits.
local function digits(number)
  return string.format('%.0f', number)
end

-- Microseconds since the epoch: the server's, or a test's clock in milliseconds.
local function clock(given)
  if given ~= '' then return tonumber(given) * 1000 end
  local time = redis.call('TIME')
  return tonumber(time[1]) * 1000000 + tonumber(time[2])
end

local function load_head(key, now)
  local member = redis.call('ZRANGEBYLEX', key, '[\0', '(\1', 'LIMIT', 0, 1)[1]
  if not member then
    if redis.call('EXISTS', key) == 1 then error('WRONGTYPE a sorted set that is no partition holds the key') end
    return { live = false, rev = 0, expires = 0, remove = 0, index_rev = 0, digest = NO_INDEX, commits = '' }
  end
  if string.byte(member, 2) ~= 1 then error('EVERTHREADFORMAT ' .. string.byte(member, 2)) end
  local _, dead, rev, expires, remove, index_rev, digest, rest = struct.unpack(HEAD, member, 2)
  if dead == 1 or (remove > 0 and remove <= now) then
    return { member = member, live = false, rev = rev, expires = 0, remove = 0, index_rev = index_rev, digest = NO_INDEX, commits = '' }
  end
  return {
    member = member, live = true, rev = rev, expires = expires, remove = remove,
    index_rev = index_rev, digest = digest, commits = string.sub(member, rest),
  }
end

local function pack_head(head, dead)
  return '\0' .. struct.pack(HEAD, 1, dead, head.rev, head.expires, head.remove, head.index_rev, head.digest) .. head.commits
end

local function key_of(row)
  return string.sub(row, 1, string.find(row, '\0', 1, true) - 1)
end

local function rev_of(row)
  return (struct.unpack('>I7', row, string.find(row, '\0', 1, true) + 1))
end

local function until_of(row)
  return (struct.unpack('>I6', row, string.find(row, '\0', 1, true) + 8))
end

local function is_alive(row, now)
  local ends = until_of(row)
  return ends == 0 or ends > now
end

local function stored_row(partition, key)
  return redis.call('ZRANGEBYLEX', partition, '[' .. key .. '\0', '(' .. key .. '\1', 'LIMIT', 0, 1)[1]
end

local function live_row(partition, key, now)
  local row = stored_row(partition, key)
  if row and is_alive(row, now) then return row end
end

-- Shows the live rows between two bounds to visit until it returns true. In batches, so that a wide range is not
-- copied for the few rows at its beginning.
local function walk(partition, low, high, reverse, now, batch, visit)
  while true do
    local rows
    if reverse then rows = redis.call('ZREVRANGEBYLEX', partition, high, low, 'LIMIT', 0, batch)
    else rows = redis.call('ZRANGEBYLEX', partition, low, high, 'LIMIT', 0, batch) end
    for _, row in ipairs(rows) do
      if is_alive(row, now) and visit(row) then return end
    end
    if #rows < batch then return end
    if reverse then high = '(' .. rows[#rows] else low = '(' .. rows[#rows] end
    batch = math.min(batch * 2, 256)
  end
end

local function first_row(partition, prefix, now)
  local found
  walk(partition, '[' .. prefix, '(' .. prefix .. '\255', false, now, 2, function(row)
    found = row
    return true
  end)
  return found
end
