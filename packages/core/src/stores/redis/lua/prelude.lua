-- Put before every script. A partition is an ordered set of members in one key, so that they live, expire and are
-- evicted together. While it is small it is a string: MAGIC, then each member behind its length; after that a sorted
-- set whose members all score 0, so that they stand in bytewise order. The first byte of a member says what it is:
--   \0  the head: version, dead, revision, expiresAt, removeAt, index revision, index digest, newest commits
--   \1  revision and 8 older commits, each a digest of its id and its revision
--   \2  an index entry: index \0 sort \0 and whether it has a value, and the value
--   \3  when a row with a ttl ends, and its key
--   >   a row: key \0 revision, until (0: none) and value; keys hold no control characters
local HEAD = '>I1I1I7I6I6I7c12'
local COMMIT_BYTES = 19
local NO_INDEX = string.rep('\0', 12)
local MAGIC = '\0ET1'
-- A commit writes a string anew, and reads all of it.
local PACKED_BYTES, PACKED_MEMBERS = 16384, 64

local given, taken = ARGV, 0
local function take()
  taken = taken + 1
  return given[taken]
end

-- From here on what is taken comes out of one argument: parts, each behind its length.
local function take_from(text)
  local at = 1
  given, taken = {}, 0
  while at <= #text do given[#given + 1], at = struct.unpack('>I3c0', text, at) end
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

local partition
-- The members in bytewise order when the partition is a string, or nothing yet; nil when it is a sorted set.
local packed

local function open(key)
  partition, packed = key, nil
  local kind = redis.call('TYPE', key).ok
  if kind == 'zset' then return end
  packed = {}
  if kind == 'none' then return end
  local text = kind == 'string' and redis.call('GET', key) or ''
  if string.sub(text, 1, #MAGIC) ~= MAGIC then error('WRONGTYPE what holds the key is no partition') end
  local at = #MAGIC + 1
  while at <= #text do
    local member
    member, at = struct.unpack('>I3c0', text, at)
    packed[#packed + 1] = member
  end
end

-- Bytewise, which a comparison by Lua is not: it would follow the server's locale.
local function is_before(a, b)
  if a == b then return false end
  local at, shorter = 1, math.min(#a, #b)
  while at + 15 <= shorter and string.sub(a, at, at + 15) == string.sub(b, at, at + 15) do at = at + 16 end
  while at <= shorter do
    local x, y = string.byte(a, at), string.byte(b, at)
    if x ~= y then return x < y end
    at = at + 1
  end
  return #a < #b
end

-- How many members stand before the text, or up to and including it.
local function count_to(text, including)
  local low, high = 0, #packed
  while low < high do
    local middle = math.floor((low + high) / 2) + 1
    local member = packed[middle]
    if is_before(member, text) or (including and member == text) then low = middle else high = middle - 1 end
  end
  return low
end

local function stretch(low, high)
  local to = high == '+' and #packed or count_to(string.sub(high, 2), string.sub(high, 1, 1) == '[')
  return count_to(string.sub(low, 2), string.sub(low, 1, 1) == '(') + 1, to
end

-- The members between two bounds, each '[' or '(' and a text, or '+'; the first ones when there is a limit.
local function between(low, high, limit, reverse)
  if not packed then
    local command, first, second = 'ZRANGEBYLEX', low, high
    if reverse then command, first, second = 'ZREVRANGEBYLEX', high, low end
    if limit then return redis.call(command, partition, first, second, 'LIMIT', 0, limit) end
    return redis.call(command, partition, first, second)
  end
  local found, from, to = {}, stretch(low, high)
  local step = 1
  if reverse then from, to, step = to, from, -1 end
  for at = from, to, step do
    if #found == limit then break end
    found[#found + 1] = packed[at]
  end
  return found
end

local function add(member)
  if not packed then return redis.call('ZADD', partition, 0, member) end
  local at = count_to(member) + 1
  if packed[at] ~= member then table.insert(packed, at, member) end
end

local function remove(member)
  if not packed then return redis.call('ZREM', partition, member) end
  local at = count_to(member) + 1
  if packed[at] == member then table.remove(packed, at) end
end

local function remove_between(low, high)
  if not packed then return redis.call('ZREMRANGEBYLEX', partition, low, high) end
  local from, to = stretch(low, high)
  for at = to, from, -1 do table.remove(packed, at) end
end

-- A full database refuses the first command that needs room, unless one that needs none came before it. This one
-- changes nothing that is not set again by save.
local function begin_deleting()
  if packed then redis.call('PERSIST', partition) else redis.call('ZREM', partition, '') end
end

-- Makes a sorted set of a partition that has outgrown its string. Beside it, as a key that vanished in between could
-- not be made anew in a slot that is on the move; where that refuses a new key the string stays for now.
local function unpack_members()
  local beside = partition .. '~'
  for _, member in ipairs(packed) do
    local made = redis.pcall('ZADD', beside, 0, member)
    if type(made) == 'table' and made.err then return false end
  end
  redis.call('RENAME', beside, partition)
  packed = nil
  return true
end

-- Writes what has changed, of a partition that is a string, and gives that. Takes away when the key ends.
local function save()
  if not packed then return end
  local size, parts = #MAGIC, { MAGIC }
  for at, member in ipairs(packed) do
    parts[at + 1] = struct.pack('>I3', #member) .. member
    size = size + #member + 3
  end
  if (size > PACKED_BYTES or #packed > PACKED_MEMBERS) and unpack_members() then return end
  local text = table.concat(parts)
  redis.call('SET', partition, text)
  return text
end

local function load_head(key, now)
  open(key)
  local member = between('[\0', '(\1', 1)[1]
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

local function stored_row(key)
  return between('[' .. key .. '\0', '(' .. key .. '\1', 1)[1]
end

local function live_row(key, now)
  local row = stored_row(key)
  if row and is_alive(row, now) then return row end
end

-- Shows the live rows between two bounds to visit until it returns true. In batches, so that a wide range is not
-- copied for the few rows at its beginning.
local function walk(low, high, reverse, now, batch, visit)
  while true do
    local rows = between(low, high, batch, reverse)
    for _, row in ipairs(rows) do
      if is_alive(row, now) and visit(row) then return end
    end
    if #rows < batch then return end
    if reverse then high = '(' .. rows[#rows] else low = '(' .. rows[#rows] end
    batch = math.min(batch * 2, 256)
  end
end

local function first_row(prefix, now)
  local found
  walk('[' .. prefix, '(' .. prefix .. '\255', false, now, 2, function(row)
    found = row
    return true
  end)
  return found
end
