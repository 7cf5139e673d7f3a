import { createHash } from 'node:crypto';
import { SLOT_MILLIS, SLOTS } from './sliding-window.js';

/** A script and the name that Redis knows it by once it has seen it. */
export interface RedisScript {
  readonly text: string;
  readonly sha1: string;
}

function script(text: string): RedisScript {
  return { text, sha1: createHash('sha1').update(text).digest('hex') };
}

/**
 * The sliding window as a hash: a field a slot of a second, its value the hits in it. One key, so that it works on a
 * cluster; the time is the server's own, unless a test gives one (milliseconds, else '').
 *
 * KEYS[1]; ARGV limit, cost, now. Answers hits in the window, slot or -1, milliseconds to wait. A clock that steps
 * back (a failover) counts in the newest slot. What left the window is removed by the next hit, and the whole key by
 * its expiry when there is none.
 */
export const TAKE = script(`
local slots, millis = ${SLOTS}, ${SLOT_MILLIS}
local limit, cost, now = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3])
if not now then
  local time = redis.call('TIME')
  now = time[1] * 1000 + math.floor(time[2] / 1000)
end
local newest = math.floor(now / millis)
local flat = redis.call('HGETALL', KEYS[1])
for i = 1, #flat, 2 do newest = math.max(newest, tonumber(flat[i])) end
local counts, used, stale = {}, 0, {}
for i = 1, #flat, 2 do
  local slot, hits = tonumber(flat[i]), tonumber(flat[i + 1])
  if slot <= newest - slots then stale[#stale + 1] = flat[i] else counts[slot], used = hits, used + hits end
end
if #stale > 0 then redis.call('HDEL', KEYS[1], unpack(stale)) end
local admitted = used + cost <= limit
local target = limit - cost
if admitted then
  redis.call('HINCRBY', KEYS[1], string.format('%.0f', newest), cost)
  redis.call('PEXPIRE', KEYS[1], slots * millis)
  counts[newest], used = (counts[newest] or 0) + cost, used + cost
  target = used - 1
end
local left, wait = used, 0
for slot = newest - slots + 1, newest do
  left = left - (counts[slot] or 0)
  if left <= target then
    wait = (slot + slots) * millis - now
    break
  end
end
return { used, admitted and newest or -1, wait }
`);

/** KEYS[1]; ARGV slot, cost. What has left the window is not there any more. */
export const GIVE_BACK = script(`
local hits = tonumber(redis.call('HGET', KEYS[1], ARGV[1]) or '0')
local cost = tonumber(ARGV[2])
if hits == cost then redis.call('HDEL', KEYS[1], ARGV[1])
elseif hits > cost then redis.call('HINCRBY', KEYS[1], ARGV[1], -cost) end
return hits
`);
